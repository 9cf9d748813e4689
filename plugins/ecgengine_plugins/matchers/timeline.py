"""Fit where the printed seconds begin and end, to all rows together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.look import Look
from ecgengine_plugins.matchers.ends import Run
from ecgengine_plugins.matchers.pulses import Pulse
from ecgengine_plugins.matchers.start import Printing, Sign, place_start

_TOGETHER_MM = 1.2
_USUAL_WIDTHS_MM = (125.0, 150.0, 200.0, 250.0, 300.0, 500.0)
_SNAP_SHARE = 0.012
_LAST_SAMPLE_S = 1 / 500
_BESIDE_MM = 0.6

_START_MM, _END_MM, _LEG_MM, _SEPARATOR_MM, _FRAME_MM = 0.015, 0.03, 0.1, 0.08, 0.15
_MAD_TO_SIGMA = 1.48
_CUT_MM = 1.5
_CUT_SHARE = 0.85
_PAGE_MM = 250.0
_COLUMN_SHARES = (1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4)

# Log-likelihoods of a pair of ends: of a row's own end near it, of a point seen near it, of each
# millimeter of ink beyond it, less of what a gap parts from it, and of a width that is none of the
# usual ones. Pairs are worth trying that are no farther below the best, and so many.
_ENDS_NEAR, _POINT_NEAR, _INK_BEYOND, _UNUSUAL = 2.0, 1.5, -0.25, -2.0
_PARTED_MM, _PARTED_BEYOND = 3.0, -4.0
_WORTH_TRYING, _MOST_PAIRS = 6.0, 8
# Points stand in a line that lie so near in so many of the rows.
_ALIGNED_MM, _ALIGNED_ROWS = 0.8, 0.5

Ends = Sequence[Sequence[tuple[float, bool]]]
"""Where runs of each row begin, or end, sheet x; and whether nothing hides it."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The stretch of paper that every row shares.

    Attributes:
        start_px: sheet x of the first instant.
        end_px: sheet x of the last instant.
        usual: the width is one that carts use and taken from the paper's scale; else measured.
    """

    start_px: float
    end_px: float
    usual: bool

    @property
    def span_px(self) -> tuple[float, float]:
        """Sheet x of the first and the last instant."""
        return self.start_px, self.end_px


def fit_timelines(
    runs: Sequence[Sequence[Run]],
    look: Look,
    pulses: Sequence[Pulse],
    separators_px: Sequence[float],
    hidden_columns: NDArray[np.bool_],
    printing: Printing,
) -> list[tuple[Timeline, float]]:
    """Fit start and end to the ends of ink, pulses and frames that touch it, and separators.

    The width is a usual one (such as 250 mm) where the ink is that wide; then every end, every
    separator and the grid help to place the start (see `place_start`).

    Returns:
        What is likely, the likeliest first, with its log-likelihood less that of the first.
    """
    x_mm = printing.x_mm
    legs = {pulse.row: pulse.right_px for pulse in pulses}
    starts = [
        [(run.start_px, run.start_free and not _touches(run, legs.get(row), x_mm)) for run in mine]
        for row, mine in enumerate(runs)
    ]
    ends = [[(run.end_px, run.end_free) for run in row] for row in runs]
    return [
        (
            _fitted(starts, ends, pair, look, pulses, separators_px, hidden_columns, printing),
            log_pair,
        )
        for pair, log_pair in _outermost(starts, ends, legs, look, x_mm)
    ]


def _fitted(
    starts: Ends,
    ends: Ends,
    outermost: tuple[float, float],
    look: Look,
    pulses: Sequence[Pulse],
    separators_px: Sequence[float],
    hidden_columns: NDArray[np.bool_],
    printing: Printing,
) -> Timeline:
    """Fit start and end to what stands near the outermost ink."""
    x_mm = printing.x_mm
    first, last = outermost
    free_start, free_end = _free(starts, first, x_mm), _free(ends, last, x_mm)
    low = float(np.median(free_start)) if free_start else first
    high = float(np.median(free_end)) if free_end else last
    last_sample_px = _LAST_SAMPLE_S * printing.speed_mm_per_s * x_mm
    low_sign = high_sign = None
    if free_start:
        low_sign = Sign(low / x_mm, _sigma_mm(free_start, _START_MM, x_mm))
    width = _usual_width(high - low, x_mm)
    others = _start_signs(pulses, hidden_columns, first, x_mm) if low_sign is None else []
    if width is None:
        if low_sign is not None or others:
            low = place_start(low_sign, None, others, printing) * x_mm
        whole = low + _PAGE_MM * x_mm
        at_edge = last > hidden_columns.size - _CUT_MM * x_mm
        more = _shown(look, low, whole, x_mm) - _shown(look, low, high, x_mm)
        if at_edge or more > _ALIGNED_ROWS * len(starts):
            return _cut_off(low, high, whole)
        return Timeline(low, high + last_sample_px, usual=False)
    if printing.rough and low_sign is not None and free_end:
        # The leads' own width puts a rough scale right.
        start = place_start(low_sign, None, (), printing) * x_mm
        return Timeline(start, high + (low - start) + last_sample_px, usual=True)
    if free_end:
        high_sign = Sign((high - width) / x_mm, _sigma_mm(free_end, _END_MM, x_mm))
    if high_sign is None:
        framed = _frame(hidden_columns, last, _TOGETHER_MM * x_mm)
        others += [Sign((x - width) / x_mm, _FRAME_MM) for x in framed]
    # Where both ends are seen, what stands farther beside a place is a letter of a name.
    near_mm = _BESIDE_MM if low_sign is not None and high_sign is not None else _TOGETHER_MM
    others += _separator_signs(separators_px, first, width, near_mm, x_mm)
    if low_sign is None and high_sign is None and not others:
        start = first
    else:
        start = place_start(low_sign, high_sign, others, printing) * x_mm
    return Timeline(start, start + width, usual=True)


def _touches(run: Run, leg_px: float | None, x_mm: float) -> bool:
    """Tell whether a pulse's leg stands where a run begins: some of it may be taken for the run."""
    return leg_px is not None and abs(run.start_px - leg_px) < _BESIDE_MM * x_mm


