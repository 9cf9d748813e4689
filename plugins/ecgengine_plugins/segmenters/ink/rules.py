"""Take lead separators, calibration pulses and page frames out of the traces' ink."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.ink import bridge_rows, straight_bars
from ecgengine_plugins.paper.boxes import Box
from ecgengine_plugins.paper.pulses.from_bars import NARROWEST_MM, find_pulses
from ecgengine_plugins.segmenters.ink import tuning

# Room for bars: a page full of print has some hundreds.
_MOST_BARS = 4096


def take_frame(cover: NDArray[np.float32], reach_px: int) -> NDArray[np.float32]:
    """Take out of `cover`, in place, the lines along the page's own edges, and give them."""
    rest = cover.copy()
    for side in (rest, rest[::-1], rest.T, rest.T[::-1]):
        lines = np.flatnonzero(side[:reach_px].mean(axis=1) > tuning.FRAME_INKED)
        if lines.size:
            side[: lines.max() + 2] = 0
    frame: NDArray[np.float32] = cover - rest
    cover[...] = rest
    return frame


def find_separators(
    upright: NDArray[np.int32], cover: NDArray[np.float32], pen_px: float, scale: float
) -> list[Box]:
    """Choose the lead separators among upright bars: thicker than the pen, or very tall."""
    chosen = []
    for first, last, top, bottom in upright:
        width, height = last - first + 1, bottom - top + 1
        thick = max(3.0, tuning.THICK_PENS * pen_px) <= width + 0.5 <= tuning.THICKEST_MM * scale
        tall = height >= tuning.TALL_MM * scale and width > 1 and 0.8 * pen_px <= width + 0.5
        line = height >= tuning.RULED_LINE_MM * scale
        if not ((thick and height >= 3 * width) or ((tall or line) and width <= 2 * pen_px)):
            continue
        if _stands_free(cover, first, last, top, bottom):
            chosen.append(Box(int(top), int(bottom), int(first), int(last)))
    return [box for box in chosen if _belongs(box, chosen, scale)]


def _belongs(box: Box, others: list[Box], scale: float) -> bool:
    """Tell whether a bar is tall, or one of several alike in a row or column."""
    height = box.bottom - box.top
    return height >= tuning.LONE_MM * scale or any(
        other is not box
        and abs(other.bottom - other.top - height) <= 0.1 * height
        and min(abs(other.top - box.top), abs(other.left - box.left)) <= 3
        for other in others
    )


def _more_separators(found: list[Box], cover: NDArray[np.float32], scale: float) -> list[Box]:
    """Find the separators on which a steep stroke stands, from the even spacing of the others."""
    low = [box for box in found if box.bottom - box.top < tuning.TALL_MM * scale]
    lefts = _distinct([box.left for box in low])
    tops = _distinct([box.top for box in low])
    if len(lefts) < 2:
        return []
    step = min(after - before for before, after in pairwise(lefts))
    places = _distinct([lefts[0] - step, *lefts, *(left + step for left in lefts)])
    tall, wide = low[0].bottom - low[0].top, low[0].right - low[0].left
    more = []
    for left in places:
        for top in tops:
            if any(abs(box.left - left) <= 3 and abs(box.top - top) <= 3 for box in found):
                continue
            box = _solid(cover, Box(top, top + tall, left, left + wide))
            if box is not None:
                more.append(box)
    return more


def _distinct(values: list[int]) -> list[int]:
    """Sort values and leave out those within 3 of the one before."""
    kept: list[int] = []
    for value in sorted(values):
        if not kept or value - kept[-1] > 3:
            kept.append(value)
    return kept


def _solid(cover: NDArray[np.float32], box: Box) -> Box | None:
    """Give the most inked box within two pixels of a place, or None where none is full of ink."""
    best, most = None, tuning.SOLID
    for dy in range(-2, 3):
        for dx in range(-2, 3):
            moved = Box(box.top + dy, box.bottom + dy, box.left + dx, box.right + dx)
            if min(moved.top, moved.left) < 0:
                continue
            ink = cover[moved.top : moved.bottom + 1, moved.left : moved.right + 1]
            if ink.size and ink.mean() > most:
                best, most = moved, float(ink.mean())
    return best


