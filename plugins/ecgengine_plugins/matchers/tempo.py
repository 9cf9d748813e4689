"""Tells the paper's speed from the beats, where nothing printed says it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.matchers.ink import Ink
from ecgengine_plugins.matchers.rhythm import course

USUAL_MM_PER_S, FAST_MM_PER_S = 25.0, 50.0

_SMOOTH_MM = 0.15
_CLOSEST_MM = 8.0
_LEAST_STEEPNESS = 0.4
_EDGE_SHARE = 0.15
_LEAST_COVERED = 0.5
_QRS_S, _QRS_SPREAD = 0.104, 0.2
_BEAT_S, _BEAT_SPREAD = 0.76, 0.3
_DEAREST = 6.0
_CLEARLY = 2.5


def runs_fast(ink: Ink, baselines: Sequence[float], span_px: tuple[float, float]) -> bool:
    """Tell whether beats look like those at 50 mm/s, in width and distance, rather than at 25.

    The log-likelihoods of both speeds are compared; it takes a clear lead to leave the usual
    one. Widths and distances of 199 records and of made pages are log-normal, QRS complexes on
    paper 104 ms wide, pen included, and beats 0.76 s apart in the middle.
    """
    beats = measure_beats(ink, baselines, span_px)
    if beats is None:
        return False
    qrs_mm, beat_mm = beats

    def unlikely(speed: float) -> float:
        return _unlikely(qrs_mm / speed, _QRS_S, _QRS_SPREAD) + _unlikely(
            beat_mm / speed, _BEAT_S, _BEAT_SPREAD
        )

    return unlikely(USUAL_MM_PER_S) - unlikely(FAST_MM_PER_S) > _CLEARLY


def measure_beats(
    ink: Ink, baselines: Sequence[float], span_px: tuple[float, float]
) -> tuple[float, float] | None:
    """Give the median width of QRS complexes and the median distance of beats, in mm.

    The leads of all rows beat together, so their slopes are added up. None without two beats.
    """
    energy = np.zeros(max(round(span_px[1]) - round(span_px[0]), 0), np.float32)
    sigma = _SMOOTH_MM * ink.x_mm
    for zero in baselines:
        heights = course(zero, span_px, ink)
        seen = np.isfinite(heights)
        if seen.sum() <= max(_LEAST_COVERED * heights.size, 2):
            continue
        filled = np.interp(np.arange(heights.size), np.flatnonzero(seen), heights[seen])
        energy[: filled.size] += np.gradient(_blurred(filled, sigma)) ** 2
    if not energy.any():
        return None
    steepness = np.sqrt(_blurred(energy, sigma))
    reach = 2 * round(_CLOSEST_MM / 2 * ink.x_mm) + 1
    highest = cv2.dilate(steepness[None], np.ones((1, reach), np.uint8))[0]
    least = _LEAST_STEEPNESS * np.quantile(steepness, 0.98)
    peaks = np.flatnonzero((steepness == highest) & (steepness > least))
    if peaks.size < 2:
        return None
    level = float(np.median(steepness))
    widths = []
    for peak in peaks:
        low = steepness <= level + _EDGE_SHARE * (steepness[peak] - level)
        before, after = np.flatnonzero(low[:peak]), np.flatnonzero(low[peak:])
        if before.size and after.size:
            widths.append(peak + after[0] - before[-1])
    if not widths:
        return None
    apart = [second - first for first, second in pairwise(peaks)]
    return float(np.median(widths)) / ink.x_mm, float(np.median(apart)) / ink.x_mm


def _unlikely(seconds: float, usual_s: float, spread: float) -> float:
    return min(0.5 * (math.log(seconds / usual_s) / spread) ** 2, _DEAREST)


def _blurred(values: NDArray[np.floating], sigma: float) -> NDArray[np.float32]:
    wide = cv2.GaussianBlur(np.asarray(values, np.float32)[None], (0, 0), sigma)
    return np.asarray(wide[0], np.float32)