def aligned_points(points: NDArray[np.float32], rows: int, x_mm: float) -> list[float]:
    """Give sheet x where (N, 3) points of a look, as its `starts`, stand in a line in most rows."""
    x, _, probability = points.astype(np.float64).T
    return [
        float(np.average(x[group], weights=probability[group])) * x_mm - 0.5
        for group in neighbors(x, _ALIGNED_MM)
        if probability[group].sum() > _ALIGNED_ROWS * rows
    ]


def neighbors(places: NDArray[np.float64], near: float) -> list[NDArray[np.intp]]:
    """Give groups of indices of places, from left to right, each that near the next of its group.

    Without places there is one empty group.
    """
    order = np.argsort(places, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(places[order]) > near) + 1)


def _outermost(
    starts: Ends, ends: Ends, legs: Mapping[int, float], look: Look, x_mm: float
) -> list[tuple[tuple[float, float], float]]:
    """Give the likeliest pairs of places where the rows begin and end, each less the best.

    Rows begin and end together, where the look shows it, at the `legs` of their pulses, and usual
    widths apart; no row has much ink beyond, but what a gap parts from it, as average beats.
    """
    first_points, last_points = (
        aligned_points(points, len(starts), x_mm) for points in (look.starts, look.ends)
    )
    firsts = _places([*first_points, *legs.values(), *(x for row in starts for x, _ in row)], x_mm)
    lasts = _places([*last_points, *(x for row in ends for x, _ in row)], x_mm)
    left = [_weight(x, starts, ends, look.starts, legs, x_mm, -1) for x in firsts]
    right = [_weight(x, starts, ends, look.ends, {}, x_mm, 1) for x in lasts]
    pairs = [
        (
            (first, last),
            log_first + log_last + (0.0 if _usual_width(last - first, x_mm) else _UNUSUAL),
        )
        for first, log_first in zip(firsts, left, strict=True)
        for last, log_last in zip(lasts, right, strict=True)
        if last > first
    ]
    if not pairs:
        return [((0.0, 0.0), 0.0)]
    pairs.sort(key=lambda each: -each[1])
    best = pairs[0][1]
    worth = [(pair, log - best) for pair, log in pairs if log > best - _WORTH_TRYING]
    return worth[:_MOST_PAIRS]


def _weight(
    x: float,
    starts: Ends,
    ends: Ends,
    points: NDArray[np.float32],
    legs: Mapping[int, float],
    x_mm: float,
    side: int,
) -> float:
    """Weigh a place where rows may begin (side -1) or end (1)."""
    together = _TOGETHER_MM * x_mm
    own = starts if side < 0 else ends
    near, whole, parted = 0, 0.0, 0.0
    for row, (row_starts, row_ends) in enumerate(zip(starts, ends, strict=True)):
        runs = [(start, end) for (start, _), (end, _) in zip(row_starts, row_ends, strict=True)]
        # Ink that runs on over the leg of a pulse hides where the row begins.
        inked = any(start < x < end for start, end in runs)
        at_leg = inked and abs(legs.get(row, np.inf) - x) < together
        near += at_leg or any(abs(place - x) < together for place, _ in own[row])
        beyond, apart = _beyond(x, runs, x_mm, side)
        whole += 0.0 if apart else beyond
        parted += beyond if apart else 0.0
    shown = points[np.abs(points[:, 0] * x_mm - x) < together, 2].sum() if len(points) else 0.0
    # What gaps part from the rows has one cause, such as average beats.
    log_beyond = _INK_BEYOND * whole + max(_INK_BEYOND * parted, _PARTED_BEYOND)
    # Where no row's ink ends, such as along the paper's edge, points are hardly theirs.
    shown = min(float(shown), max(near, _ALIGNED_ROWS * len(own)))
    return _ENDS_NEAR * near + _POINT_NEAR * shown + log_beyond


