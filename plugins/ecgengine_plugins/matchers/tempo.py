"""Measure complexes, T waves and the distance of beats on paper, in millimeters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.matchers.ends import TracedRow
from ecgengine_plugins.paper.peaks import strong_maxima

_SMOOTH_MM = 0.3
_SLOW_WAVE_MM = 0.8
_CLOSEST_MM = 10.0
_LEAST_STEEPNESS = 0.5
_EDGE_SHARE = 0.15
_FOREIGN_PART = 4
_LEAST_COVERED = 0.5
_LATEST_T = 0.7
_BEFORE = 0.3


@dataclass(frozen=True, slots=True)
class Beats:
    """What the beats of a sheet measure in the middle, in millimeters.

    Attributes:
        qrs_mm: width of QRS complexes, pen included.
        apart_mm: distance from beat to beat.
        t_mm: distance from a QRS complex to the top of its T wave; None when none is seen.
    """

    qrs_mm: float
    apart_mm: float
    t_mm: float | None


def measure_beats(
    traced: Sequence[TracedRow], span_px: tuple[float, float], x_mm: float
) -> Beats | None:
    """Measure the beats of all rows together, which beat at the same time.

    None without two beats.
    """
    rows = _courses(traced, span_px)
    steepness = _steepness(rows, x_mm)
    least = _LEAST_STEEPNESS * float(np.quantile(steepness, 0.98)) if rows else 0.0
    peaks = strong_maxima(steepness, least, round(_CLOSEST_MM / 2 * x_mm))
    if peaks.size < 2:
        return None
    level = float(np.median(steepness))
    before_px, after_px = [], []
    for peak in peaks:
        low = steepness <= level + _EDGE_SHARE * (steepness[peak] - level)
        before, after = np.flatnonzero(low[:peak]), np.flatnonzero(low[peak:])
        if before.size and after.size:
            before_px.append(peak - before[-1])
            after_px.append(after[0])
    if not after_px:
        return None
    apart_px = float(np.median(np.diff(peaks)))
    t_px = _t_top_px(rows, peaks, float(np.median(after_px)), apart_px, x_mm)
    return Beats(
        float(np.median(np.add(before_px, after_px))) / x_mm,
        apart_px / x_mm,
        None if t_px is None else t_px / x_mm,
    )


def _courses(
    traced: Sequence[TracedRow], span_px: tuple[float, float]
) -> list[NDArray[np.float64]]:
    """Give the heights of each row, gaps bridged, of those that are seen well enough."""
    rows = []
    start, end = (max(round(x), 0) for x in span_px)
    for row in traced:
        heights = row.heights_px[start:end]
        seen = np.isfinite(heights)
        if seen.sum() > max(_LEAST_COVERED * heights.size, 2):
            columns = np.arange(heights.size)
            rows.append(np.interp(columns, columns[seen], heights[seen]))
    return rows


def _steepness(rows: Sequence[NDArray[np.float64]], x_mm: float) -> NDArray[np.float32]:
    """Add up how steep the rows run, without the steepest quarter of them in each column.

    A QRS complex is steep in most rows; mould, or a stroke of a pen, in few.
    """
    sigma = _SMOOTH_MM * x_mm
    energy = np.zeros((len(rows), max((row.size for row in rows), default=1)), np.float32)
    for own, row in zip(energy, rows, strict=True):
        own[: row.size] = blurred(np.gradient(blurred(row, sigma)) ** 2, sigma)
    energy.sort(axis=0)
    shared = energy[: len(rows) - len(rows) // _FOREIGN_PART]
    return np.asarray(np.sqrt(shared.sum(axis=0)), np.float32)


def _t_top_px(
    rows: Sequence[NDArray[np.float64]],
    peaks: NDArray[np.intp],
    qrs_end_px: float,
    apart_px: float,
    x_mm: float,
) -> float | None:
    """Find how long after QRS complexes the rows stand farthest from their usual heights."""
    first, size = round(qrs_end_px + _SLOW_WAVE_MM * x_mm), int(_LATEST_T * apart_px)
    slow = [blurred(row, _SLOW_WAVE_MM * x_mm) for row in rows]
    away = []
    for peak in peaks:
        begin = max(peak - round(_BEFORE * apart_px), 0)
        parts = [row[begin : peak + size] for row in slow if peak + size <= row.size]
        if parts:
            away.append(sum(np.abs(part - np.median(part))[-size:] for part in parts))
    if not away or size - first < 3:
        return None
    usual = np.median(away, axis=0)
    tops = np.flatnonzero((usual[1:-1] >= usual[:-2]) & (usual[1:-1] > usual[2:])) + 1
    tops = tops[tops > first]
    return float(tops[np.argmax(usual[tops])]) if tops.size else None


def blurred(values: NDArray[np.floating], sigma: float) -> NDArray[np.float32]:
    """Blur (N,) values by a Gaussian."""
    wide = cv2.GaussianBlur(np.asarray(values, np.float32)[None], (0, 0), sigma)
    return np.asarray(wide[0], np.float32)
