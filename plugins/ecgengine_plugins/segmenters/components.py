"""Sorts connected ink into traces, characters and rules."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.ink import kept_nearby, run_thickness, with_fringe

_CORE = 0.35
_INNER = 0.6
_PEN_MM = 3.0
_LONG_MM = 6.0
_DASH_MM = 0.8
_GAP_MM = 1.0
_CHARACTER_MM = 0.9
_LINE_MM = 2.0
_BLOCK_SHARE = 0.3


def measure_pen(
    cover: NDArray[np.float32], row_bands: NDArray[np.bool_], scale: float
) -> tuple[float | None, float]:
    """Measure the width of the pen in pixels where it draws level lines, and its full coverage.

    The width is the mode of the vertical thickness of all long components in the middle of the
    sheet: level stretches are the most frequent, and slopes only add a tail to the thick side.
    Runs within `row_bands` (H,), where horizontal grid lines show, do not count. Full coverage is
    the value inside thick strokes, which is not 1 where traces are printed lighter than text.
    Without ink the width is None; where no stroke is thick enough to tell, full coverage is 1.
    """
    width = cover.shape[1]
    middle = np.ascontiguousarray(cover[:, width // 4 : max(width - width // 4, 1)])
    labels, stats = _components(middle)
    kept = stats[:, cv2.CC_STAT_WIDTH] > _PEN_MM * scale
    kept[0] = False
    inner = np.flatnonzero(cv2.erode(middle, np.ones((3, 3), np.uint8)).ravel() > _INNER)
    inner = inner[kept[labels.ravel()[inner]]]
    full = float(np.median(middle.ravel()[inner])) if inner.size >= 100 else 1.0
    bins = 10
    counts = run_thickness(middle, labels, kept, row_bands, 1, 2.0 * scale * full, bins)
    if counts.sum() < 20:
        return None, full
    smooth = np.convolve(counts.astype(np.float64), [1, 2, 3, 2, 1], mode="same")
    smooth[: bins // 2] = 0
    return (int(np.argmax(smooth)) + 0.5) / bins / full, full


def separate(
    cover: NDArray[np.float32], bands: NDArray[np.bool_], scale: float, pen_px: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Split coverage (H, W) into traces and characters, each (H, W) float32.

    What lies in `bands` (H, W) only, where grid lines show, and is thinner than the pen is grid.
    Long components are traces unless they fill their box like a printed code. Small ones are
    traces where a trace goes on at both their sides; else characters if they are tall enough;
    else traces if they are level dashes that stand in no line of characters; else specks.
    """
    labels, stats = _components(cover)
    across, down = stats[:, cv2.CC_STAT_WIDTH] / scale, stats[:, cv2.CC_STAT_HEIGHT] / scale
    area = stats[:, cv2.CC_STAT_AREA]
    big = area >= max(4.0, 0.5 * pen_px**2)
    big[0] = False
    labeled = np.flatnonzero(labels)
    big &= ~_remains(labels, labeled, stats, bands, pen_px)
    filled = area / (across * down * scale**2)
    block = big & (np.minimum(across, down) > _LONG_MM) & (filled > _BLOCK_SHARE)
    trace_kind = big & ~block & ((across > _LONG_MM) | (down > _LONG_MM))
    small = np.flatnonzero(big & ~block & ~trace_kind)
    gap = round(_GAP_MM * scale)
    trace_kind[small] = _goes_on(labels, stats[small], trace_kind, gap)
    character = big & ~trace_kind & (down > _CHARACTER_MM)
    dashes = np.flatnonzero(big & ~trace_kind & ~character & (across > _DASH_MM))
    in_text = _beside_character(labels, stats[dashes], character, gap, round(_LINE_MM * scale))
    character[dashes] = in_text
    trace_kind[dashes] = ~in_text
    return (
        with_fringe(cover, labels, labeled, trace_kind),
        with_fringe(cover, labels, labeled, character),
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


def _goes_on(
    labels: NDArray[np.int32], stats: NDArray[np.int32], trace: NDArray[np.bool_], gap_px: int
) -> NDArray[np.bool_]:
    """Tell the components that have a trace at their height both to the left and the right."""
    x, y, across, down = stats[:, :4].T
    left = np.stack([y - 2, y + down + 2, x - gap_px, x + 1], axis=1)
    right = np.stack([y - 2, y + down + 2, x + across - 1, x + across + gap_px], axis=1)
    return kept_nearby(labels, trace, left) & kept_nearby(labels, trace, right)


def _beside_character(
    labels: NDArray[np.int32],
    stats: NDArray[np.int32],
    character: NDArray[np.bool_],
    gap_px: int,
    line_px: int,
) -> NDArray[np.bool_]:
    """Tell the components that have a character right beside them."""
    x, y, across, down = stats[:, :4].T
    boxes = np.stack([y - line_px, y + down + line_px, x - gap_px, x + across + gap_px], axis=1)
    return kept_nearby(labels, character, boxes)


def _components(
    cover: NDArray[np.float32],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    core = (cover > _CORE).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(core, connectivity=8)
    return np.asarray(labels, dtype=np.int32), np.asarray(stats, dtype=np.int32)