def _stands_free(cover: NDArray[np.float32], first: int, last: int, top: int, bottom: int) -> bool:
    """Tell whether most of a bar has clean paper beside it."""
    left = cover[top : bottom + 1, max(first - 3, 0)]
    right = cover[top : bottom + 1, min(last + 3, cover.shape[1] - 1)]
    return bool(np.median(left) < 0.3 and np.median(right) < 0.3)


def take_rules(
    cover: NDArray[np.float32], pen_px: float, scale: float
) -> tuple[NDArray[np.float32], NDArray[np.bool_], list[Box]]:
    """Take separators and pulses out of `cover` in place.

    Gives their ink (H, W), where they hide a trace (H, W), and the boxes of the separators. Under
    a separator the trace is bridged from its two sides.
    """
    core = cover > tuning.RULE_CORE
    least = round(tuning.RULE_MM * scale)
    upright = straight_bars(np.ascontiguousarray(core.T), least, 1, _MOST_BARS)
    level = straight_bars(core, round(NARROWEST_MM * scale), 1, _MOST_BARS)
    rules = np.zeros_like(cover)
    hidden = np.zeros_like(core)
    for top, bottom, start, stop in find_pulses(level, core, pen_px, scale):
        _take_pulse(cover, rules, Box(top, bottom, start, stop), pen_px)
    apart = [
        rules[(top + bottom) // 2, (first + last) // 2] == 0 for first, last, top, bottom in upright
    ]
    separators = find_separators(upright[np.array(apart, np.bool_)], cover, pen_px, scale)
    separators += _more_separators(separators, cover, scale)
    for top, bottom, first, last in separators:
        take_line(cover, rules, hidden, Box(top - 1, bottom + 1, first - 2, last + 2), pen_px)
    for top, bottom, start, stop in level:
        if stop - start >= tuning.RULED_LINE_MM * scale and bottom - top <= 2 * pen_px:
            # A level line is an upright one of the turned sheet.
            turned = Box(start - 1, stop + 1, top - 2, bottom + 2)
            take_line(cover.T, rules.T, hidden.T, turned, pen_px)
    return rules, hidden, separators


def take_line(
    cover: NDArray[np.float32],
    rules: NDArray[np.float32],
    hidden: NDArray[np.bool_],
    box: Box,
    pen_px: float,
) -> None:
    """Move an upright line from `cover` to `rules`, in place, and bridge the traces it crosses.

    `hidden` tells where. Upright lines of turned arrays are level ones.
    """
    rows = slice(max(box.top, 0), box.bottom + 1)
    columns = slice(max(box.left, 0), box.right + 1)
    rules[rows, columns] = np.maximum(rules[rows, columns], cover[rows, columns])
    hidden[rows, columns] = True
    _bridge_box(cover, rows, columns, pen_px)


def _bridge_box(cover: NDArray[np.float32], rows: slice, columns: slice, pen_px: float) -> None:
    """Clear a box in place and continue through it what enters at its sides."""
    margin = int(2 * pen_px) + 3
    left = max(columns.start - margin, 0)
    window = np.ascontiguousarray(cover[rows, left : columns.stop + margin].T)
    start, stop = columns.start - left, min(columns.stop, cover.shape[1]) - left
    unseen = np.zeros(window.shape, np.bool_)
    unseen[start:stop] = True
    window[start:stop] = 0
    bridge_rows(window, unseen, np.array([start]), np.array([stop]), pen_px, 1.6 * pen_px)
    cover[rows, columns] = window[start:stop].T


def _take_pulse(
    cover: NDArray[np.float32], rules: NDArray[np.float32], box: Box, pen_px: float
) -> None:
    """Move the two sides and the top of a pulse from `cover` to `rules`, in place."""
    top, bottom, start, stop = box
    side = int(np.ceil(pen_px)) + 1
    for rows, columns in (
        (slice(max(top - 2, 0), top + side + 1), slice(max(start - 2, 0), stop + 3)),
        (slice(top, bottom + 1), slice(max(start - 2, 0), start + side)),
        (slice(top, bottom + 1), slice(stop - side + 1, stop + 3)),
    ):
        rules[rows, columns] = np.maximum(rules[rows, columns], cover[rows, columns])
        cover[rows, columns] = 0
