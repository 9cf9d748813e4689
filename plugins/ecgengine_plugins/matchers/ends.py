"""Follow the ink of every row: where it begins and ends, to a tenth of a pixel, and how it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.look import CELL_MM, Look
from ecgengine_plugins.matchers.rows import level_height, voted_rows
from ecgengine_plugins.paper.ink import CORE, Ink
from ecgengine_plugins.paper.row_votes import own_cells
from ecgengine_plugins.paper.runs import runs

_SHORTEST_MM = 3.0
_GAP_MM = 1.2
_NEAR_CELLS = 1
_BESIDE_MM = 0.3
_THIN_PERCENT = 10
_EDGE_PX = 2
_LEAST_INK = 0.5
_AROUND_MM = 1.5


@dataclass(frozen=True, slots=True)
class Run:
    """Ink of one row without a gap, by the middle of the pen at its ends.

    Attributes:
        start_px: sheet x where it begins.
        end_px: sheet x where it ends.
        start_free: nothing hides the beginning (no pulse, no frame, no edge of the sheet).
        end_free: nothing hides the end.
    """

    start_px: float
    end_px: float
    start_free: bool
    end_free: bool


@dataclass(frozen=True, slots=True)
class TracedRow:
    """A row of ink that may be one of leads.

    Attributes:
        zero_px: sheet y at which most of it runs level.
        inked_mm: how much of its length has ink.
        runs: its runs of ink from left to right.
        heights_px: (W,) mean height of its ink above `zero_px` in every column; NaN without.
    """

    zero_px: float
    inked_mm: float
    runs: tuple[Run, ...]
    heights_px: NDArray[np.float64]


def trace_rows(ink: Ink, look: Look) -> list[TracedRow]:
    """Give the rows that ink votes for, top to bottom, each with its own ink alone."""
    voted = voted_rows(look)
    zeros = [level_height(ink, row.zero_mm * ink.y_mm) for row in voted]
    stroke = stroke_px(ink, zeros)
    cells = own_cells(look, [row.zero_mm for row in voted])
    found = []
    for zero, own in zip(zeros, cells, strict=True):
        top, band = _own_ink(ink, own)
        runs_px = _runs_of(band, ink, top, stroke)
        heights = zero - top - _middles(band)
        inked_mm = float(np.isfinite(heights).sum()) / ink.x_mm
        found.append(TracedRow(zero, inked_mm, runs_px, heights))
    return found


def stroke_px(ink: Ink, baselines: Sequence[float]) -> float:
    """Give the height of the levelest ink, as covered area a column."""
    reach = round(3 * ink.pen_px) + 1
    sums = []
    for zero in baselines:
        band = ink.trace[max(round(zero) - reach, 0) : round(zero) + reach + 1]
        heights = band.sum(axis=0)
        # Ink that leaves the band is cut there.
        whole = (band[:1] <= CORE).all(axis=0) & (band[-1:] <= CORE).all(axis=0)
        usual = (heights > 0.5 * ink.pen_px) & (heights < 1.5 * ink.pen_px)
        sums.append(heights[whole & usual])
    every = np.concatenate(sums) if sums else np.zeros(0)
    return float(np.percentile(every, _THIN_PERCENT)) if every.size else ink.pen_px


def _own_ink(ink: Ink, cells: NDArray[np.bool_]) -> tuple[int, NDArray[np.float32]]:
    """Give the ink in some cells (H, W) and right beside them: its first row, and a band."""
    inked = np.flatnonzero(cells.any(axis=1))
    height, width = ink.trace.shape
    if not inked.size:
        return 0, np.zeros((1, width), np.float32)
    side = 2 * _NEAR_CELLS + 1
    near = cv2.dilate(cells.astype(np.uint8), np.ones((side, side), np.uint8))
    rows = _cells_of(height, ink.y_mm, cells.shape[0])
    columns = _cells_of(width, ink.x_mm, cells.shape[1])
    rows_px = np.flatnonzero((rows >= inked[0] - _NEAR_CELLS) & (rows <= inked[-1] + _NEAR_CELLS))
    top, bottom = int(rows_px[0]), int(rows_px[-1]) + 1
    return top, ink.trace[top:bottom] * near[rows[top:bottom]][:, columns]


def _middles(band: NDArray[np.float32]) -> NDArray[np.float64]:
    """Give the mean row of the ink in every column of a band; NaN where there is hardly any."""
    mass = band.sum(axis=0, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        middle: NDArray[np.float64] = np.arange(band.shape[0], dtype=np.float64) @ band / mass
    middle[mass < _LEAST_INK] = np.nan
    return middle


def _runs_of(band: NDArray[np.float32], ink: Ink, top: int, stroke: float) -> tuple[Run, ...]:
    """Give the runs of a row's own ink; `top` is the sheet's row at which its band begins."""
    width = band.shape[1]
    everything = ink.everything[top : top + band.shape[0]]
    found = []
    for start, stop in _joined(runs(np.asarray((band > CORE).any(axis=0))), _GAP_MM * ink.x_mm):
        if stop - start < _SHORTEST_MM * ink.x_mm:
            continue
        left = _edge(band, start, stroke, ink) + 0.5 * stroke
        right = width - 1 - (_edge(band[:, ::-1], width - stop, stroke, ink) + 0.5 * stroke)
        start_free = _is_free(everything, ink.hidden_columns, band, start, ink)
        end_free = _is_free(
            everything[:, ::-1], ink.hidden_columns[::-1], band[:, ::-1], width - stop, ink
        )
        found.append(Run(left, right, start_free, end_free))
    return tuple(found)


def _cells_of(pixels: int, px_per_mm: float, cells: int) -> NDArray[np.intp]:
    """Give which cell each pixel of a side lies in."""
    return np.minimum(
        ((np.arange(pixels) + 0.5) / (px_per_mm * CELL_MM)).astype(np.intp), cells - 1
    )


def _is_free(
    everything: NDArray[np.float32],
    hidden_columns: NDArray[np.bool_],
    band: NDArray[np.float32],
    start: int,
    ink: Ink,
) -> bool:
    """Tell whether bare paper lies before the ink of a band whose first core column is `start`."""
    first = max(start - round(_BESIDE_MM * ink.x_mm), 0)
    if start <= _EDGE_PX or hidden_columns[first : start + 1].any():
        return False
    middle, around = _height_at(band, start), round(_AROUND_MM * ink.y_mm)
    # The pen's own edge is no other ink.
    beside = everything[
        max(middle - around, 0) : middle + around + 1, first : max(start - 1, first)
    ]
    return not (beside > CORE).any()


def _joined(stretches: Sequence[slice], gap: float) -> list[tuple[int, int]]:
    """Give the spans (start, stop) of stretches, those joined whose gap is short."""
    spans: list[tuple[int, int]] = []
    for each in stretches:
        if spans and each.start - spans[-1][1] < gap:
            spans[-1] = (spans[-1][0], each.stop)
        else:
            spans.append((each.start, each.stop))
    return spans


def _height_at(band: NDArray[np.float32], start: int) -> int:
    """Give the height of the ink in a band in the three columns from `start` on."""
    mass = band[:, start : start + 3].sum(axis=1)
    return round(float((mass * np.arange(mass.size)).sum() / max(float(mass.sum()), 1e-6)))


def _edge(band: NDArray[np.float32], start: int, stroke: float, ink: Ink) -> float:
    """Give the sub-pixel left edge of ink whose first core column is `start`."""
    middle, around = _height_at(band, start), round(_AROUND_MM * ink.y_mm)
    first = max(start - 3, 0)
    near = band[max(middle - around, 0) : middle + around + 1, first : start + 3]
    heights = near.sum(axis=0)
    # What begins steeply is higher than a level stroke, and its first column is a part of that.
    whole = max(stroke, float(heights[-2:].min()))
    return float(start + 2.5 - np.minimum(heights / whole, 1.0).sum())
