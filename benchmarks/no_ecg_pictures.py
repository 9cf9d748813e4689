"""Make pictures that show no ECG, many of them on the paper and with the print of one.

Rows of other curves are drawn as synthetic pages are, by the same carts on the same paper; what is
drawn otherwise lies on their paper, too. Some are scanned or photographed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.layout import LEADS, Cell, Layout
from ecgengine.data.page import Page
from ecgengine.data.source import Source
from ecgengine.ecg.signals import Signals
from ecgengine_kernels.drawing import draw_curve
from ecgengine_plugins.paper.layouts import LAYOUTS
from ecgengine_plugins.synth.drawing import draw_page
from ecgengine_plugins.synth.letters import put, word
from ecgengine_plugins.synth.picture import Print
from ecgengine_plugins.synth.sources import take_picture
from ecgengine_plugins.synth.style import Style, draw_style

Random = np.random.Generator
Samples = NDArray[np.float64]

FS_HZ, SECONDS = 500.0, 10.0
SOURCES = (Source.RENDER, Source.COLOR_SCAN, Source.PHOTO, Source.BW_SCAN)
MONTAGE = (
    *("Fp1-F7", "F7-T3", "T3-T5", "T5-O1", "Fp1-F3", "F3-C3", "C3-P3", "P3-O1", "Fz-Cz", "Cz-Pz"),
    *("Fp2-F4", "F4-C4", "C4-P4", "P4-O2", "Fp2-F8", "F8-T4", "T4-T6", "T6-O2", "A1-A2", "EOG"),
)
STATIONS = ("KONO BHZ", "KONO BHN", "KONO BHE", "ANMO BHZ", "ANMO BHN", "ANMO BHE")
WORDS = (
    *("the", "rate", "of", "patients", "report", "in", "normal", "page", "which", "V1", "shown"),
    *("between", "II", "and", "for", "results", "25", "mm", "were", "significant", "avenue"),
)


@dataclass(frozen=True)
class Picture:
    """A picture, and what it shows."""

    kind: str
    source: Source
    page: Page


def make_picture(seed: int, index: int) -> Picture:
    """Make one picture; kinds take turns, the same seed and index give the same picture."""
    random = np.random.default_rng((seed, index))
    kind = KINDS[index % len(KINDS)]
    name = f"{index:05d}-{kind.replace(' ', '-')}"
    if kind not in PRINTS:
        return Picture(kind, Source.RENDER, Page(_noise(random), name, f"{name}.png"))
    source = SOURCES[int(random.choice(len(SOURCES), p=(0.5, 0.2, 0.2, 0.1)))]
    shot = take_picture(PRINTS[kind](random), source, random)
    return Picture(kind, source, Page(shot.image, name, f"{name}.png"))


def _noise(random: Random) -> NDArray[np.uint8]:
    """Give gray noise, fine or in clouds."""
    noise = random.normal(0, 1, (1100, 1600)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), float(random.uniform(0.4, 6)))
    gray = np.clip(128 + 60 * noise / noise.std(), 0, 255).astype(np.uint8)
    return np.repeat(gray[:, :, None], 3, axis=2)


def _rows(
    random: Random, layout: Layout, curves: Mapping[str, Samples], **changes: object
) -> Print:
    """Print curves in millivolts where leads would stand."""
    style: Style = replace(draw_style(random, layout, 72.0), **changes)  # type: ignore[arg-type]
    return draw_page(style, Signals(FS_HZ, dict(curves)), random).sheet


def _one_below_the_other(names: tuple[str, ...]) -> Layout:
    return Layout("rows", tuple((Cell(name, 0.0, SECONDS),) for name in names))


def _usual_layout(random: Random) -> Layout:
    names = ("3x4+1", "3x4", "6x2", "12x1", "6x1")
    chosen = names[int(random.integers(len(names)))]
    return next(layout for layout in LAYOUTS if layout.name == chosen)


def _colored(random: Random, smooth_s: float) -> Samples:
    """Give ten seconds of noise of spread 1 that is smooth over a time."""
    size = round(FS_HZ * SECONDS)
    noise = random.normal(0, 1, (1, size)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), smooth_s * FS_HZ)[0].astype(np.float64)
    return smooth / smooth.std()


def _time() -> Samples:
    return np.arange(round(FS_HZ * SECONDS)) / FS_HZ


def _eeg(random: Random) -> Print:
    """Draw an EEG: slow and fast waves with bursts of some 10 Hz."""
    alpha_hz = float(random.uniform(8, 12))
    curves = {}
    for name in MONTAGE:
        burst = np.clip(_colored(random, 0.4), 0, 2)
        alpha = burst * np.sin(2 * np.pi * alpha_hz * _time() + random.uniform(0, 6))
        other = _colored(random, 0.012) + _colored(random, 0.1)
        curves[name] = float(random.uniform(0.08, 0.2)) * (alpha + 0.4 * other)
    header = ("EEG  16 Hz montage 2    TC 0.3 s  HF 70 Hz",)
    changes = {"header": header, "footer": (), "gain_mm_per_mv": 10.0, "pulse": "none"}
    return _rows(random, _one_below_the_other(MONTAGE), curves, **changes)


def _seismogram(random: Random) -> Print:
    """Draw an earthquake: it comes suddenly and dies away, twice."""
    first_s, second_s = np.sort(random.uniform(1, 7, 2))
    shape = np.zeros(_time().size)
    for start, tall in ((first_s, 0.4), (second_s, 1.0)):
        later = _time() - start
        shape += tall * np.where(later > 0, np.exp(-np.clip(later, 0, 99) / 1.5), 0.0)
    curves = {
        name: (0.03 + 0.5 * shape) * _colored(random, float(random.uniform(0.015, 0.04)))
        for name in STATIONS
    }
    changes = {"header": ("Seismic event, filter 0.5-5 Hz",), "footer": (), "pulse": "none"}
    return _rows(random, _one_below_the_other(STATIONS), curves, **changes)


def _sines(random: Random) -> Print:
    """Draw sines where leads would stand, twelve rows of them or in columns."""
    layout = _one_below_the_other(LEADS) if random.random() < 0.5 else _usual_layout(random)
    hz = float(random.uniform(0.7, 4))
    even = random.random() < 0.5
    curves = {
        lead: random.uniform(0.2, 0.8)
        * np.sin(2 * np.pi * hz * (1 if even else random.uniform(0.5, 2)) * _time() + number)
        for number, lead in enumerate(LEADS)
    }
    return _rows(random, layout, curves)


def _squares(random: Random) -> Print:
    """Draw square waves where leads would stand."""
    hz = float(random.uniform(0.6, 2.5))
    curves = {
        lead: random.uniform(0.2, 0.5) * np.sign(np.sin(2 * np.pi * hz * _time() + 0.2 * number))
        for number, lead in enumerate(LEADS)
    }
    return _rows(random, _usual_layout(random), curves)


def _names_and_noise(random: Random) -> Print:
    """Draw noise where leads would stand."""
    smooth_s = float(random.uniform(0.006, 0.05))
    curves = {lead: random.uniform(0.15, 0.5) * _colored(random, smooth_s) for lead in LEADS}
    return _rows(random, _usual_layout(random), curves)


def _empty(random: Random) -> Print:
    """Print all but the traces."""
    curves = {lead: np.zeros(_time().size) for lead in LEADS}
    sheet = _rows(random, _usual_layout(random), curves, separator="none")
    return replace(sheet, trace=np.zeros_like(sheet.trace))


class _Pen:
    """Draws on paper without leads, in millimeters."""

    def __init__(self, random: Random, *, gridded: bool) -> None:
        style = draw_style(random, _one_below_the_other(("I",)), 72.0)
        grid = style.grid if gridded else replace(style.grid, kind="none")
        self._style = replace(
            style, places=(), zeros_mm=(), grid=grid, header=(), footer=(), handwriting=0
        )
        self.sheet = draw_page(self._style, Signals(FS_HZ, {}), random).sheet
        self.width_mm, self.height_mm = style.paper_mm

    def line(
        self, points_mm: NDArray[np.floating], width_mm: float, *, trace: bool = False
    ) -> None:
        scale = self._style.px_per_mm
        points = np.asarray(points_mm, np.float64) * scale - 0.5
        layer = self.sheet.trace if trace else self.sheet.text
        draw_curve(layer, points, width_mm * scale, -np.inf, np.inf)

    def rules(self, xs: NDArray[np.floating], ys: NDArray[np.floating], width_mm: float) -> None:
        """Draw a table's lines."""
        for x in xs:
            self.line(np.array([(x, ys[0]), (x, ys[-1])]), width_mm)
        for y in ys:
            self.line(np.array([(xs[0], y), (xs[-1], y)]), width_mm)

    def write(self, text: str, left_mm: float, bottom_mm: float, height_mm: float) -> float:
        """Write words; give where they end."""
        scale = self._style.px_per_mm
        mask = word(text, self._style.font, round(height_mm * scale, 2))
        put(self.sheet.text, mask, left_mm * scale, bottom_mm * scale - mask.shape[0])
        return left_mm + mask.shape[1] / scale

    def note(self, x_mm: float, y_mm: float) -> None:
        """Draw the head of a note."""
        scale = self._style.px_per_mm
        center = (round(x_mm * scale), round(y_mm * scale))
        axes = (round(1.2 * scale), round(0.85 * scale))
        cv2.ellipse(self.sheet.text, center, axes, -20, 0, 360, 255, -1, cv2.LINE_AA)