def _beyond(
    x: float, runs: Sequence[tuple[float, float]], x_mm: float, side: int
) -> tuple[float, bool]:
    """Give how many mm of a row's runs lie beyond a place, and whether a gap parts them from it."""
    total, apart = 0.0, True
    for start, end in runs:
        outside = (min(x, end) - start if side < 0 else end - max(x, start)) / x_mm - _TOGETHER_MM
        if outside > 0:
            away = (x - end if side < 0 else start - x) / x_mm
            total, apart = total + outside, apart and away > _PARTED_MM
    return total, apart


def _places(every: Sequence[float], x_mm: float) -> list[float]:
    """Give the middles of places that lie together, from left to right."""
    groups: list[list[float]] = []
    for x in sorted(every):
        if groups and x - groups[-1][0] < _TOGETHER_MM * x_mm:
            groups[-1].append(x)
        else:
            groups.append([x])
    return [float(np.median(group)) for group in groups]


def _free(rows: Ends, x: float, x_mm: float) -> list[float]:
    """Give the free ends near x; none of those of a few rows, where the ink only has a flaw."""
    together = _TOGETHER_MM * x_mm
    near = [each for row in rows for each, free in row if free and abs(each - x) < together]
    return near if len(near) >= len(rows) / 2 else []


def _start_signs(
    pulses: Sequence[Pulse], hidden_columns: NDArray[np.bool_], first: float, x_mm: float
) -> list[Sign]:
    """Give what the legs of pulses, and a frame, tell of a start that is not free."""
    together = _TOGETHER_MM * x_mm
    legs = [p.right_px for p in pulses if abs(p.right_px - first) < together]
    signs = [Sign(float(np.median(legs)) / x_mm, _LEG_MM)] if legs else []
    return signs + [Sign(x / x_mm, _FRAME_MM) for x in _frame(hidden_columns, first, -together)]


def _separator_signs(
    separators_px: Sequence[float], first: float, width: float, near_mm: float, x_mm: float
) -> list[Sign]:
    """Give what separators tell of the start that stand near a quarter of the width."""
    signs = []
    for x in separators_px:
        share = round((x - first) / width * 4) / 4
        if abs(x - first - share * width) < near_mm * x_mm and 0 < share <= 1:
            signs.append(Sign((x - share * width) / x_mm, _SEPARATOR_MM))
    return signs


def _apart(ends_px: Sequence[float]) -> float:
    """Say how far apart free ends lie: hardly on renders, visibly on scans of warped paper."""
    middle = np.median(ends_px)
    return float(_MAD_TO_SIGMA * np.median(np.abs(np.array(ends_px) - middle)))


def _sigma_mm(ends_px: Sequence[float], least_mm: float, x_mm: float) -> float:
    """Say how well the middle of free ends is known; no better than one end is measured."""
    return math.hypot(least_mm, _apart(ends_px) / len(ends_px) ** 0.5 / x_mm)


def _cut_off(low: float, high: float, whole: float) -> Timeline:
    """Give the timeline of leads that end at `whole` if an edge cuts off their last seconds."""
    end = whole if high < whole and high - low > _CUT_SHARE * (whole - low) else high
    return Timeline(low, end, usual=end == whole)


def _shown(look: Look, low: float, high: float, x_mm: float) -> float:
    """Add up the probabilities of points that begin columns of leads between two places."""
    columns = low + np.array(_COLUMN_SHARES) * (high - low)
    away = np.abs(look.starts[:, :1] * x_mm - columns).min(axis=1)
    return float(look.starts[away < _BESIDE_MM * x_mm, 2].sum())


def _frame(hidden_columns: NDArray[np.bool_], x: float, reach: float) -> list[float]:
    """Give the middle of the frame line, or the edge of the sheet, that cuts traces off near x."""
    low, high = sorted((x, x + reach))
    size = hidden_columns.size
    near = np.flatnonzero(hidden_columns[max(int(low), 0) : int(high) + 2]) + max(int(low), 0)
    if near.size:
        return [float(near.mean())]
    if low < 0.5:
        return [-0.5]
    return [size - 0.5] if high > size - 1.5 else []


def _usual_width(width_px: float, x_mm: float) -> float | None:
    for usual in _USUAL_WIDTHS_MM:
        if abs(width_px / x_mm - usual) < _SNAP_SHARE * usual:
            return usual * x_mm
    return None
