"""Sorts connected ink into traces, characters and rules."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.ink import kept_nearby, run_thickness, with_fringe

_CORE = 0.35
_INNER = 0.6
_PEN_MM = 3.0
_THICK_MM = 2.0
_BINS_PER_PX = 10
_FEW = 100
_LINE_FAINT = 0.08
_LINE_SEEN = 0.2
_LINE_DARK = 0.6
_LONG_MM = 6.0
_DASH_MM = 0.8
_GAP_MM = 1.0
_CHARACTER_MM = 0.9
_LINE_MM = 2.0
_BLOCK_SHARE = 0.3
_LINKS = 6


@dataclass(frozen=True, slots=True)
class Pen:
    """What the pen of the traces looks like on a sheet.

    Attributes:
        width_px: how thick it draws level lines, or None when there is too little ink to tell.
        full: the coverage inside thick strokes, which is not 1 where traces are printed lighter
            or darker than the ink assumed.
        opacity: 1 where ink hides the grid line under it, 0 where their darkness adds up.
    """

    width_px: float | None
    full: float
    opacity: float


def measure_pen(
    cover: NDArray[np.float32],
    row_bands: NDArray[np.bool_],
    column_lines: NDArray[np.float32],
    scale: float,
) -> Pen:
    """Measure the pen on the long components in the middle of the sheet.

    Its width is the mode of their vertical thickness away from vertical grid lines (darkness
    `column_lines`, (W,)) and from `row_bands` (H,), where horizontal ones show: level stretches
    are the most frequent, slopes only add a tail to the thick side. `cover` was unmixed for opaque
    ink; if it is not, traces look thicker on the lines, and by that much.
    """
    width = cover.shape[1]
    middle = slice(width // 4, max(width - width // 4, 1))
    cover = np.ascontiguousarray(cover[:, middle])
    lines = column_lines[middle]
    labels, stats = _components(cover)
    kept = stats[:, cv2.CC_STAT_WIDTH] > _PEN_MM * scale
    kept[0] = False
    inner = np.flatnonzero(cv2.erode(cover, np.ones((3, 3), np.uint8)).ravel() > _INNER)
    inner = inner[kept[labels.ravel()[inner]]]
    full = float(np.median(cover.ravel()[inner])) if inner.size >= _FEW else 1.0
    on_line = (lines > _LINE_SEEN) & (lines < _LINE_DARK)
    kinds = np.where(on_line, 1, np.where(lines < _LINE_FAINT, 0, -1)).astype(np.int8)
    limit = _THICK_MM * scale
    counts = run_thickness(cover, labels, kept, row_bands, kinds, limit, _BINS_PER_PX)
    width_px = _mode(counts[0])
    if width_px is None:
        return Pen(None, full, 1.0)
    opacity = 1.0
    near = slice(round(0.6 * width_px * _BINS_PER_PX), round(1.8 * width_px * _BINS_PER_PX))
    if counts[:, near].sum(axis=1).min() >= _FEW:
        thickness = np.arange(counts.shape[1])[near] + 0.5
        free, crossed = (counts[:, near] * thickness).sum(axis=1) / counts[:, near].sum(axis=1)
        dark = float(lines[on_line].mean())
        opacity = float(np.clip((1 - crossed / free * (1 - dark)) / dark, 0.0, 1.0))
    return Pen(width_px / full, full, opacity)


def _mode(histogram: NDArray[np.int64]) -> float | None:
    """Give the most frequent thickness in pixels, above half a pixel, or None of few runs."""
    if histogram.sum() < _FEW:
        return None
    smooth = np.convolve(histogram.astype(np.float64), [1, 2, 3, 2, 1], mode="same")
    smooth[: _BINS_PER_PX // 2] = 0
    return (int(np.argmax(smooth)) + 0.5) / _BINS_PER_PX


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
    trace_kind |= _going_on(labels, stats, small, trace_kind, gap)
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


def _going_on(
    labels: NDArray[np.int32],
    stats: NDArray[np.int32],
    small: NDArray[np.intp],
    trace: NDArray[np.bool_],
    gap_px: int,
) -> NDArray[np.bool_]:
    """Tell the small components that lead from one trace to another, or are links of such a chain.

    `small` are indices; a neighbor lies at the component's own height, at most `gap_px` away.
    """
    x, y, across, down = stats[small, :4].T
    top, bottom = y - 2, y + down + 2
    reached = []
    for start, stop in ((x - gap_px, x + 1), (x + across - 1, x + across + gap_px)):
        boxes = np.stack([top, bottom, start, stop], axis=1)
        linked = trace.copy()
        for _ in range(_LINKS):
            linked[small] = kept_nearby(labels, linked, boxes)
        reached.append(linked)
    links = np.zeros_like(trace)
    links[small] = (reached[0] & reached[1])[small]
    return links


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
