"""Sorts connected ink into traces, characters and rules."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.ink import run_thickness

_CORE = 0.35
_LONG_MM = 6.0
_DASH_MM = 0.8
_GAP_MM = 1.0
_CHARACTER_MM = 0.9
_FRINGE_PX = 2


def measure_pen(
    cover: NDArray[np.float32], row_bands: NDArray[np.bool_], scale: float
) -> float | None:
    """Measure the width of the pen in pixels where it draws level lines, or None without ink.

    The mode of the vertical thickness of all long components: level stretches are the most
    frequent, and slopes only add a tail to the thick side. Runs within `row_bands` (H,), where
    horizontal grid lines show, do not count.
    """
    _, labels, stats = _components(cover)
    kept = stats[:, cv2.CC_STAT_WIDTH] > 3.0 * scale
    kept[0] = False
    bins = 10
    counts = run_thickness(cover, labels, kept, row_bands, 2, 2.0 * scale, bins).astype(np.float64)
    if counts.sum() < 20:
        return None
    smooth = np.convolve(counts, [1, 2, 3, 2, 1], mode="same")
    smooth[: bins // 2] = 0
    return (int(np.argmax(smooth)) + 0.5) / bins


def separate(
    cover: NDArray[np.float32], scale: float, pen_px: float | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Split coverage (H, W) into traces and characters, each (H, W) float32.

    Long components are traces. Small ones are traces where a trace goes on at both their sides,
    or where they are level dashes; otherwise characters if they are tall enough, else specks.
    """
    pen = pen_px if pen_px is not None else 0.4 * scale
    _, labels, stats = _components(cover)
    across, down = stats[:, cv2.CC_STAT_WIDTH] / scale, stats[:, cv2.CC_STAT_HEIGHT] / scale
    big = stats[:, cv2.CC_STAT_AREA] >= max(4.0, 0.5 * pen * pen)
    big[0] = False
    trace_kind = big & ((across > _LONG_MM) | (down > _LONG_MM))
    trace_kind |= big & (down < 2 * pen / scale + 0.2) & (across > _DASH_MM)
    _adopt(labels, stats, big & ~trace_kind, trace_kind, round(_GAP_MM * scale))
    character = big & ~trace_kind & (down > _CHARACTER_MM)
    trace = _with_fringe(cover, trace_kind[labels])
    text = _with_fringe(cover, character[labels])
    return trace, text


def _adopt(
    labels: NDArray[np.int32],
    stats: NDArray[np.int32],
    small: NDArray[np.bool_],
    trace_kind: NDArray[np.bool_],
    gap_px: int,
) -> None:
    """Count small components as trace, in place, where a trace lies to the left and the right."""
    for index in np.flatnonzero(small):
        x, y, across, down = stats[index, :4]
        window = slice(max(y - 2, 0), y + down + 2)
        left = labels[window, max(x - gap_px, 0) : x + 1]
        right = labels[window, x + across - 1 : x + across + gap_px]
        trace_kind[index] = trace_kind[left].any() and trace_kind[right].any()


def clear_frame(cover: NDArray[np.float32], reach_px: int) -> NDArray[np.float32]:
    """Take out of `cover`, in place, the lines along the page's own edges, and give them."""
    rest = cover.copy()
    for side in (rest, rest[::-1], rest.T, rest.T[::-1]):
        lines = np.flatnonzero(side[:reach_px].mean(axis=1) > 0.6)
        if lines.size:
            side[: lines.max() + 2] = 0
    frame = cover - rest
    cover[...] = rest
    return frame


def _components(
    cover: NDArray[np.float32],
) -> tuple[int, NDArray[np.int32], NDArray[np.int32]]:
    core = (cover > _CORE).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(core, connectivity=8)
    return count, np.asarray(labels, dtype=np.int32), np.asarray(stats, dtype=np.int32)


def _with_fringe(cover: NDArray[np.float32], core: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Keep the coverage of the core and of the gray edge pixels around it."""
    size = 2 * _FRINGE_PX + 1
    region = cv2.dilate(core.astype(np.uint8), np.ones((size, size), np.uint8))
    return np.asarray(cover * region, dtype=np.float32)
