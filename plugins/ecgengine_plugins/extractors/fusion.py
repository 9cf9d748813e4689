"""Extractor `fusion`: the network says which ink is whose, the stroke fit reads it finely."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgengine.sheet import Sheet
from ecgengine.strips import Strips
from ecgengine.tracemap import TraceMap
from ecgengine.traces import Trace, Traces
from ecgengine_plugins.extractors.network import NetworkExtractor
from ecgengine_plugins.extractors.options import NetworkOptions, ViterbiOptions
from ecgengine_plugins.extractors.rows import strip_columns
from ecgengine_plugins.extractors.viterbi import ViterbiExtractor

_BESIDE_MM = 0.35
_APART_MM = 0.2
_NEAR_PX = (-1.0, -0.5, 0.0, 0.5, 1.0)


class FusionExtractor:
    """Reads with `network`, then with `viterbi` what ink lies along that reading.

    The fit of the stroke is the finer of the two where the ink is whole, and lost where it is
    not: it is believed as far as its own ink confirms it and the network agrees.
    """

    def __init__(self, options: NetworkOptions) -> None:
        self._network = NetworkExtractor(options)
        self._viterbi = ViterbiExtractor(ViterbiOptions.model_validate({}))

    def extract(self, sheet: Sheet, trace_map: TraceMap, strips: Strips) -> Traces:
        """Read every strip; where both readings agree, the finer one."""
        coarse = self._network.extract(sheet, trace_map, strips)
        if trace_map.meaning == "centerline":
            return coarse
        own = _own_ink(sheet, trace_map, strips, coarse)
        fine = {t.strip: t for t in self._viterbi.extract(sheet, own, strips).traces}
        scale = sheet.px_per_mm_y
        merged = [
            _merge(trace, fine[trace.strip], scale) if trace.strip in fine else trace
            for trace in coarse.traces
        ]
        return Traces(tuple(merged))


def _own_ink(sheet: Sheet, trace_map: TraceMap, strips: Strips, traces: Traces) -> TraceMap:
    """Give each row a channel of its own, with the ink along its reading alone."""
    rows = sorted({strip.row for strip in strips.strips})
    height, width = trace_map.trace.shape[1:]
    channels = np.zeros((len(rows), height, width), np.float32)
    beside = _BESIDE_MM * sheet.px_per_mm_y + 0.5 * (trace_map.pen_width_px or 0.0)
    place = np.arange(height)[:, None]
    for trace in traces.traces:
        channel = rows.index(strips.strips[trace.strip].row)
        start, stop = strip_columns(strips, trace.strip, width)
        near = np.stack(
            [_at(trace, np.arange(start, stop) + away, trace.y_px) for away in _NEAR_PX]
        )
        top, bottom = near.min(axis=0) - beside, near.max(axis=0) + beside
        first, last = max(int(top.min()), 0), min(int(bottom.max()) + 1, height)
        ink = trace_map.trace[min(channel, len(trace_map.trace) - 1), first:last, start:stop]
        along = (place[first:last] >= top) & (place[first:last] <= bottom)
        channels[channel, first:last, start:stop] = np.where(along, ink, 0)
    zeros = tuple(
        float(np.median([strip.zero_px for strip in strips.strips if strip.row == row]))
        for row in rows
    )
    return replace(trace_map, trace=channels, row_zero_px=zeros)


def _merge(coarse: Trace, fine: Trace, px_per_mm: float) -> Trace:
    """Lean to the fine reading where it is sure and near the coarse one."""
    x = fine.x0_px + fine.step_px * np.arange(fine.y_px.size)
    near = np.stack([_at(coarse, x + away, coarse.y_px) for away in (-0.5, 0.0, 0.5)])
    outside = np.maximum(near.min(axis=0) - fine.y_px, fine.y_px - near.max(axis=0))
    apart = np.maximum(outside, 0) / (_APART_MM * px_per_mm)
    believed = np.clip(2 * fine.confidence - 0.5, 0, 1) / (1 + apart**4)
    y = believed * fine.y_px + (1 - believed) * near[1]
    sure = _at(coarse, x, coarse.confidence)
    confidence = (believed * fine.confidence + (1 - believed) * sure).astype(np.float32)
    return Trace(fine.strip, fine.x0_px, fine.step_px, y, confidence)


def _at(
    trace: Trace, x_px: NDArray[np.floating[Any]], values: NDArray[np.floating[Any]]
) -> NDArray[np.float64]:
    """Read a trace's values at sheet columns; the end values beyond its ends."""
    place = (x_px - trace.x0_px) / trace.step_px
    read: NDArray[np.float64] = np.interp(place, np.arange(values.size), values)
    return read
