"""Measure where the ink of every row begins and ends, to a tenth of a pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.paper.ink import CORE, Ink
from ecgengine_plugins.paper.pulses.beside_rows import Pulse
from ecgengine_plugins.paper.runs import runs

_SHORTEST_MM = 3.0
_GAP_MM = 1.2
_REACH_SHARE = 0.6
_REACH_MM = 20.0
_TOUCH_MM = 0.3
_FOOT_MM = 2.0
_THIN_PERCENT = 10
_EDGE_PX = 2
_FRAME_PX = 4
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


def row_reach(baselines: Sequence[float], ink: Ink) -> float:
    """Give how far (px) from its baseline a row is looked for."""
    spacing = float(np.median(np.diff(baselines))) if len(baselines) > 1 else np.inf
    return float(min(_REACH_SHARE * spacing, _REACH_MM * ink.y_mm))


def find_runs(
    ink: Ink, baselines: Sequence[float], pulses: Sequence[Pulse], stroke: float
) -> list[tuple[Run, ...]]:
    """Give every row's runs of ink from left to right; pulses do not count.

    `stroke` is the height of the levelest ink, in pixels (see `stroke_px`).
    """
    reach = row_reach(baselines, ink)
    by_row = {pulse.row: pulse for pulse in pulses}
    return [
        _runs_of_row(ink, zero, reach, stroke, by_row.get(row))
        for row, zero in enumerate(baselines)
    ]


def stroke_px(ink: Ink, baselines: Sequence[float]) -> float:
    """Give the height of the levelest ink, as covered area a column."""
    reach = round(3 * ink.pen_px) + 1
    sums = []
    for zero in baselines:
        band = ink.trace[max(round(zero) - reach, 0) : round(zero) + reach + 1]
        heights = band.sum(axis=0)
        sums.append(heights[(heights > 0.5 * ink.pen_px) & (heights < 1.5 * ink.pen_px)])
    every = np.concatenate(sums) if sums else np.zeros(0)
    return float(np.percentile(every, _THIN_PERCENT)) if every.size else ink.pen_px


def _runs_of_row(
    ink: Ink, zero: float, reach: float, stroke: float, pulse: Pulse | None
) -> tuple[Run, ...]:
    band = ink.trace[max(round(zero - reach), 0) : round(zero + reach) + 1]
    occupied = np.asarray((band > CORE).any(axis=0))
    width = occupied.size
    blocked: list[tuple[int, int]] = []
    if pulse is not None:
        blocked = [_block(occupied, pulse, stroke, ink)]
        occupied[blocked[0][0] : blocked[0][1]] = False
    spans = _joined(runs(occupied), _GAP_MM * ink.x_mm)
    touch = _TOUCH_MM * ink.x_mm
    found = []
    for start, stop in spans:
        if stop - start < _SHORTEST_MM * ink.x_mm:
            continue
        start_free = start > _EDGE_PX and not any(0 <= start - b < 2 for _, b in blocked)
        start_free &= not ink.hidden_columns[max(start - _FRAME_PX, 0) : start + 1].any()
        end_free = stop < width - _EDGE_PX and not any(0 <= a - stop < touch for a, _ in blocked)
        end_free &= not ink.hidden_columns[stop - 1 : stop + _FRAME_PX].any()
        left = _edge(band, start, stroke, ink) + 0.5 * stroke
        right = width - 1 - (_edge(band[:, ::-1], width - stop, stroke, ink) + 0.5 * stroke)
        found.append(Run(left, right, start_free, end_free))
    return tuple(found)


def _block(occupied: NDArray[np.bool_], pulse: Pulse, stroke: float, ink: Ink) -> tuple[int, int]:
    """Give the columns (start, stop) of a pulse and of its feet, as far as a gap ends them."""
    leg, foot = round(stroke) + 1, round(_FOOT_MM * ink.x_mm)
    start, stop = round(pulse.left_px) - leg, round(pulse.right_px) + leg + 1
    after = np.flatnonzero(~occupied[stop : stop + foot])
    if after.size:
        stop += int(after[0])
    before = np.flatnonzero(~occupied[max(start - foot, 0) : max(start, 0)])
    if before.size:
        start = max(start - foot, 0) + int(before[-1])
    return max(start, 0), stop


def _joined(stretches: Sequence[slice], gap: float) -> list[tuple[int, int]]:
    """Give the spans (start, stop) of stretches, those joined whose gap is short."""
    spans: list[tuple[int, int]] = []
    for each in stretches:
        if spans and each.start - spans[-1][1] < gap:
            spans[-1] = (spans[-1][0], each.stop)
        else:
            spans.append((each.start, each.stop))
    return spans


def _edge(band: NDArray[np.float32], start: int, stroke: float, ink: Ink) -> float:
    """Give the sub-pixel left edge of ink whose first core column is `start`."""
    column = band[:, start : start + 3].sum(axis=1)
    middle = float((column * np.arange(column.size)).sum() / max(float(column.sum()), 1e-6))
    around = round(_AROUND_MM * ink.y_mm)
    first = max(start - 3, 0)
    near = band[max(round(middle) - around, 0) : round(middle) + around + 1, first : start + 3]
    heights = near.sum(axis=0)
    # What begins steeply is higher than a level stroke, and its first column is a part of that.
    whole = max(stroke, float(heights[-2:].min()))
    return float(start + 2.5 - np.minimum(heights / whole, 1.0).sum())
