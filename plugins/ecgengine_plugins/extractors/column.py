"""The extractor `column`: the darkness-weighted center of each column's run of ink."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine.sheet import Sheet
from ecgengine.strips import Strips
from ecgengine.tracemap import TraceMap
from ecgengine.traces import Trace, Traces
from ecgengine_kernels.columns import trace_columns
from ecgengine_plugins.extractors.gone import without_gone
from ecgengine_plugins.extractors.options import ColumnOptions

BRIDGE_CONFIDENCE = np.float32(0.2)


class ColumnExtractor:
    """Follows the ink from column to column; simple, fast and blind to what the pen hides."""

    def __init__(self, options: ColumnOptions) -> None:
        self.options = options

    def extract(self, sheet: Sheet, trace_map: TraceMap, strips: Strips) -> Traces:
        """Read every strip that has ink; gaps are bridged with low confidence."""
        channels, height, columns = trace_map.trace.shape
        per_px = trace_map.columns_per_px
        order = sorted({strip.row for strip in strips.strips})
        traces = []
        for index, strip in enumerate(strips.strips):
            start = min(max(int(np.floor((strip.x_start_px + 0.5) * per_px)), 0), columns)
            stop = min(max(int(np.ceil((strip.x_end_px + 0.5) * per_px)) + 1, 0), columns)
            top = min(max(int(np.floor(strip.top_px)), 0), height)
            bottom = min(max(int(np.ceil(strip.bottom_px)) + 1, 0), height)
            if stop - start < 2 or bottom - top < 2:
                continue
            channel = min(order.index(strip.row), channels - 1)
            part = trace_map.trace[channel, top:bottom, start:stop]
            row, confidence = trace_columns(
                np.ascontiguousarray(part.T, dtype=np.float32),
                strip.zero_px - top,
                self.options.reach_mm * sheet.px_per_mm_y,
                self.options.faintest,
            )
            if np.isnan(row).all():
                continue
            x0 = (start + 0.5) / per_px - 0.5
            row, confidence = _bridge(row, confidence)
            traces.append(Trace(index, x0, 1.0 / per_px, row + top, confidence))
        return without_gone(Traces(tuple(traces)), sheet)


def _bridge(
    row: NDArray[np.float64], confidence: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Interpolate the columns without ink."""
    columns = np.arange(row.size)
    known = np.isfinite(row)
    bridged = np.interp(columns, columns[known], row[known])
    return bridged, np.where(known, confidence, BRIDGE_CONFIDENCE).astype(np.float32)
