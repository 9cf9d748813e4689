"""Fit where the printed seconds begin and end, to all rows together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.matchers.ends import Run
from ecgengine_plugins.matchers.start import Printing, Sign, place_start
from ecgengine_plugins.paper.pulses.beside_rows import Pulse

_TOGETHER_MM = 1.2
_VOTE_SHARE = 0.6
_USUAL_WIDTHS_MM = (125.0, 150.0, 200.0, 250.0, 300.0, 500.0)
_SNAP_SHARE = 0.012
_LAST_SAMPLE_S = 1 / 500
_TOUCH_MM = 1.2
_BESIDE_MM = 0.6

_START_MM, _END_MM, _LEG_MM, _SEPARATOR_MM, _FRAME_MM = 0.015, 0.03, 0.1, 0.08, 0.15
_MAD_TO_SIGMA = 1.48
_OUTSIDE_SHARE = 0.06
_AMID_SHARE = 0.3
_CUT_MM = 1.5
_CUT_SHARE = 0.85
_PAGE_MM = 250.0
_NAME_AFTER_MM = 8.0
_UNEVEN_SHARE = 0.02
_MOST_COLUMNS = 4

Ends = Sequence[Sequence[tuple[float, bool]]]
"""Where runs of each row begin, or end, sheet x; and whether nothing hides it."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The stretch of paper that every row shares.

    Attributes:
        start_px: sheet x of the first instant.
        end_px: sheet x of the last instant.
        short_end_px: the same for rows of several leads, which some carts print narrower.
        usual: the width is one that carts use and taken from the paper's scale; else measured.
    """

    start_px: float
    end_px: float
    short_end_px: float
    usual: bool


def fit_timeline(
    runs: Sequence[Sequence[Run]],
    pulses: Sequence[Pulse],
    separators_px: Sequence[float],
    hidden_columns: NDArray[np.bool_],
    names_px: Sequence[float],
    printing: Printing,
) -> Timeline:
    """Fit start and end to the ends of ink, pulses and frames that touch it, and separators.

    `names_px` are the left edges of lead names; they tell apart what begins and ends on worn pages.
    The width is a usual one (such as 250 mm) where the ink is that wide; then every end, every
    separator and the grid help to place the start (see `place_start`).
    """
    x_mm = printing.x_mm
    starts = _starts(runs, pulses, x_mm)
    ends = [[(run.end_px, run.end_free) for run in row] for row in runs]
    first, last = _outermost(runs, starts, ends, names_px, x_mm)
    free_start, free_end = _free(starts, first, x_mm), _free(ends, last, x_mm)
    low = float(np.median(free_start)) if free_start else first
    high = float(np.median(free_end)) if free_end else last
    last_sample_px = _LAST_SAMPLE_S * printing.speed_mm_per_s * x_mm
    low_sign = high_sign = None
    if free_start:
        low_sign = Sign(low / x_mm, _sigma_mm(free_start, _START_MM, x_mm))
    width = _usual_width(high - low, x_mm)
    if width is None:
        if low_sign is not None:
            low = place_start(low_sign, None, (), printing) * x_mm
        if last > hidden_columns.size - _CUT_MM * x_mm:
            return _cut_off(low, high, low + _PAGE_MM * x_mm)
        named = _named_width(names_px, first, x_mm)
        if named is not None:
            return _cut_off(low, high, low + named)
        high += last_sample_px
        return Timeline(low, high, high, usual=False)
    if printing.rough and low_sign is not None and free_end:
        # The leads' own width puts a rough scale right.
        start = place_start(low_sign, None, (), printing) * x_mm
        end = high + (low - start) + last_sample_px
        return Timeline(start, end, end, usual=True)
    if free_end:
        high_sign = Sign((high - width) / x_mm, _sigma_mm(free_end, _END_MM, x_mm))
    others = _start_signs(pulses, hidden_columns, first, x_mm) if low_sign is None else []
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
    return Timeline(start, start + width, start + width, usual=True)


def _starts(runs: Sequence[Sequence[Run]], pulses: Sequence[Pulse], x_mm: float) -> Ends:
    """Give where each row's runs begin: behind a pulse that touches them."""
    starts = [[(run.start_px, run.start_free) for run in row] for row in runs]
    for pulse in pulses:
        row = starts[pulse.row]
        if any(0 <= x - pulse.right_px < _TOUCH_MM * x_mm and not free for x, free in row):
            starts[pulse.row] = [(pulse.right_px, False), *row]
    return starts


