"""Two readings of a strip put together: where the network's is of no use, the stroke's fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ecgengine.sheet import Sheet
from ecgengine.strips import Strips
from ecgengine.traces import Trace, Traces

_ENDS_MM, _EXPLAINED = 0.6, 0.9
_APART_MM, _TOGETHER_MM = 1.0, 0.5
_NO_CHANCE, _FITTED = 0.05, 0.8
_SLACK_PX = 1.0


def merged(read: Traces, fine: Traces, sheet: Sheet, strips: Strips) -> Traces:
    """Take the ends of strips, and where the network leaps, from the fit of the stroke, `fine`."""
    return with_ends(without_leaps(read, fine, sheet), fine, sheet, strips)


def explaining(fine: Traces, share: float) -> dict[int, Trace]:
    """Give the traces that explain more than a share of their strip's ink, by strip."""
    return {trace.strip: trace for trace in fine.traces if float(trace.confidence.mean()) > share}


def apart_px(trace: Trace, other: Trace) -> NDArray[np.float64]:
    """How far (N,) samples of a trace lie above or below another, pixels; NaN where either is lost.

    Curves that are a pixel apart in time are not apart, however steep they run.
    """
    near = np.stack([other.at(trace.x_px + by, other.y_px) for by in (-_SLACK_PX, 0.0, _SLACK_PX)])
    return np.asarray(np.maximum(near.min(axis=0) - trace.y_px, trace.y_px - near.max(axis=0)))


def without_leaps(read: Traces, fine: Traces, sheet: Sheet) -> Traces:
    """Take the fit of the stroke where the network leaps from one place to another.

    A path that crosses places which the network itself holds for impossible was on foreign ink on
    one side of them, a line of the grid or a neighbor's trace. It is left for as long as the fit
    runs elsewhere, if that explains the ink there.
    """
    by_strip = {trace.strip: trace for trace in fine.traces}

    def walked(trace: Trace) -> Trace:
        if trace.strip not in by_strip:
            return trace
        other = by_strip[trace.strip]
        away = apart_px(trace, other) > _APART_MM * sheet.px_per_mm_y
        around = np.ones(2 * round(_TOGETHER_MM * sheet.px_per_mm_x / trace.step_px) + 1)
        wide = np.convolve(away, around, mode="same") > 0
        there, fits = other.at(trace.x_px, other.y_px), other.at(trace.x_px, other.confidence)
        y, confidence = trace.y_px.copy(), trace.confidence.copy()
        edges = np.flatnonzero(np.diff(wide, prepend=False, append=False))
        for start, stop in edges.reshape(-1, 2):
            own = slice(start, stop)
            leaps = trace.confidence[own].min() < _NO_CHANCE
            if leaps and fits[own][away[own]].mean() > _FITTED:
                y[own], confidence[own] = there[own], fits[own]
        return replace(trace, y_px=y, confidence=confidence)

    return Traces(tuple(walked(trace) for trace in read.traces))


def with_ends(read: Traces, fine: Traces, sheet: Sheet, strips: Strips) -> Traces:
    """Take the ends of strips from the finer reading where that explains the ink.

    What strays farther from where the trace goes on has followed foreign ink and is not taken.
    """
    explained = explaining(fine, _EXPLAINED)
    reach = _ENDS_MM * sheet.px_per_mm_x

    def mended(trace: Trace) -> Trace:
        if trace.strip not in explained:
            return trace
        other, strip = explained[trace.strip], strips.strips[trace.strip]
        x = trace.x_px
        first = int(np.searchsorted(x, strip.x_start_px + reach))
        stop = int(np.searchsorted(x, strip.x_end_px - reach, side="right"))
        if first >= stop:
            return trace
        y, confidence = trace.y_px.copy(), trace.confidence.copy()
        for end, inner in ((slice(0, first), first), (slice(stop, x.size), stop - 1)):
            ends, level = other.at(x[end], other.y_px), trace.y_px[inner]
            if np.abs(ends - level).sum() <= np.abs(trace.y_px[end] - level).sum():
                y[end] = ends
                confidence[end] = other.at(x[end], other.confidence)
        return replace(trace, y_px=y, confidence=confidence)

    return Traces(tuple(mended(trace) for trace in read.traces))
