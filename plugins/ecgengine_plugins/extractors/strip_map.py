"""Cut a strip's own part out of a trace map, column by column, and read it as a trace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.strips import Strips
from ecgengine.data.tracemap import TraceMap
from ecgengine.data.traces import Trace


@dataclass(frozen=True, slots=True)
class StripMap:
    """What a trace map shows where a strip may lie.

    Attributes:
        strip: index into `Strips.strips`.
        x0_px: sheet x of the first column.
        step_px: distance of columns on the sheet.
        top_px: sheet row of the first row here.
        zero_row: row of the strip's zero line.
        values: (W, H) float32 of the map, in the channel of the strip's row.
    """

    strip: int
    x0_px: float
    step_px: float
    top_px: int
    zero_row: float
    values: NDArray[np.float32]

    def read(self, rows: NDArray[np.float64], confidence: NDArray[np.float32]) -> Trace:
        """Give the trace that runs through (W,) rows of the map."""
        return Trace(self.strip, self.x0_px, self.step_px, rows + self.top_px, confidence)


def strip_maps(trace_map: TraceMap, strips: Strips) -> Iterator[StripMap]:
    """Cut the map of every strip that lies on it."""
    per_px = trace_map.columns_per_px
    _channels, height, columns = trace_map.trace.shape
    order = sorted({strip.row for strip in strips.strips})
    for index, strip in enumerate(strips.strips):
        start = min(max(int(np.floor((strip.x_start_px + 0.5) * per_px)), 0), columns)
        stop = min(max(int(np.ceil((strip.x_end_px + 0.5) * per_px)) + 1, 0), columns)
        top = min(max(int(np.floor(strip.top_px)), 0), height)
        bottom = min(max(int(np.ceil(strip.bottom_px)) + 1, 0), height)
        if stop - start < 2 or bottom - top < 2:
            continue
        channel = _channel(trace_map, order.index(strip.row), strip.zero_px)
        part = trace_map.trace[channel, top:bottom, start:stop]
        values = np.ascontiguousarray(part.T, dtype=np.float32)
        x0_px = (start + 0.5) / per_px - 0.5
        yield StripMap(index, x0_px, 1.0 / per_px, top, strip.zero_px - top, values)


def _channel(trace_map: TraceMap, row_index: int, zero_px: float) -> int:
    """The channel of a row: the one with the nearest zero line, where the map tells them."""
    if trace_map.row_zero_px is not None:
        return int(np.argmin(np.abs(np.array(trace_map.row_zero_px) - zero_px)))
    return min(row_index, int(trace_map.trace.shape[0]) - 1)
