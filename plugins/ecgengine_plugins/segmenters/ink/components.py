"""Sort connected ink into traces, characters and separators."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.ink import kept_nearby, meets_kept, with_fringe
from ecgengine_plugins.paper.boxes import Box, Components
from ecgengine_plugins.paper.ink import SortedInk
from ecgengine_plugins.segmenters.ink import tuning


def separate(
    cover: NDArray[np.float32],
    bands: NDArray[np.bool_],
    unseen: NDArray[np.bool_],
    margin: NDArray[np.bool_],
    scale: float,
    pen_px: float,
) -> SortedInk:
    """Split coverage (H, W) into traces, characters and separators.

    What lies in `bands` (H, W) only, where grid lines show, and is thinner than the pen is grid;
    what lies in `margin` (H, W) and does not lead far out of it is the edge of the paper.
    Long components are traces unless they fill their box like a printed code or bold print. Small
    ones are separators in pairs above each other; traces where a trace goes on at both their
    sides, or beyond faint ink or an `unseen` line (H, W); else characters if they are tall enough;
    else traces if they are level and stand in no line of characters; else specks.
    """
    found = Components.of(cover > tuning.CORE)
    across, down = found.wide / scale, found.tall / scale
    filled = found.area / (across * down * scale**2)
    ink = np.flatnonzero(found.labels)
    number = found.labels.ravel()[ink]
    big = found.area >= max(4.0, 0.5 * pen_px**2)
    big[0] = False
    outside, within = (
        np.bincount(number, weights=mask.ravel()[ink], minlength=big.size)
        for mask in (~bands, margin)
    )
    thin = found.area < tuning.GRID_PENS * pen_px * (found.wide + found.tall)
    big &= ~((outside < tuning.GRID_OUTSIDE * found.area) & thin)
    big &= ~((within > 0.5 * found.area) & (across < tuning.FAR_MM))

    block = big & (np.minimum(across, down) > tuning.LONG_MM) & (filled > tuning.BLOCK_FILLED)
    long = big & ~block & ((across > tuning.LONG_MM) | (down > tuning.LONG_MM))
    small = big & ~block & ~long
    pairs = [pair for pair in _pairs(found, scale) if small[list(pair)].all()]
    bars = np.zeros_like(big)
    bars[[index for pair in pairs for index in pair]] = True
    small &= ~bars

    level = (across > tuning.LEVEL_ASPECT * down) & (across > tuning.DASH_MM)
    letter = small & ~level & (down > tuning.CHARACTER_MM)
    beside = _beside(found, big, letter, scale)
    bold = (filled > tuning.BOLD_FILLED) & (found.area > tuning.BOLD_PENS * pen_px * across * scale)
    word = beside & bold & (across < tuning.WORD_MM) & (down < tuning.LONG_MM)
    trace = (long & ~word) | (small & level & ~beside)
    dim = unseen | (cover > tuning.FAINT)
    narrow = across * scale < 4 * pen_px + 1
    trace |= _links(found, small & ~trace, trace, dim, scale)
    trace |= _tips(found, letter & ~trace & narrow, trace, dim, scale)
    trace |= _across_lines(found, small & ~trace, trace, unseen, scale)
    character = big & ~trace & ~bars & (block | letter | beside | long)
    return SortedInk(
        trace=with_fringe(cover, ink[trace[number]]),
        text=with_fringe(cover, ink[character[number]]),
        rules=with_fringe(cover, ink[bars[number]]),
        separators=[_spanning(found, upper, lower) for upper, lower in pairs],
        components=found,
        character=character,
    )


def _spanning(found: Components, upper: int, lower: int) -> Box:
    """Give the box from the top of one component to the bottom of another right below it."""
    bottom, right = found.top[lower] + found.tall[lower], found.left[upper] + found.wide[upper]
    return Box(int(found.top[upper]), int(bottom) - 1, int(found.left[upper]), int(right) - 1)


def _links(
    found: Components,
    small: NDArray[np.bool_],
    trace: NDArray[np.bool_],
    dim: NDArray[np.bool_],
    scale: float,
) -> NDArray[np.bool_]:
    """Tell the small components that lead from one trace to another, or are links of such a chain.

    The next one lies at the component's own height, over a gap or over `dim` pixels (H, W): faint
    ink, or lines too dark to tell.
    """
    chosen = np.flatnonzero(small)
    boxes = found.around(chosen, above_px=2)
    gap, hidden = round(tuning.GAP_MM * scale), round(tuning.HIDDEN_MM * scale)
    reached = []
    for step in (-1, 1):
        linked = trace.copy()
        for _ in range(tuning.LINKS):
            linked[chosen] = meets_kept(found.labels, linked, dim, boxes, 0, step, gap, hidden)
        reached.append(linked)
    return small & reached[0] & reached[1]


def _tips(
    found: Components,
    small: NDArray[np.bool_],
    trace: NDArray[np.bool_],
    dim: NDArray[np.bool_],
    scale: float,
) -> NDArray[np.bool_]:
    """Tell the small components that are tips of a trace behind a dim stretch below or above.

    The steep strokes of a thin pen on a coarse page come in several pieces, each a little beside
    the one before.
    """
    chosen = np.flatnonzero(small)
    boxes = found.around(chosen, beside_px=1)
    hidden = round(tuning.HIDDEN_MM * scale)
    linked = trace.copy()
    for _ in range(tuning.LINKS):
        met = meets_kept(found.labels, linked, dim, boxes, 1, 0, 1, hidden)
        met |= meets_kept(found.labels, linked, dim, boxes, -1, 0, 1, hidden)
        if not (met & ~linked[chosen]).any():
            break
        linked[chosen] |= met
    return linked & ~trace


def _across_lines(
    found: Components,
    small: NDArray[np.bool_],
    trace: NDArray[np.bool_],
    unseen: NDArray[np.bool_],
    scale: float,
) -> NDArray[np.bool_]:
    """Tell the small components from which an upright unseen line alone parts a trace."""
    chosen = np.flatnonzero(small)
    boxes, line = found.around(chosen), round(tuning.CROSSED_MM * scale)
    parted = np.zeros_like(trace)
    for step in (1, -1):
        parted[chosen] |= meets_kept(found.labels, trace, unseen, boxes, 0, step, 1, line)
    return parted


def _pairs(found: Components, scale: float) -> list[tuple[int, int]]:
    """Find upright bars with another like them right below: the two halves of a separator."""
    shortest, tallest = (mm * scale for mm in tuning.BAR_MM)
    upright = (found.tall > shortest) & (found.tall < tallest) & (found.tall > 4 * found.wide)
    upright &= found.area > tuning.BAR_FILLED * found.wide * found.tall
    bars = np.flatnonzero(upright)
    x, y, tall = found.left[bars], found.top[bars], found.tall[bars]
    pairs = []
    for k, upper in enumerate(bars):
        gap = y - (y[k] + tall[k])
        alike = (np.abs(x - x[k]) <= 1) & (np.abs(tall - tall[k]) <= 2)
        below = np.flatnonzero(alike & (gap > 0) & (gap < tallest))
        if below.size:
            pairs.append((int(upper), int(bars[below[np.argmin(y[below])]])))
    return pairs


def _beside(
    found: Components, big: NDArray[np.bool_], letter: NDArray[np.bool_], scale: float
) -> NDArray[np.bool_]:
    """Tell the big components that have another of kind `letter` right beside them."""
    chosen = np.flatnonzero(big)
    line, gap = round(tuning.LINE_MM * scale), round(tuning.LETTER_GAP_MM * scale)
    beside = np.zeros_like(big)
    wide = found.around(chosen, gap, line)
    left, right = wide.copy(), wide
    left[:, 3] = found.left[chosen]
    right[:, 2] = found.left[chosen] + found.wide[chosen]
    for side in (left, right):
        beside[chosen] |= kept_nearby(found.labels, letter, side)
    return beside
