"""The ink of a sheet: by what it belongs to, and by how it runs."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.sheet import Sheet
from ecgengine.data.tracemap import TraceMap
from ecgengine_plugins.paper.boxes import Box, Components
from ecgengine_plugins.paper.runs import runs
from ecgengine_plugins.paper.scales import USUAL_PEN_MM

CORE = 0.4
"""Coverage from which a pixel counts as ink."""

_FRAME_MM = 50.0
_LEVEL_PENS = 2.5


@dataclass(frozen=True, slots=True)
class SortedInk:
    """Connected ink by what it belongs to.

    Attributes:
        trace: (H, W) coverage of traces.
        text: (H, W) coverage of characters.
        rules: (H, W) coverage of separators.
        separators: the boxes of the separators.
        components: the N connected components.
        character: (N,) True for those that are characters.
    """

    trace: NDArray[np.float32]
    text: NDArray[np.float32]
    rules: NDArray[np.float32]
    separators: list[Box]
    components: Components
    character: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Ink:
    """Coverage on a sheet at one column a pixel.

    Attributes:
        trace: (H, W) float32 coverage by the pens of leads, frames of boxes taken out.
        level: (H, W) uint8, 1 where the trace runs level.
        hidden_columns: (W,) True where an upright line of a frame hid the traces.
        marks: (H, W) float32 coverage by text and rules.
        pen_px: width of the pen.
        x_mm: pixels per millimeter along time.
        y_mm: pixels per millimeter along voltage.
    """

    trace: NDArray[np.float32]
    level: NDArray[np.uint8]
    hidden_columns: NDArray[np.bool_]
    marks: NDArray[np.float32]
    pen_px: float
    x_mm: float
    y_mm: float

    @property
    def everything(self) -> NDArray[np.float32]:
        """Coverage (H, W) by ink of any meaning."""
        both: NDArray[np.float32] = np.maximum(self.trace, self.marks)
        return both


def gather(sheet: Sheet, trace_map: TraceMap) -> Ink:
    """Bring a trace map of any channels and time resolution to the sheet's pixels."""
    height, width = sheet.image.shape[:2]
    trace = trace_map.trace.max(axis=0)
    if trace_map.columns_per_px > 1:
        trace = trace.reshape(height, width, trace_map.columns_per_px).max(axis=2)
    trace = np.array(trace, dtype=np.float32, order="C")
    marks = np.zeros_like(trace)
    for channel in (trace_map.text, trace_map.rules):
        if channel is not None:
            np.maximum(marks, channel, out=marks)
    pen = trace_map.pen_width_px or USUAL_PEN_MM * sheet.px_per_mm_y
    everything = np.maximum(trace, marks)
    _take_frames(trace, sheet.px_per_mm_x)
    hidden = _take_frames(trace.T, sheet.px_per_mm_y)
    hidden |= _take_frames(everything.T, sheet.px_per_mm_y)
    core = np.asarray(trace > CORE, dtype=np.uint8)
    tall = max(3, round(_LEVEL_PENS * pen))
    steep = cv2.morphologyEx(core, cv2.MORPH_OPEN, np.ones((tall, 1), np.uint8))
    level = cv2.subtract(core, steep)
    return Ink(
        trace,
        np.asarray(level, dtype=np.uint8),
        hidden,
        marks,
        pen,
        sheet.px_per_mm_x,
        sheet.px_per_mm_y,
    )


def _take_frames(side: NDArray[np.float32], scale: float) -> NDArray[np.bool_]:
    """Clear long ruled lines along axis 1 in place; give (len(side),) which lines were cleared."""
    length = round(_FRAME_MM * scale)
    faint = side > 0.5 * CORE
    cleared = np.zeros(side.shape[0], np.bool_)
    for index in np.flatnonzero(np.count_nonzero(faint, axis=1) >= length):
        for run in runs(faint[index]):
            if run.stop - run.start >= length:
                side[max(index - 1, 0) : index + 2, max(run.start - 1, 0) : run.stop + 1] = 0
                cleared[max(index - 1, 0) : index + 2] = True
    return cleared
