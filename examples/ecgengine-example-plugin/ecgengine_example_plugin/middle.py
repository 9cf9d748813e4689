"""The extractor `middle`: simple enough to read in a minute, too simple for crossing traces."""

from __future__ import annotations

import math

import numpy as np

from ecgengine import Sheet, Strip, Strips, Trace, TraceMap, Traces
from ecgengine_example_plugin.hooks import MiddleOptions


class MiddleExtractor:
    """Reads each column of a strip halfway between its highest and its lowest ink."""

    def __init__(self, options: MiddleOptions) -> None:
        self._options = options

    def extract(self, sheet: Sheet, trace_map: TraceMap, strips: Strips) -> Traces:
        """Read every strip; columns without ink are NaN with confidence 0."""
        found = (
            self._read(index, strip, sheet, trace_map) for index, strip in enumerate(strips.strips)
        )
        return Traces(tuple(trace for trace in found if trace is not None))

    def _read(self, index: int, strip: Strip, sheet: Sheet, trace_map: TraceMap) -> Trace | None:
        ink = trace_map.trace.max(axis=0) >= self._options.least_ink
        height, width = ink.shape
        per_px = trace_map.columns_per_px
        reach_px = self._options.reach_mm * sheet.px_per_mm_y
        top = max(math.floor(strip.zero_px - reach_px), 0)
        bottom = min(math.ceil(strip.zero_px + reach_px), height)
        first = max(round(strip.x_start_px * per_px), 0)
        band = ink[top:bottom, first : min(round(strip.x_end_px * per_px), width)]
        if not band.any():
            return None
        seen = band.any(axis=0)
        highest = band.argmax(axis=0)
        lowest = band.shape[0] - 1 - band[::-1].argmax(axis=0)
        return Trace(
            strip=index,
            x0_px=(first + 0.5) / per_px - 0.5,
            step_px=1 / per_px,
            y_px=np.where(seen, top + (highest + lowest) / 2, np.nan),
            confidence=seen.astype(np.float32),
        )
