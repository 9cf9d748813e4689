"""Extractor `network`: a network that saw many damaged rows says where the trace runs."""

from __future__ import annotations

import numpy as np

from ecgengine.sheet import Sheet
from ecgengine.strips import Strips
from ecgengine.tracemap import TraceMap
from ecgengine.traces import Trace, Traces
from ecgengine_plugins.extractors.centerline import read_chances
from ecgengine_plugins.extractors.options import NetworkOptions
from ecgengine_plugins.extractors.windows import row_window
from ecgengine_plugins.networks.runtime import open_network
from ecgengine_plugins.networks.shipped import ROW_NET, shipped


class NetworkExtractor:
    """Reads whole rows from the sheet's picture, twice as fine in time as the sheet.

    For each half column the network gives the chance of every row to hold the pen's center; the
    cheapest path through these chances, and their mean round it, is the reading.
    """

    def __init__(self, options: NetworkOptions) -> None:
        self._options = options
        self._network = open_network(shipped(ROW_NET), options.runtime, options.threads)

    def extract(self, sheet: Sheet, trace_map: TraceMap, strips: Strips) -> Traces:
        """Read every strip; the confidence is the chance of the reading's neighborhood."""
        traces = []
        for row in sorted({strip.row for strip in strips.strips}):
            members = [i for i, strip in enumerate(strips.strips) if strip.row == row]
            window = row_window(sheet, [strips.strips[i] for i in members])
            chances = self._network(window.image[None], np.array([window.zero_row], np.float32))[0]
            y, confidence = read_chances(np.ascontiguousarray(chances.T), self._options.jump)
            for index in members:
                strip = strips.strips[index]
                first = max(int(np.floor(window.column_of(strip.x_start_px))), 0)
                stop = min(int(np.ceil(window.column_of(strip.x_end_px))) + 1, y.size)
                if stop - first < 2:
                    continue
                own = slice(first, stop)
                step = window.x_of(1) - window.x_of(0)
                rows = y[own] / window.scale_y + window.y0_px
                traces.append(Trace(index, window.x_of(first), step, rows, confidence[own]))
        traces.sort(key=lambda trace: trace.strip)
        return Traces(tuple(traces))
