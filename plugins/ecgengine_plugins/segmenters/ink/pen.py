"""Measure the pen of the traces: how wide, how dark, and whether it hides what is under it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.ink import run_thickness
from ecgengine_plugins.paper.boxes import Components
from ecgengine_plugins.segmenters.ink import tuning

_BINS_PER_PX = 10
"""Numerical: `_mode` smooths over five bins, half a pixel."""


@dataclass(frozen=True, slots=True)
class Pen:
    """What the pen of the traces looks like on a sheet.

    Attributes:
        width_px: how thick it draws level lines, or None when there is too little ink to tell.
        full: the coverage inside thick strokes, which is not 1 where traces are printed lighter
            or darker than the ink assumed.
        opacity: 1 where ink hides the grid line under it, 0 where their darkness adds up.
    """

    width_px: float | None
    full: float
    opacity: float


def measure_pen(
    cover: NDArray[np.float32],
    strokes: NDArray[np.bool_],
    row_lines: NDArray[np.float32],
    column_lines: NDArray[np.float32],
    scale: float,
) -> Pen:
    """Measure the pen on the long components in the middle of the sheet.

    Its width is the mode of their vertical thickness away from vertical grid lines and from dark
    horizontal ones (darkness `column_lines` (W,) and `row_lines` (H,)): level stretches are the
    most frequent, slopes only add a tail to the thick side. How dark it is tell `strokes` (H, W),
    which holes and tears are none of. `cover` was unmixed for opaque ink; if
    it is not, traces look thicker on the lines, and by that much.
    """
    width = cover.shape[1]
    middle = slice(width // 4, max(width - width // 4, 1))
    cover = np.ascontiguousarray(cover[:, middle])
    lines = column_lines[middle]
    found = Components.of(cover > tuning.CORE)
    kept = found.wide > tuning.MEASURED_MM * scale
    kept[0] = False
    full = _full_coverage(cover, kept[found.labels] & strokes[:, middle])
    counts = _thickness(cover, found.labels, kept, row_lines, lines, scale)
    width_px = _mode(counts[0], weighty=True)
    if width_px is None:
        return Pen(None, full, 1.0)
    opacity = 1.0
    near = slice(round(0.6 * width_px * _BINS_PER_PX), round(1.8 * width_px * _BINS_PER_PX))
    if counts[:, near].sum(axis=1).min() >= tuning.FEWEST_RUNS:
        thickness = np.arange(counts.shape[1])[near] + 0.5
        free, crossed = (counts[:, near] * thickness).sum(axis=1) / counts[:, near].sum(axis=1)
        dark = float(lines[_on_line(lines)].mean())
        opacity = float(np.clip((1 - crossed / free * (1 - dark)) / dark, 0.0, 1.0))
    return Pen(width_px / full, full, opacity)


def measure_width(
    trace: NDArray[np.float32],
    row_lines: NDArray[np.float32],
    column_lines: NDArray[np.float32],
    scale: float,
) -> float | None:
    """Measure the width of the pen once more in pixels, on a map that holds traces only."""
    labels = (trace > tuning.INNER).astype(np.int32)
    kept = np.array([False, True])
    counts = _thickness(trace, labels, kept, row_lines, column_lines, scale)
    return _mode(counts[0], weighty=False)


def _on_line(lines: NDArray[np.float32]) -> NDArray[np.bool_]:
    return (lines > tuning.LINE_SEEN) & (lines < tuning.LINE_DARK)


def _thickness(
    cover: NDArray[np.float32],
    labels: NDArray[np.int32],
    kept: NDArray[np.bool_],
    row_lines: NDArray[np.float32],
    lines: NDArray[np.float32],
    scale: float,
) -> NDArray[np.int64]:
    """Count runs by thickness in columns off the grid lines and, second, on those that show."""
    off = np.where(lines < tuning.LINE_FAINT, 0, -1)
    kinds = np.where(_on_line(lines), 1, off).astype(np.int8)
    skipped = row_lines > tuning.LINE_DARK
    limit = tuning.THICK_MM * scale
    counts: NDArray[np.int64] = run_thickness(
        cover, labels, kept, skipped, kinds, limit, _BINS_PER_PX
    )
    return counts


def _full_coverage(cover: NDArray[np.float32], ink: NDArray[np.bool_]) -> float:
    """Give the coverage inside strokes; of a pen too thin to have an inside, nearly its highest."""
    values = cover[ink]
    if values.size < tuning.FEWEST_RUNS:
        return 1.0
    inner = ink & (cv2.erode(cover, np.ones((3, 3), np.uint8)) > tuning.INNER)
    if np.count_nonzero(inner) >= tuning.FEWEST_RUNS:
        return float(np.median(cover[inner]))
    return float(np.quantile(values, tuning.FULL_QUANTILE))


def _mode(histogram: NDArray[np.int64], *, weighty: bool) -> float | None:
    """Give the most frequent thickness in pixels, or None of few runs.

    `weighty` runs count by their thickness, so that remains of thin grid lines, however many, do
    not pass for the pen.
    """
    if histogram.sum() < tuning.FEWEST_RUNS:
        return None
    smooth = np.convolve(histogram.astype(np.float64), [1, 2, 3, 2, 1], mode="same")
    thickness = (np.arange(histogram.size) + 0.5) / _BINS_PER_PX
    return float(thickness[np.argmax(smooth * thickness if weighty else smooth)])
