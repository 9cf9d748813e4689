"""Sample a curve on paper, in millivolts at the recording's sample times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Calibration, Strip
from ecgengine.data.traces import Trace
from ecgengine_kernels.resample import resample_cubic
from ecgengine_plugins.assemblers import tuning
from ecgengine_plugins.assemblers.losses import why_lost
from ecgengine_plugins.paper.runs import runs
from ecgengine_plugins.paper.scales import printed_seconds


@dataclass(frozen=True, slots=True)
class Loss:
    """A run of samples that could not be read, and what is seen in their place."""

    start: int
    stop: int
    why: str


@dataclass(frozen=True, slots=True)
class SampledStrip:
    """One strip in millivolts on the recording's clock.

    Attributes:
        strip: the strip it was read from.
        first: index of the first sample on the recording's clock.
        mv: (N,) float64, NaN where unread.
        confidence: (N,) float64 in 0..1; 0 where unread or bridged.
        trust: (N,) float64 in 0..1, how sure the place of the grid under it is.
        edge_share: share of the strip where the curve runs along the limit of its band.
        lost: stretches that could not be read.
        doubts: what else casts doubt on it, a sentence each.
    """

    strip: Strip
    first: int
    mv: NDArray[np.float64]
    confidence: NDArray[np.float64]
    trust: NDArray[np.float64]
    edge_share: float = 0.0
    lost: tuple[Loss, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def sureness(self) -> NDArray[np.float64]:
        """(N,) confidence in a sample's value: that the curve is right, and the paper laid flat."""
        return self.confidence * self.trust


def strip_seconds(strip: Strip, sheet: Sheet, calibration: Calibration) -> float:
    """Give a strip's duration: the half second that it nearly measures, or what it measures."""
    return printed_seconds((strip.x_end_px - strip.x_start_px) / _px_per_s(sheet, calibration))


def sample_strip(
    trace: Trace,
    strip: Strip,
    sheet: Sheet,
    calibration: Calibration,
    duration_s: float,
    fs_hz: float,
    bridge_s: float,
) -> SampledStrip:
    """Sample a curve at round(duration_s * fs_hz) times of the recording's clock.

    Gaps up to `bridge_s` become straight lines of confidence 0, longer ones stay NaN; the few
    milliseconds at either end that a pen's width or a separator takes hold the nearest value. Where
    the sheet's scale is rough the strip's own width is the scale of time.
    """
    px_per_s = _px_per_s(sheet, calibration)
    if sheet.scale_is_rough:
        px_per_s = (strip.x_end_px - strip.x_start_px) / duration_s
    first = max(round(strip.start_s * fs_hz), 0)
    count = max(round(duration_s * fs_hz), 1)
    known = np.isfinite(trace.y_px)
    y_px = _bridged(trace.y_px, int(bridge_s * px_per_s / trace.step_px))
    first_x = strip.x_start_px + (first / fs_hz - strip.start_s) * px_per_s
    place = (first_x - trace.x0_px) / trace.step_px
    step = px_per_s / fs_hz / trace.step_px
    sampled = resample_cubic(np.ascontiguousarray(y_px, dtype=np.float64), place, step, count)
    sampled = _held_ends(sampled, round(tuning.HOLD_S * fs_hz))
    mv = (strip.zero_px - sampled) / (sheet.px_per_mm_y * calibration.gain_mm_per_mv)
    confidence = np.where(known, trace.confidence, 0.0).astype(np.float64)
    places, samples = place + step * np.arange(count), np.arange(confidence.size)
    confidence = np.interp(places, samples, confidence, left=0.0, right=0.0)
    trust = np.interp(places, samples, sheet.grid_trust(trace.x_px, trace.y_px))
    read = y_px[known]
    at_edge = (read <= strip.top_px + 1) | (read >= strip.bottom_px - 1)
    unread = [(run.start, run.stop) for run in runs(np.isnan(mv))]
    lost = tuple(
        Loss(*ends, why_lost(sheet, strip, *(first_x + end * px_per_s / fs_hz for end in ends)))
        for ends in unread
    )
    return SampledStrip(
        strip,
        first,
        -mv if strip.inverted else mv,
        np.where(np.isfinite(mv), confidence, 0.0),
        trust,
        float(at_edge.mean()) if read.size else 0.0,
        lost,
    )


def _px_per_s(sheet: Sheet, calibration: Calibration) -> float:
    return sheet.px_per_mm_x * calibration.speed_mm_per_s


def _bridged(curve: NDArray[np.float64], longest: int) -> NDArray[np.float64]:
    """Fill NaN runs of at most `longest` samples between known ones with straight lines."""
    known = np.flatnonzero(np.isfinite(curve))
    if known.size < 2:
        return curve
    filled = np.interp(np.arange(curve.size), known, curve[known], left=np.nan, right=np.nan)
    for gap in np.flatnonzero(np.diff(known) > longest + 1):
        filled[known[gap] + 1 : known[gap + 1]] = np.nan
    return filled


def _held_ends(samples: NDArray[np.float64], most: int) -> NDArray[np.float64]:
    """Repeat the first and last known sample over at most `most` unknown ones at the ends."""
    known = np.flatnonzero(np.isfinite(samples))
    if known.size == 0:
        return samples
    held = samples.copy()
    first, last = int(known[0]), int(known[-1])
    held[max(first - most, 0) : first] = held[first]
    held[last + 1 : last + 1 + most] = held[last]
    return held
