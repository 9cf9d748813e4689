"""Extractor `column`: the darkness-weighted center of each column's run of ink."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Strips
from ecgengine.data.tracemap import TraceMap
from ecgengine.data.traces import Traces
from ecgengine_kernels.columns import trace_columns
from ecgengine_plugins.extractors.missing_paper import without_missing_paper
from ecgengine_plugins.extractors.options import ColumnOptions
from ecgengine_plugins.extractors.strip_map import strip_maps

# Confidence of what is interpolated; below 0.5 a curve is a bridge (data/traces.py).
BRIDGE_CONFIDENCE = np.float32(0.2)


class ColumnExtractor:
    """Follows the ink from column to column; simple, fast and blind to what the pen hides."""

    def __init__(self, options: ColumnOptions) -> None:
        self.options = options

    def extract(self, sheet: Sheet, trace_map: TraceMap, strips: Strips) -> Traces:
        """Read every strip that has ink; gaps are bridged with low confidence."""
        reach_px = self.options.reach_mm * sheet.px_per_mm_y
        traces = []
        for part in strip_maps(trace_map, strips):
            rows, confidence = trace_columns(
                part.values, part.zero_row, reach_px, self.options.faintest
            )
            if np.isfinite(rows).any():
                traces.append(part.read(*_bridge(rows, confidence)))
        return without_missing_paper(Traces(tuple(traces)), sheet)


def _bridge(
    row: NDArray[np.float64], confidence: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Interpolate the columns without ink."""
    columns = np.arange(row.size)
    known = np.isfinite(row)
    bridged = np.interp(columns, columns[known], row[known])
    return bridged, np.where(known, confidence, BRIDGE_CONFIDENCE).astype(np.float32)
