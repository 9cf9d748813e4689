"""Merge strips of one lead: a short II into its rhythm strip, and rows that go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.resample import resample_cubic
from ecgengine_plugins.assemblers import tuning
from ecgengine_plugins.assemblers.sampling import Loss, SampledStrip
from ecgengine_plugins.paper.peaks import summit


def measure_lag(long: SampledStrip, short: SampledStrip, fs_hz: float) -> tuple[float, float]:
    """Measure by how many samples the short strip comes later than the long one.

    The lag of highest correlation within 0.1 s, refined by a parabola, and that correlation;
    (0, 0) when they do not overlap or one is level.
    """
    most = round(tuning.LAG_SEARCHED_S * fs_hz)
    lags = np.arange(-most, most + 1)
    correlations = np.array([_correlation(long, short, int(lag)) for lag in lags])
    best = int(np.argmax(correlations))
    peak = float(correlations[best])
    if peak <= 0:
        return 0.0, 0.0
    if not 0 < best < lags.size - 1:
        return float(lags[best]), peak
    return float(lags[best] + summit(*correlations[best - 1 : best + 2])), peak


def merge(
    long: SampledStrip, short: SampledStrip, fs_hz: float
) -> tuple[SampledStrip, float | None]:
    """Average the short strip into the long one where both are sure and agree.

    Their offset and lag are taken out of the short strip first. Where they differ by more
    than 0.1 mV the surer one is kept. Gives the merged strip on the long one's times and the
    lag in seconds, or the long strip as it was and None when the two do not look alike.
    """
    lag, correlation = measure_lag(long, short, fs_hz)
    if correlation < tuning.LEAST_CORRELATION:
        return long, None
    first = long.first - short.first + lag
    other = resample_cubic(np.ascontiguousarray(short.mv), first, 1.0, long.mv.size)
    places = first + np.arange(long.mv.size)
    sure = np.interp(places, np.arange(short.mv.size), short.confidence, left=0.0, right=0.0)
    both = np.isfinite(other) & np.isfinite(long.mv)
    other = other - np.median((other - long.mv)[both])
    weight = sure**2 / np.maximum(sure**2 + long.confidence**2, 1e-9)
    apart = np.abs(other - long.mv) > tuning.AGREE_MV
    weight = np.where(apart, (sure > long.confidence + 0.1).astype(np.float64), weight)
    mixed = np.where(both, long.mv + weight * (np.where(both, other, 0.0) - long.mv), long.mv)
    only_short = np.isfinite(other) & ~np.isfinite(long.mv)
    mixed = np.where(only_short, other, mixed)
    confidence = np.where(both | only_short, np.maximum(long.confidence, sure), long.confidence)
    return replace(long, mv=mixed, confidence=confidence), lag / fs_hz


def append(parts: Sequence[SampledStrip]) -> SampledStrip:
    """Join strips of one lead that follow each other in time; what lies between them is NaN."""
    parts = sorted(parts, key=lambda part: part.first)
    first = parts[0].first
    size = max(part.first + part.mv.size for part in parts) - first
    mv, confidence, trust = np.full(size, np.nan), np.zeros(size), np.ones(size)
    lost: list[Loss] = []
    for part in parts:
        begin = part.first - first
        place = slice(begin, begin + part.mv.size)
        mv[place], confidence[place], trust[place] = part.mv, part.confidence, part.trust
        lost += [
            replace(each, start=each.start + begin, stop=each.stop + begin) for each in part.lost
        ]
    edges = [part.edge_share * part.mv.size for part in parts]
    doubts = dict.fromkeys(doubt for part in parts for doubt in part.doubts)
    return SampledStrip(
        parts[0].strip, first, mv, confidence, trust, sum(edges) / size, tuple(lost), tuple(doubts)
    )


def _correlation(long: SampledStrip, short: SampledStrip, lag: int) -> float:
    start = short.first - lag - long.first
    a = long.mv[max(start, 0) : max(start + short.mv.size, 0)]
    b = short.mv[max(-start, 0) :][: a.size]
    a = a[: b.size]
    both = np.isfinite(a) & np.isfinite(b)
    if both.sum() < max(short.mv.size // 2, 3):
        return 0.0
    return _pearson(a[both], b[both])


def _pearson(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale > 0 else 0.0