def _text(random: Random) -> Print:
    """Write lines of words."""
    pen = _Pen(random, gridded=random.random() < 0.5)
    height = float(random.uniform(1.8, 3.2))
    for bottom in np.arange(15, pen.height_mm - 10, height * float(random.uniform(1.8, 2.8))):
        x = 15.0
        while x < pen.width_mm - 40:
            x = pen.write(str(random.choice(WORDS)), x, bottom, height) + 0.6 * height
    return pen.sheet


def _spreadsheet(random: Random) -> Print:
    """Draw a table of numbers."""
    pen = _Pen(random, gridded=False)
    xs = np.linspace(10, pen.width_mm - 10, int(random.integers(7, 14)))
    ys = np.arange(12, pen.height_mm - 10, float(random.uniform(5, 8)))
    pen.rules(xs, ys, 0.2)
    for row, y in enumerate(ys[1:]):
        for column, x in enumerate(xs[:-1]):
            number = f"{random.normal(100, 60):.2f}"
            words = LEADS[column % 12] if row == 0 else number
            pen.write(words, x + 1.5, y - 1.2, 2.2)
    return pen.sheet


def _chart(random: Random) -> Print:
    """Draw a chart of lines or of bars on millimeter paper."""
    pen = _Pen(random, gridded=True)
    bottom, right = pen.height_mm - 25, pen.width_mm - 20
    pen.line(np.array([(25, 20), (25, bottom), (right, bottom)]), 0.5)
    for number, y in enumerate(np.arange(bottom, 20, -20)):
        pen.write(f"{10 * number}", 16, y + 1, 2.2)
    if random.random() < 0.5:
        for number, x in enumerate(np.arange(32, right - 12, float(random.uniform(9, 18)))):
            top = float(random.uniform(30, bottom - 10))
            pen.line(
                np.array([(x, bottom), (x, top), (x + 7, top), (x + 7, bottom)]), 0.35, trace=True
            )
            pen.write(f"{2001 + number}", x, bottom + 5, 1.8)
        return pen.sheet
    for _ in range(int(random.integers(1, 5))):
        x = np.linspace(25, right, int(random.integers(12, 120)))
        walk = np.cumsum(random.normal(0, 1, x.size))
        y = np.interp(walk, (walk.min(), walk.max()), np.sort(random.uniform(25, bottom, 2))[::-1])
        pen.line(np.stack([x, y], axis=1), 0.4, trace=True)
    return pen.sheet


