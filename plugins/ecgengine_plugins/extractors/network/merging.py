"""Combine two curves: the fit replaces the network's at strip ends and improbable jumps.

A network may follow a heavy grid line into the next lead and be sure of it. What gives it away is
the leap back, through places that it holds for impossible itself; without a leap it is right as a
rule (docs/experiments/0005).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Strips
from ecgengine.data.tracemap import TraceMap
from ecgengine.data.traces import Trace, Traces
from ecgengine_plugins.extractors.network import tuning
from ecgengine_plugins.paper.runs import runs, widened

# Steep strokes move by many rows in a column, and two curves may be a column apart.
_SLACK_PX = 1.0


def merged(read: Traces, fine: Traces, sheet: Sheet, trace_map: TraceMap, strips: Strips) -> Traces:
    """Take the ends of strips, and where the network jumps, from the fit of the stroke, `fine`."""
    return with_ends(without_jumps(read, fine, sheet, trace_map), fine, sheet, strips)


def apart_px(trace: Trace, other: Trace) -> NDArray[np.float64]:
    """How far (N,) samples of a trace lie above or below another, pixels; NaN where either is lost.

    Curves that are a pixel apart in time are not apart, however steep they run.
    """
    near = np.stack([other.at(trace.x_px + by, other.y_px) for by in (-_SLACK_PX, 0.0, _SLACK_PX)])
    return np.asarray(np.maximum(near.min(axis=0) - trace.y_px, trace.y_px - near.max(axis=0)))


def without_jumps(read: Traces, fine: Traces, sheet: Sheet, trace_map: TraceMap) -> Traces:
    """Take the fit of the stroke where the network jumps from one place to another.

    A path that crosses places which the network itself holds for improbable was wrong on one side
    of them, on a line of the grid or a neighbor's trace. It is left for as long as the fit runs
    elsewhere, if that explains the ink there, or if the path has hardly any ink under it.
    """
    by_strip = {trace.strip: trace for trace in fine.traces}
    reach_px = tuning.UNDER_MM * sheet.px_per_mm_y

    def inkless(trace: Trace, samples: NDArray[np.intp]) -> bool:
        return bool(ink_under(trace, trace_map, reach_px)[samples].mean() < tuning.INKLESS)

    def walked(trace: Trace) -> Trace:
        if trace.strip not in by_strip:
            return trace
        other = by_strip[trace.strip]
        away = apart_px(trace, other) > tuning.APART_MM * sheet.px_per_mm_y
        reach = round(tuning.TOGETHER_MM * sheet.px_per_mm_x / trace.step_px)
        there, fits = other.at(trace.x_px, other.y_px), other.at(trace.x_px, other.confidence)
        y, confidence = trace.y_px.copy(), trace.confidence.copy()
        for own in runs(widened(away, reach)):
            elsewhere = own.start + np.flatnonzero(away[own])
            if trace.confidence[own].min() > tuning.IMPROBABLE:
                continue
            if fits[elsewhere].mean() > tuning.FITTED or inkless(trace, elsewhere):
                y[own], confidence[own] = there[own], fits[own]
        return replace(trace, y_px=y, confidence=confidence)

    return Traces(tuple(walked(trace) for trace in read.traces))


def ink_under(trace: Trace, trace_map: TraceMap, reach_px: float) -> NDArray[np.float32]:
    """Coverage (N,) by traces within `reach_px` above or below the samples of a trace."""
    coverage = trace_map.trace.max(axis=0)
    height, width = coverage.shape
    column = np.floor((trace.x_px + 0.5) * trace_map.columns_per_px)
    column = np.clip(column, 0, width - 1).astype(np.intp)
    row = np.rint(np.nan_to_num(trace.y_px)).astype(np.intp)
    reach = max(1, round(reach_px))
    near = [coverage[np.clip(row + off, 0, height - 1), column] for off in range(-reach, reach + 1)]
    return np.asarray(np.max(near, axis=0), dtype=np.float32)


def with_ends(read: Traces, fine: Traces, sheet: Sheet, strips: Strips) -> Traces:
    """Take the ends of strips from the finer curve where that explains the ink between them.

    What strays farther from where the trace goes on has followed foreign ink and is not taken;
    samples that the network lost say nothing of that.
    """
    by_strip = {trace.strip: trace for trace in fine.traces}
    reach = tuning.ENDS_MM * sheet.px_per_mm_x

    def mended(trace: Trace) -> Trace:
        if trace.strip not in by_strip:
            return trace
        other, strip = by_strip[trace.strip], strips.strips[trace.strip]
        x = trace.x_px
        first = int(np.searchsorted(x, strip.x_start_px + reach))
        stop = int(np.searchsorted(x, strip.x_end_px - reach, side="right"))
        inner_x = x[first:stop]
        if first >= stop or other.at(inner_x, other.confidence).mean() <= tuning.EXPLAINED:
            return trace
        y, confidence = trace.y_px.copy(), trace.confidence.copy()
        for end, inner in ((slice(0, first), first), (slice(stop, x.size), stop - 1)):
            ends, level = other.at(x[end], other.y_px), trace.y_px[inner]
            strays = np.abs(ends - level) - np.abs(trace.y_px[end] - level)
            if np.isfinite(level) and np.nansum(strays) <= 0:
                y[end] = ends
                confidence[end] = other.at(x[end], other.confidence)
        return replace(trace, y_px=y, confidence=confidence)

    return Traces(tuple(mended(trace) for trace in read.traces))
