"""The view of one row of leads: its columns laid along memory, with what may be trusted there."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.strips import Strip, Strips
from ecgengine.data.tracemap import TraceMap

TEXT_DOUBT = np.float32(0.7)
OBSTACLE_TRUST = np.float32(0.3)
USUAL_PLACE_TRUST = np.float32(0.5)
FEWEST_NAMES = 3
NAME_SLACK_PX = 3.0

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class RowView:
    """The part of a trace map that the strips of one row may reach, column by column.

    Attributes:
        strips: indices into `Strips.strips`, left to right.
        x0: sheet column of the first column here.
        y0: sheet row of the first row here.
        ink: (W, H) float32 share of ink.
        hidden: (W, H) float32 how far a trace could lie here unseen.
        trust: (W, H) float32 how far the ink here is believed to be the trace's.
        bounds: columns where one strip gives way to the next.
        zero_row: (W,) float32 row of the zero line.
        first_row: (W,) int32 first row that the trace may reach.
        last_row: (W,) int32 last row that the trace may reach.
    """

    strips: tuple[int, ...]
    x0: int
    y0: int
    ink: NDArray[np.float32]
    hidden: NDArray[np.float32]
    trust: NDArray[np.float32]
    bounds: tuple[int, ...]
    zero_row: NDArray[np.float32]
    first_row: NDArray[np.int32]
    last_row: NDArray[np.int32]


def strip_columns(strips: Strips, index: int, width: int) -> tuple[int, int]:
    """First column and the one after the last that hold a strip, cut to a sheet `width` wide."""
    strip = strips.strips[index]
    first = min(max(int(np.floor(strip.x_start_px + 0.5)), 0), width)
    stop = min(max(int(np.ceil(strip.x_end_px + 0.5)), 0), width)
    return first, stop


def view_rows(trace_map: TraceMap, strips: Strips) -> list[RowView]:
    """Cut one view for each row of strips that lies on the sheet, from top to bottom."""
    channels, height, width = trace_map.trace.shape
    unseen = np.zeros((height, width), np.float32)
    for mask in (trace_map.hidden, trace_map.rules):
        if mask is not None:
            np.maximum(unseen, mask, out=unseen)
    believed = 1.0 - unseen
    if trace_map.text is not None:
        believed *= 1.0 - TEXT_DOUBT * trace_map.text
    usual = _usual_name(strips)
    views = []
    for channel, row in enumerate(sorted({strip.row for strip in strips.strips})):
        members = [i for i, strip in enumerate(strips.strips) if strip.row == row]
        members.sort(key=lambda i: strips.strips[i].x_start_px)
        columns = [strip_columns(strips, i, width) for i in members]
        x0, x1 = min(c[0] for c in columns), max(c[1] for c in columns)
        tops = [strips.strips[i].top_px for i in members]
        bottoms = [strips.strips[i].bottom_px for i in members]
        y0 = min(max(int(np.floor(min(tops))), 0), height)
        y1 = min(max(int(np.ceil(max(bottoms))) + 1, 0), height)
        if x1 - x0 < 2 or y1 - y0 < 2:
            continue
        part = (slice(y0, y1), slice(x0, x1))
        zero = np.zeros(x1 - x0, np.float32)
        first = np.zeros(x1 - x0, np.int32)
        last = np.full(x1 - x0, y1 - y0 - 1, np.int32)
        trust = _columns(believed[part])
        for i, (start, _) in zip(members, columns, strict=True):
            strip = strips.strips[i]
            # Each strip rules from its start to the next one's.
            zero[start - x0 :] = strip.zero_px - y0
            first[start - x0 :] = np.clip(int(np.floor(strip.top_px)) - y0, 0, y1 - y0 - 2)
            last[start - x0 :] = np.clip(int(np.ceil(strip.bottom_px)) - y0, 1, y1 - y0 - 1)
            for box in strip.obstacles_px:
                trust[_inside(box, x0, y0)] *= OBSTACLE_TRUST
            if usual is not None and not _names(strip):
                dx, dy = strip.x_start_px, strip.zero_px
                box = (usual[0] + dx, usual[1] + dy, usual[2] + dx, usual[3] + dy)
                trust[_inside(box, x0, y0)] *= USUAL_PLACE_TRUST
        bounds = tuple(start - x0 for start, _ in columns[1:])
        trace = trace_map.trace[min(channel, channels - 1)]
        ink, hidden = _columns(trace[part]), _columns(unseen[part])
        views.append(RowView(tuple(members), x0, y0, ink, hidden, trust, bounds, zero, first, last))
    return views


def _inside(box: Box, x0: int, y0: int) -> tuple[slice, slice]:
    """The columns and rows of a view from (x0, y0) that a box of the sheet touches."""
    left, top, right, bottom = box
    return (
        slice(max(int(left) - x0, 0), max(int(np.ceil(right)) + 1 - x0, 0)),
        slice(max(int(top) - y0, 0), max(int(np.ceil(bottom)) + 1 - y0, 0)),
    )


def _names(strip: Strip) -> list[Box]:
    """The obstacles of a strip that stand right of its start and off its zero line: names."""
    return [
        (left, top, right, bottom)
        for left, top, right, bottom in strip.obstacles_px
        if left > strip.x_start_px - NAME_SLACK_PX and not top <= strip.zero_px <= bottom
    ]


def _usual_name(strips: Strips) -> Box | None:
    """Where names stand, from start and zero line of their strips; None when few are known.

    A name that touches its trace is not found as a name, but it stands where the others do.
    """
    offsets = [
        (box[0] - s.x_start_px, box[1] - s.zero_px, box[2] - s.x_start_px, box[3] - s.zero_px)
        for s in strips.strips
        for box in _names(s)
    ]
    if len(offsets) < FEWEST_NAMES:
        return None
    left, top, _, bottom = (float(v) for v in np.median(offsets, axis=0))
    return left, top, max(offset[2] for offset in offsets), bottom


def _columns(part: NDArray[np.float32]) -> NDArray[np.float32]:
    """Transpose a part of a map, faster than NumPy does."""
    return np.asarray(cv2.transpose(part), dtype=np.float32)