def _outermost(
    runs: Sequence[Sequence[Run]],
    starts: Ends,
    ends: Ends,
    names_px: Sequence[float],
    x_mm: float,
) -> tuple[float, float]:
    """Give where most rows begin and end: a usual width apart if any two places are."""
    together = _TOGETHER_MM * x_mm
    firsts = _agreed([[x for x, _ in row] for row in starts], together, 1)
    lasts = _agreed([[x for x, _ in row] for row in ends], together, -1)
    # What stands beside the leads may line up too, but not a usual width from their other end.
    firsts = [x for x in firsts if _before(runs, x) < _OUTSIDE_SHARE] or firsts[:1]
    # Rows that go on from each other need not end together; none ends amid the ink of all.
    lasts = [x for x in lasts if 1 - _before(runs, x) < _AMID_SHARE] or [
        max((x for row in ends for x, _ in row), default=0.0)
    ]
    pairs = [(first, last) for last in lasts for first in firsts]
    usual = [pair for pair in pairs if _usual_width(pair[1] - pair[0], x_mm) is not None]
    return (usual or _named_pairs(starts, ends, names_px, x_mm) or pairs)[0]


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


def _named_pairs(
    starts: Ends, ends: Ends, names_px: Sequence[float], x_mm: float
) -> list[tuple[float, float]]:
    """Give starts and ends a usual width apart that fit the columns of names, the best one first.

    Holes and cracks end more rows than the leads do. Names stand where columns begin.
    """
    columns = _agreed([[x] for x in names_px], _TOGETHER_MM * x_mm, 1, share=0.5)
    firsts = sorted({x for row in starts for x, _ in row})
    lasts = sorted({x for row in ends for x, _ in row})
    found = []
    for first in firsts:
        if not -_TOGETHER_MM < (columns[0] - first) / x_mm < _NAME_AFTER_MM:
            continue
        for last in lasts:
            width = _usual_width(last - first, x_mm)
            if width is None or columns[-1] > last or not _divides(columns, width):
                continue
            near = sum(any(abs(x - first) < _TOGETHER_MM * x_mm for x, _ in row) for row in starts)
            near += sum(any(abs(x - last) < _TOGETHER_MM * x_mm for x, _ in row) for row in ends)
            found.append((near, first, last))
    return [(first, last) for _, first, last in sorted(found, key=lambda pair: -pair[0])]


def _divides(columns_px: Sequence[float], width_px: float) -> bool:
    """Tell whether columns of names are equal parts of a width apart."""
    if len(columns_px) < 2:
        return True
    parts = width_px / float(np.diff(columns_px).min())
    return abs(parts - round(parts)) < _UNEVEN_SHARE * parts and round(parts) <= _MOST_COLUMNS


def _apart(ends_px: Sequence[float]) -> float:
    """Say how far apart free ends lie: hardly on renders, visibly on scans of warped paper."""
    middle = np.median(ends_px)
    return float(_MAD_TO_SIGMA * np.median(np.abs(np.array(ends_px) - middle)))


def _sigma_mm(ends_px: Sequence[float], least_mm: float, x_mm: float) -> float:
    """Say how well the middle of free ends is known; no better than one end is measured."""
    return math.hypot(least_mm, _apart(ends_px) / len(ends_px) ** 0.5 / x_mm)


def _named_width(names_px: Sequence[float], first: float, x_mm: float) -> float | None:
    """Give the usual width that columns of names share evenly, from where the first begins.

    The names of the first columns may be unread.
    """
    columns = _agreed([[x] for x in names_px], _TOGETHER_MM * x_mm, 1, share=0.5)
    if len(columns) < 2:
        return None
    apart = float(np.diff(columns).mean())
    unread, after = divmod(columns[0] - first + _TOGETHER_MM * x_mm, apart)
    width = _usual_width((len(columns) + unread) * apart, x_mm)
    if width is None or unread < 0 or after > (_TOGETHER_MM + _NAME_AFTER_MM) * x_mm:
        return None
    return width if _divides(columns, width) else None


def _cut_off(low: float, high: float, whole: float) -> Timeline:
    """Give the timeline of leads that end at `whole` if an edge cuts off their last seconds."""
    end = whole if high < whole and high - low > _CUT_SHARE * (whole - low) else high
    return Timeline(low, end, end, usual=end == whole)


def _before(runs: Sequence[Sequence[Run]], x: float) -> float:
    """Give the share of the ink that lies left of x."""
    lengths = [run.end_px - run.start_px for row in runs for run in row]
    left = [max(min(run.end_px, x) - run.start_px, 0.0) for row in runs for run in row]
    return sum(left) / max(sum(lengths), 1e-6)


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


def _agreed(
    rows: Sequence[Sequence[float]], together: float, direction: int, share: float = _VOTE_SHARE
) -> list[float]:
    """Give the x where about as many rows begin (or end) as anywhere, the outermost first."""
    every = sorted({x for row in rows for x in row}, reverse=direction < 0)
    votes = [sum(any(abs(x - y) < together for y in row) for row in rows) for x in every]
    enough = share * max(votes, default=0)
    places: list[float] = []
    for x, count in zip(every, votes, strict=True):
        near = [y for row in rows for y in row if abs(y - x) < together]
        if count >= enough and (not places or abs(x - places[-1]) > together):
            places.append(float(np.median(near)))
    return places or [0.0]


def _usual_width(width_px: float, x_mm: float) -> float | None:
    for usual in _USUAL_WIDTHS_MM:
        if abs(width_px / x_mm - usual) < _SNAP_SHARE * usual:
            return usual * x_mm
    return None
