"""Cut one row of leads out of a trace map: column by column, with what may be trusted there."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.strips import Strips
from ecgengine.data.tracemap import TraceMap
from ecgengine_plugins.extractors.viterbi import tuning


@dataclass(frozen=True, slots=True)
class RowView:
    """The part of a trace map that the strips of one row may reach, column by column.

    Attributes:
        strips: indices into `Strips.strips`, left to right.
        x0: sheet column of the first column here.
        y0: sheet row of the first row here.
        ink: (W, H) float32 coverage.
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
    unseen = np.zeros(trace_map.trace.shape[1:], np.float32)
    for mask in (trace_map.hidden, trace_map.rules):
        if mask is not None:
            np.maximum(unseen, mask, out=unseen)
    believed = 1.0 - unseen
    if trace_map.text is not None:
        believed *= 1.0 - tuning.TEXT_DOUBT * trace_map.text
    views = []
    for channel, row in enumerate(sorted({strip.row for strip in strips.strips})):
        members = [i for i, strip in enumerate(strips.strips) if strip.row == row]
        members.sort(key=lambda i: strips.strips[i].x_start_px)
        trace = trace_map.trace[min(channel, trace_map.trace.shape[0] - 1)]
        view = _view(strips, members, trace, unseen, believed)
        if view is not None:
            views.append(view)
    return views


def _view(
    strips: Strips,
    members: list[int],
    trace: NDArray[np.float32],
    unseen: NDArray[np.float32],
    believed: NDArray[np.float32],
) -> RowView | None:
    """Cut the strips of one row, left to right, out of maps (H, W); None where too little is."""
    height, width = trace.shape
    own = [strips.strips[i] for i in members]
    spans = [strip_columns(strips, i, width) for i in members]
    x0, x1 = min(start for start, _ in spans), max(stop for _, stop in spans)
    y0 = min(max(int(np.floor(min(strip.top_px for strip in own))), 0), height)
    y1 = min(max(int(np.ceil(max(strip.bottom_px for strip in own))) + 1, 0), height)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return None
    zero = np.zeros(x1 - x0, np.float32)
    first = np.zeros(x1 - x0, np.int32)
    last = np.full(x1 - x0, y1 - y0 - 1, np.int32)
    for strip, (start, _) in zip(own, spans, strict=True):
        # Each strip rules from its start to the next one's.
        zero[start - x0 :] = strip.zero_px - y0
        first[start - x0 :] = np.clip(int(np.floor(strip.top_px)) - y0, 0, y1 - y0 - 2)
        last[start - x0 :] = np.clip(int(np.ceil(strip.bottom_px)) - y0, 1, y1 - y0 - 1)
    bounds = tuple(start - x0 for start, _ in spans[1:])
    # OpenCV transposes faster than NumPy.
    ink, hidden, trust = (
        np.asarray(cv2.transpose(part[y0:y1, x0:x1]), np.float32)
        for part in (trace, unseen, believed)
    )
    for left, top, right, bottom in (box for strip in own for box in strip.obstacles_px):
        columns = slice(max(int(left) - x0, 0), max(int(np.ceil(right)) + 1 - x0, 0))
        rows = slice(max(int(top) - y0, 0), max(int(np.ceil(bottom)) + 1 - y0, 0))
        trust[columns, rows] *= tuning.OBSTACLE_TRUST
    return RowView(tuple(members), x0, y0, ink, hidden, trust, bounds, zero, first, last)
