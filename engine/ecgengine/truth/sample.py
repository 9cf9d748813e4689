"""Draw a sample page: for the demo, for tests, and to try things on."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.page import Page
from ecgengine.ecg.dipole import Wave, add_waves, leads_of
from ecgengine.ecg.signals import Signals

_FS_HZ = 500.0
_DURATION_S = 10.0
_SHORT_S = 2.5
_PAPER_MM = (297.0, 210.0)
_LEFT_MM = 30.0
_ZERO_MM = (60.0, 95.0, 130.0, 165.0)
_ROWS = (("I", "aVR", "V1", "V4"), ("II", "aVL", "V2", "V5"), ("III", "aVF", "V3", "V6"), ("II",))
_SPEED_MM_PER_S = 25.0
_GAIN_MM_PER_MV = 10.0
_GRID_RGB = (236, 130, 130)
_INK_RGB = (20, 20, 30)
_OVERSAMPLING = 4

_WAVES = (
    Wave(-0.16, 0.022, (0.08, 0.10, 0.04)),
    Wave(-0.024, 0.008, (-0.10, -0.08, 0.25)),
    Wave(0.0, 0.011, (0.95, 0.95, -0.15)),
    Wave(0.026, 0.010, (-0.10, -0.22, -0.75)),
    Wave(0.25, 0.050, (0.25, 0.22, 0.16)),
)
"""P, Q, R, S and T."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A drawn page and what is printed on it.

    Attributes:
        page: the picture.
        truth: the leads at 500 Hz, NaN where they are not printed.
        left_px: x of time zero.
        zero_px: y of zero millivolts of each row.
    """

    page: Page
    truth: Signals
    left_px: float
    zero_px: tuple[float, ...]


def make_ecg(bpm: float = 72.0, seed: int = 1) -> Signals:
    """Make ten seconds of a steady heart in twelve leads; the limb leads obey Einthoven.

    Beats vary a little in distance, height and baseline, as `seed` says.
    """
    random = np.random.default_rng(seed)
    time_s = np.arange(round(_DURATION_S * _FS_HZ)) / _FS_HZ
    dipole = np.zeros((time_s.size, 3))
    beat_s = -0.5
    while beat_s < _DURATION_S + 1:
        add_waves(dipole, _FS_HZ, _WAVES, beat_s, 1 + 0.04 * random.standard_normal())
        beat_s += 60 / bpm * (1 + 0.03 * random.standard_normal())
    breath = np.sin(2 * np.pi * (0.25 * time_s + random.random()))
    dipole += 0.02 * breath[:, None] * random.standard_normal(3)
    return Signals(_FS_HZ, leads_of(dipole))


def make_page(
    px_per_mm: float = 8.0, pen_mm: float = 0.35, *, pulse: bool = True, ecg: Signals | None = None
) -> Sample:
    """Draw a recording in 3x4+1 on red A4 paper, with lead names, separators and a pulse.

    Args:
        px_per_mm: pixels per millimeter.
        pen_mm: width of the pen.
        pulse: whether a calibration pulse stands before each row.
        ecg: twelve leads at 500 Hz; by default `make_ecg()`.
    """
    ecg = ecg or make_ecg()
    width, height = (round(side * px_per_mm) for side in _PAPER_MM)
    fine = np.zeros((height * _OVERSAMPLING, width * _OVERSAMPLING), np.uint8)
    drawing = _Drawing(fine, px_per_mm)
    truth = {name: np.full(samples.size, np.nan) for name, samples in ecg.leads_mv.items()}
    for zero_mm, leads in zip(_ZERO_MM, _ROWS, strict=True):
        seconds = _DURATION_S if len(leads) == 1 else _SHORT_S
        for column, name in enumerate(leads):
            first = round(column * seconds * _FS_HZ)
            stop = first + round(seconds * _FS_HZ)
            mv = ecg.leads_mv[name][first:stop]
            truth[name][first:stop] = mv
            x_mm = _LEFT_MM + np.arange(first, stop) * (_SPEED_MM_PER_S / _FS_HZ)
            drawing.line(x_mm, zero_mm - mv * _GAIN_MM_PER_MV, pen_mm)
            drawing.text(name, x_mm[0] + 1.5, zero_mm - 9.0)
            if column:
                drawing.line(np.full(2, x_mm[0]), zero_mm + np.array([-3.0, 3.0]), 0.25)
        if pulse:
            x_mm = _LEFT_MM - 8 + np.array([0, 1.0, 1.0, 6.0, 6.0, 7.0])
            drawing.line(x_mm, zero_mm - _GAIN_MM_PER_MV * np.array([0, 0, 1, 1, 0, 0]), pen_mm)
    drawing.text("ecgengine sample page, not a patient", _LEFT_MM, 20.0)
    drawing.text("25 mm/s  10 mm/mV", _LEFT_MM, 190.0)

    ink = cv2.resize(drawing.mask, (width, height), interpolation=cv2.INTER_AREA) / 255.0
    paper = _grid((height, width), px_per_mm)[:, :, None]
    image = 255.0 * (1 - paper) + np.array(_GRID_RGB) * paper
    image = image * (1 - ink[:, :, None]) + np.array(_INK_RGB) * ink[:, :, None]
    page = Page(
        np.rint(image).astype(np.uint8), "sample", "sample.png", dpi=(px_per_mm * 25.4,) * 2
    )
    # Millimeters count from the paper's edge, pixels from the first pixel's center.
    return Sample(
        page,
        Signals(ecg.fs_hz, truth),
        _LEFT_MM * px_per_mm - 0.5,
        tuple(zero_mm * px_per_mm - 0.5 for zero_mm in _ZERO_MM),
    )


@dataclass(frozen=True, slots=True)
class _Drawing:
    """Ink in a mask of `_OVERSAMPLING` times the page's pixels, drawn in millimeters."""

    mask: NDArray[np.uint8]
    px_per_mm: float

    def line(self, x_mm: NDArray[np.floating], y_mm: NDArray[np.floating], width_mm: float) -> None:
        scale = self.px_per_mm * _OVERSAMPLING
        points = np.stack([x_mm, y_mm], axis=1) * scale - 0.5
        fixed = np.rint(points * 16).astype(np.int32)
        thickness = max(round(width_mm * scale), 1)
        cv2.polylines(self.mask, [fixed], False, 255, thickness, cv2.LINE_8, 4)

    def text(self, words: str, x_mm: float, y_mm: float) -> None:
        scale = self.px_per_mm * _OVERSAMPLING
        at = (round(x_mm * scale), round(y_mm * scale))
        size, thickness = 3.5 * scale / 22, max(round(0.3 * scale), 1)
        cv2.putText(self.mask, words, at, cv2.FONT_HERSHEY_SIMPLEX, size, 255, thickness)


def _grid(shape: tuple[int, int], px_per_mm: float) -> NDArray[np.float64]:
    """Give how much of each pixel grid lines cover: 0.1 mm every 1 mm, 0.25 mm every 5 mm."""
    rows, columns = (_lines(size, px_per_mm) for size in shape)
    return 1 - (1 - rows[:, None]) * (1 - columns[None, :])


def _lines(size: int, px_per_mm: float) -> NDArray[np.float64]:
    edges = np.arange(size + 1) / px_per_mm

    def covered_mm(period_mm: float, width_mm: float) -> NDArray[np.float64]:
        """Measure how much of a line pattern lies before each pixel edge."""
        places = edges + width_mm / 2
        whole = np.floor(places / period_mm)
        return whole * width_mm + np.minimum(places - whole * period_mm, width_mm)

    light = np.diff(covered_mm(1.0, 0.1)) * px_per_mm
    heavy = np.diff(covered_mm(5.0, 0.25)) * px_per_mm
    return np.maximum(light * 0.6, heavy)
