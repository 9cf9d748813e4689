"""Sorts connected ink into traces, characters and rules."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.ink import run_thickness

_CORE = 0.35
_INNER = 0.6
_PEN_MM = 3.0
_LONG_MM = 6.0
_DASH_MM = 0.8
_GAP_MM = 1.0
_CHARACTER_MM = 0.9
_LINE_MM = 2.0
_BLOCK_SHARE = 0.3
_FRINGE_PX = 2


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
    cover: NDArray[np.float32], scale: float, pen_px: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Split coverage (H, W) into traces and characters, each (H, W) float32.

    Long components are traces unless they fill their box like a printed code. Small ones are
    traces where a trace goes on at both their sides; else characters if they are tall enough;
    else traces if they are level dashes that stand in no line of characters; else specks.
    """
    labels, stats = _components(cover)
    across, down = stats[:, cv2.CC_STAT_WIDTH] / scale, stats[:, cv2.CC_STAT_HEIGHT] / scale
    area = stats[:, cv2.CC_STAT_AREA]
    big = area >= max(4.0, 0.5 * pen_px**2)
    big[0] = False
    filled = area / (across * down * scale**2)
    block = big & (np.minimum(across, down) > _LONG_MM) & (filled > _BLOCK_SHARE)
    trace_kind = big & ~block & ((across > _LONG_MM) | (down > _LONG_MM))
    _adopt(labels, stats, big & ~block & ~trace_kind, trace_kind, round(_GAP_MM * scale))
    character = big & ~trace_kind & (down > _CHARACTER_MM)
    dash = big & ~trace_kind & ~character & (across > _DASH_MM)
    for index in np.flatnonzero(dash):
        kind = character if _among(labels, stats[index], character, scale) else trace_kind
        kind[index] = True
    return _with_fringe(cover, trace_kind[labels]), _with_fringe(cover, character[labels])


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


def _among(
    labels: NDArray[np.int32], box: NDArray[np.int32], character: NDArray[np.bool_], scale: float
) -> bool:
    """Tell whether a dash has a character right beside it."""
    x, y, across, down = box[:4]
    up, aside = round(_LINE_MM * scale), round(_GAP_MM * scale)
    window = labels[max(y - up, 0) : y + down + up, max(x - aside, 0) : x + across + aside]
    return bool(character[window].any())


def _components(
    cover: NDArray[np.float32],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    core = (cover > _CORE).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(core, connectivity=8)
    return np.asarray(labels, dtype=np.int32), np.asarray(stats, dtype=np.int32)


def _with_fringe(cover: NDArray[np.float32], core: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Keep the coverage of the core and of the gray edge pixels around it."""
    size = 2 * _FRINGE_PX + 1
    region = cv2.dilate(core.astype(np.uint8), np.ones((size, size), np.uint8))
    return np.asarray(cover * region, dtype=np.float32)
