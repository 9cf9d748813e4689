"""Cut one row of leads out of a trace map: column by column, with what may be trusted there."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.strips import Strip, Strips
from ecgengine.data.tracemap import TraceMap
from ecgengine_plugins.extractors.viterbi import tuning

# Boxes are rounded outward, and strips begin between pixels.
NAME_SLACK_PX = 3.0

Box = tuple[float, float, float, float]


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
    usual = _usual_name(strips)
    views = []
    for channel, row in enumerate(sorted({strip.row for strip in strips.strips})):
        members = [i for i, strip in enumerate(strips.strips) if strip.row == row]
        members.sort(key=lambda i: strips.strips[i].x_start_px)
        trace = trace_map.trace[min(channel, trace_map.trace.shape[0] - 1)]
        view = _view(strips, members, trace, unseen, believed)
        if view is not None:
            for i in members:
                _doubt_names(view, strips.strips[i], usual)
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
    columns = [strip_columns(strips, i, width) for i in members]
    x0, x1 = min(start for start, _ in columns), max(stop for _, stop in columns)
    y0 = min(max(int(np.floor(min(strip.top_px for strip in own))), 0), height)
    y1 = min(max(int(np.ceil(max(strip.bottom_px for strip in own))) + 1, 0), height)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return None
    zero = np.zeros(x1 - x0, np.float32)
    first = np.zeros(x1 - x0, np.int32)
    last = np.full(x1 - x0, y1 - y0 - 1, np.int32)
    for strip, (start, _) in zip(own, columns, strict=True):
        # Each strip rules from its start to the next one's.
        zero[start - x0 :] = strip.zero_px - y0
        first[start - x0 :] = np.clip(int(np.floor(strip.top_px)) - y0, 0, y1 - y0 - 2)
        last[start - x0 :] = np.clip(int(np.ceil(strip.bottom_px)) - y0, 1, y1 - y0 - 1)
    bounds = tuple(start - x0 for start, _ in columns[1:])
    # OpenCV transposes faster than NumPy.
    ink, hidden, trust = (
        np.asarray(cv2.transpose(part[y0:y1, x0:x1]), np.float32)
        for part in (trace, unseen, believed)
    )
    return RowView(tuple(members), x0, y0, ink, hidden, trust, bounds, zero, first, last)


def _doubt_names(view: RowView, strip: Strip, usual: Box | None) -> None:
    """Lower the trust, in place, where a strip's name is printed or ought to be."""
    boxes = [(box, tuning.OBSTACLE_TRUST) for box in strip.obstacles_px]
    if usual is not None and not _names(strip):
        left, top, right, bottom = usual
        x, y = strip.x_start_px, strip.zero_px
        boxes.append(((left + x, top + y, right + x, bottom + y), tuning.USUAL_PLACE_TRUST))
    for (left, top, right, bottom), trust in boxes:
        columns = slice(max(int(left) - view.x0, 0), max(int(np.ceil(right)) + 1 - view.x0, 0))
        rows = slice(max(int(top) - view.y0, 0), max(int(np.ceil(bottom)) + 1 - view.y0, 0))
        view.trust[columns, rows] *= trust


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
    names = [
        (left - s.x_start_px, top - s.zero_px, right - s.x_start_px, bottom - s.zero_px)
        for s in strips.strips
        for left, top, right, bottom in _names(s)
    ]
    if len(names) < tuning.FEWEST_NAMES:
        return None
    lefts, tops, rights, bottoms = np.array(names).T
    left, top, bottom = (float(np.median(side)) for side in (lefts, tops, bottoms))
    return left, top, float(rights.max()), bottom
