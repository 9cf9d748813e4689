"""Sorts connected ink into traces, characters and rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.ink import kept_nearby, meets_kept, with_fringe

_CORE = 0.35
_FAINT = 0.15
_LONG_MM = 6.0
_WORD_MM = 25.0
_DASH_MM = 0.8
_GAP_MM = 1.5
_CHARACTER_MM = 0.9
_LEVEL_ASPECT = 1.8
_LINE_MM = 1.0
_LETTER_GAP_MM = 1.0
_BLOCK_SHARE = 0.3
_BOLD_SHARE = 0.22
_BOLD_PENS = 2.0
_BAR_MM = (1.8, 8.0)
_BAR_SHARE = 0.8
_HIDDEN_MM = 6.0
_CROSSED_MM = 0.8
_LINKS = 6
_BESIDE_PX = 1
_FAR_MM = 30.0


class Box(NamedTuple):
    """First and last row, first and last column."""

    top: int
    bottom: int
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class Sorted:
    """Connected ink by what it belongs to.

    Attributes:
        trace: (H, W) coverage of traces.
        text: (H, W) coverage of characters.
        rules: (H, W) coverage of separators.
        separators: the boxes of the separators.
        labels: (H, W) number of each pixel's component.
        stats: (N, 5) OpenCV's statistics of the components.
        character: (N,) True for those that are characters.
    """

    trace: NDArray[np.float32]
    text: NDArray[np.float32]
    rules: NDArray[np.float32]
    separators: list[Box]
    labels: NDArray[np.int32]
    stats: NDArray[np.int32]
    character: NDArray[np.bool_]


def label_ink(cover: NDArray[np.float32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Label connected ink of coverage (H, W); give labels (H, W) and OpenCV's statistics (N, 5)."""
    core = (cover > _CORE).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(core, connectivity=8)
    return np.asarray(labels, dtype=np.int32), np.asarray(stats, dtype=np.int32)


def separate(
    cover: NDArray[np.float32],
    bands: NDArray[np.bool_],
    unseen: NDArray[np.bool_],
    margin: NDArray[np.bool_],
    scale: float,
    pen_px: float,
) -> Sorted:
    """Split coverage (H, W) into traces, characters and separators.

    What lies in `bands` (H, W) only, where grid lines show, and is thinner than the pen is grid;
    what lies in `margin` (H, W) and does not lead far out of it is the edge of the paper.
    Long components are traces unless they fill their box like a printed code or bold print. Small
    ones are separators in pairs above each other; traces where a trace goes on at both their
    sides, or beyond faint ink or an `unseen` line (H, W); else characters if they are tall enough;
    else traces if they are level and stand in no line of characters; else specks.
    """
    labels, stats = label_ink(cover)
    across, down = stats[:, cv2.CC_STAT_WIDTH] / scale, stats[:, cv2.CC_STAT_HEIGHT] / scale
    area = stats[:, cv2.CC_STAT_AREA]
    labeled = np.flatnonzero(labels)
    big = area >= max(4.0, 0.5 * pen_px**2)
    big[0] = False
    big &= ~_remains(labels, labeled, stats, bands, pen_px)
    big &= ~_edges(labels, labeled, stats, margin, scale)
    filled = area / (across * down * scale**2)
    block = big & (np.minimum(across, down) > _LONG_MM) & (filled > _BLOCK_SHARE)
    long = big & ~block & ((across > _LONG_MM) | (down > _LONG_MM))
    small = big & ~block & ~long
    pairs = [pair for pair in _pairs(stats, scale) if small[list(pair)].all()]
    bars = np.zeros_like(big)
    bars[[index for pair in pairs for index in pair]] = True
    small &= ~bars
    level = (across > _LEVEL_ASPECT * down) & (across > _DASH_MM)
    letter = small & ~level & (down > _CHARACTER_MM)
    beside = np.zeros_like(big)
    beside[big] = _beside(labels, stats[big], letter, scale)
    bold = (filled > _BOLD_SHARE) & (area > _BOLD_PENS * pen_px * across * scale)
    trace = long & ~(beside & bold & (across < _WORD_MM) & (down < _LONG_MM))
    trace |= small & level & ~beside
    rest = np.flatnonzero(small & ~trace)
    dim = unseen | (cover > _FAINT)
    trace |= _going_on(labels, stats, rest, trace, dim, scale)
    rest = np.flatnonzero(letter & ~trace & (across * scale < 4 * pen_px + 1))
    trace |= _tips(labels, stats, rest, trace, dim, scale)
    rest = np.flatnonzero(small & ~trace)
    trace |= _across_lines(labels, stats, rest, trace, unseen, scale)
    character = big & ~trace & ~bars & (block | letter | beside | long)
    number = labels.ravel()[labeled]
    x, y, wide, tall = stats[:, :4].T.tolist()
    return Sorted(
        trace=with_fringe(cover, labeled[trace[number]]),
        text=with_fringe(cover, labeled[character[number]]),
        rules=with_fringe(cover, labeled[bars[number]]),
        separators=[
            Box(y[upper], y[lower] + tall[lower] - 1, x[upper], x[upper] + wide[upper] - 1)
            for upper, lower in pairs
        ],
        labels=labels,
        stats=stats,
        character=character,
    )