def _music(random: Random) -> Print:
    """Draw staves with notes, on white paper or on that of an ECG."""
    pen = _Pen(random, gridded=random.random() < 0.5)
    step = float(random.uniform(1.6, 2.1))
    for top in np.arange(25, pen.height_mm - 20, 12 * step):
        lines = top + step * np.arange(5)
        pen.rules(np.linspace(15, pen.width_mm - 15, 5), lines, 0.15)
        x = 24.0
        while x < pen.width_mm - 20:
            place = top + 0.5 * step * int(random.integers(-1, 10))
            pen.note(x, place)
            pen.line(np.array([(x + 1.1, place), (x + 1.1, place - 3.2 * step)]), 0.2)
            x += float(random.choice([5.0, 7.0, 10.0]))
    return pen.sheet


def _scribbles(random: Random) -> Print:
    """Write by hand on the paper of an ECG: loops along lines, with gaps between words."""
    pen = _Pen(random, gridded=True)
    height, width = float(random.uniform(2, 5)), float(random.uniform(0.3, 0.6))
    for y in np.arange(25, pen.height_mm - 15, height * float(random.uniform(3, 6))):
        x = float(random.uniform(10, 30))
        while x < pen.width_mm - 40:
            turns = int(random.integers(3, 9))
            angle = np.linspace(0, 2 * np.pi * turns, 24 * turns)
            tall = height * np.interp(
                angle, np.linspace(0, angle[-1], turns + 1), random.uniform(0.3, 1, turns + 1)
            )
            loops = np.stack(
                [
                    x + 0.35 * height * (angle / np.pi - np.sin(angle)),
                    y - tall * (1 - np.cos(angle)) / 2,
                ],
                axis=1,
            )
            pen.line(loops, width, trace=True)
            x = float(loops[-1, 0]) + height
    return pen.sheet


PRINTS: dict[str, Callable[[Random], Print]] = {
    "text": _text,
    "spreadsheet": _spreadsheet,
    "EEG": _eeg,
    "seismogram": _seismogram,
    "chart": _chart,
    "sines": _sines,
    "square waves": _squares,
    "names and noise": _names_and_noise,
    "empty paper": _empty,
    "music": _music,
    "scribbles": _scribbles,
}
"""What is printed and then taken a picture of, by kind."""
KINDS = ("noise", *PRINTS)
"""What pictures show, in turn."""