def _remains(
    labels: NDArray[np.int32],
    labeled: NDArray[np.intp],
    stats: NDArray[np.int32],
    bands: NDArray[np.bool_],
    pen_px: float,
) -> NDArray[np.bool_]:
    """Tell the components that are nothing but dark stretches of grid lines."""
    outside = np.bincount(
        labels.ravel()[labeled], weights=~bands.ravel()[labeled], minlength=len(stats)
    )
    length = stats[:, cv2.CC_STAT_WIDTH] + stats[:, cv2.CC_STAT_HEIGHT]
    area = stats[:, cv2.CC_STAT_AREA]
    remains: NDArray[np.bool_] = (outside < 0.1 * area) & (area < 0.75 * pen_px * length)
    return remains


def _edges(
    labels: NDArray[np.int32],
    labeled: NDArray[np.intp],
    stats: NDArray[np.int32],
    margin: NDArray[np.bool_],
    scale: float,
) -> NDArray[np.bool_]:
    """Tell the components that lie mostly in the margin."""
    if not margin.any():
        return np.zeros(len(stats), dtype=bool)
    inside = np.bincount(labels.ravel()[labeled], weights=margin.ravel()[labeled])
    inside = np.pad(inside, (0, len(stats) - inside.size))
    edges: NDArray[np.bool_] = inside > 0.5 * stats[:, cv2.CC_STAT_AREA]
    return edges & (stats[:, cv2.CC_STAT_WIDTH] < _FAR_MM * scale)


def _going_on(
    labels: NDArray[np.int32],
    stats: NDArray[np.int32],
    small: NDArray[np.intp],
    trace: NDArray[np.bool_],
    dim: NDArray[np.bool_],
    scale: float,
) -> NDArray[np.bool_]:
    """Tell the small components that lead from one trace to another, or are links of such a chain.

    `small` are indices; the next one lies at the component's own height, over a gap or over `dim`
    pixels (H, W): faint ink, or lines too dark to tell.
    """
    x, y, across, down = stats[small, :4].T
    boxes = np.stack([y - 2, y + down + 2, x, x + across], axis=1)
    gap, hidden = round(_GAP_MM * scale), round(_HIDDEN_MM * scale)
    reached = []
    for step in (-1, 1):
        linked = trace.copy()
        for _ in range(_LINKS):
            linked[small] = meets_kept(labels, linked, dim, boxes, 0, step, gap, hidden)
        reached.append(linked)
    links = np.zeros_like(trace)
    links[small] = (reached[0] & reached[1])[small]
    return links


def _tips(
    labels: NDArray[np.int32],
    stats: NDArray[np.int32],
    small: NDArray[np.intp],
    trace: NDArray[np.bool_],
    dim: NDArray[np.bool_],
    scale: float,
) -> NDArray[np.bool_]:
    """Tell the small components that are tips of a trace behind a dim stretch below or above.

    The steep strokes of a thin pen on a coarse page come in several pieces, each a little beside
    the one before.
    """
    x, y, across, down = stats[small, :4].T
    boxes = np.stack([y, y + down, x - _BESIDE_PX, x + across + _BESIDE_PX], axis=1)
    hidden = round(_HIDDEN_MM * scale)
    linked = trace.copy()
    for _ in range(_LINKS):
        found = meets_kept(labels, linked, dim, boxes, 1, 0, 1, hidden)
        found |= meets_kept(labels, linked, dim, boxes, -1, 0, 1, hidden)
        if not (found & ~linked[small]).any():
            break
        linked[small] |= found
    return linked & ~trace


def _across_lines(
    labels: NDArray[np.int32],
    stats: NDArray[np.int32],
    small: NDArray[np.intp],
    trace: NDArray[np.bool_],
    unseen: NDArray[np.bool_],
    scale: float,
) -> NDArray[np.bool_]:
    """Tell the small components from which an upright unseen line alone parts a trace."""
    x, y, across, down = stats[small, :4].T
    boxes = np.stack([y, y + down, x, x + across], axis=1)
    line = round(_CROSSED_MM * scale)
    parted = np.zeros_like(trace)
    parted[small] = meets_kept(labels, trace, unseen, boxes, 0, 1, 1, line)
    parted[small] |= meets_kept(labels, trace, unseen, boxes, 0, -1, 1, line)
    return parted


def _pairs(stats: NDArray[np.int32], scale: float) -> list[tuple[int, int]]:
    """Find upright bars with another like them right below: the two halves of a separator."""
    x, y, across, down, area = stats.T
    upright = (
        (down > _BAR_MM[0] * scale)
        & (down < _BAR_MM[1] * scale)
        & (down > 4 * across)
        & (area > _BAR_SHARE * across * down)
    )
    pairs = []
    found = np.flatnonzero(upright)
    for upper in found:
        gap = y[found] - (y[upper] + down[upper])
        alike = (np.abs(x[found] - x[upper]) <= 1) & (np.abs(down[found] - down[upper]) <= 2)
        lower = found[alike & (gap > 0) & (gap < _BAR_MM[1] * scale)]
        if lower.size:
            pairs.append((int(upper), int(lower[np.argmin(y[lower])])))
    return pairs


def _beside(
    labels: NDArray[np.int32], stats: NDArray[np.int32], letter: NDArray[np.bool_], scale: float
) -> NDArray[np.bool_]:
    """Tell the components that have another component of kind `letter` right beside them."""
    x, y, across, down = stats[:, :4].T
    up, gap = round(_LINE_MM * scale), round(_LETTER_GAP_MM * scale)
    top, bottom = y - up, y + down + up
    left = np.stack([top, bottom, x - gap, x], axis=1)
    right = np.stack([top, bottom, x + across, x + across + gap], axis=1)
    return kept_nearby(labels, letter, left) | kept_nearby(labels, letter, right)
