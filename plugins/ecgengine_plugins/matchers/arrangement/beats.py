"""Compare when hearts beat in different places of a page.

What is printed at the same time beats at the same time, and what is not does not: so strips tell
whether they lie side by side or follow each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.matchers.arrangement import tuning
from ecgengine_plugins.matchers.ends import TracedRow
from ecgengine_plugins.matchers.tempo import blurred
from ecgengine_plugins.paper.peaks import strong_maxima


def row_curves(
    traced: Sequence[TracedRow], span_px: tuple[float, float], x_mm: float, step: int
) -> NDArray[np.float32]:
    """Give (rows, columns) heights of the ink along rows in every `step`-th column, gaps bridged.

    Rows whose trace is hardly seen are NaN.
    """
    start, end = (max(round(x), 0) for x in span_px)
    width = max(end - start, 1)
    found = np.full((len(traced), -(-width // step)), np.nan, np.float32)
    sigma = tuning.ACTIVITY_SMOOTH_MM * x_mm
    for own, row in zip(found, traced, strict=True):
        heights = row.heights_px[start : start + width]
        seen = np.flatnonzero(np.isfinite(heights))
        if seen.size > max(tuning.LEAST_COVERED * width, 2):
            whole = np.interp(np.arange(width), seen, heights[seen])
            own[:] = blurred(whole, sigma)[::step]
    return found


def activities(curves: NDArray[np.float32], x_mm: float) -> NDArray[np.float32]:
    """Say how steeply each row runs in each column: as `curves` in 0..1, 1 at complexes."""
    sigma = 2 * tuning.ACTIVITY_SMOOTH_MM * x_mm
    found = np.full_like(curves, np.nan)
    for own, curve in zip(found, curves, strict=True):
        if curve.size > 1 and np.isfinite(curve).all():
            steep = np.sqrt(blurred(np.gradient(curve) ** 2, sigma))
            top = float(np.quantile(steep, 0.98))
            own[:] = np.clip(steep / top, 0, 1) if top > 0 else 0.0
    return found


def columns_alike(
    curves: NDArray[np.float32],
    activity: NDArray[np.float32],
    columns: NDArray[np.float64],
    x_mm: float,
) -> float:
    """Give the log-likelihood ratio that complexes look alike in neighboring columns of rows.

    They do where one lead runs through, and seldom where leads differ.
    """
    before, after = (round(mm * x_mm) for mm in tuning.COMPLEX_MM)
    apart = round(tuning.CLOSEST_BEATS_MM * x_mm)
    ratios = []
    for curve, active in zip(curves, activity, strict=True):
        beats = strong_maxima(active, tuning.BEAT_ACTIVITY, apart)
        beats = beats[(beats >= before) & (beats < curve.size - after)]
        shapes = [
            np.array([curve[beat - before : beat + after] for beat in own])
            for own in (beats[(beats >= start) & (beats < end)] for start, end in columns)
            if own.size
        ]
        ratios += [log_alike(_likeness(a, b), *_complexes(a, b)) for a, b in pairwise(shapes)]
    return (len(columns) - 1) * float(np.mean(ratios)) if ratios else 0.0


def _complexes(a: NDArray[np.floating], b: NDArray[np.floating]) -> tuple[float, float, float]:
    """Give how alike (N, W) complexes of one lead are: of single ones, one may be ectopic."""
    return tuning.COMPLEXES if min(len(a), len(b)) > 1 else tuning.SINGLE_COMPLEXES


def _likeness(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Correlate the median of (N, W) complexes with that of others, as if both were free of noise.

    What noise takes is told by how far half of the complexes are like the other half (C. Spearman,
    "The proof and measurement of association between two things", 1904).
    """
    same = _correlation(np.median(a, axis=0), np.median(b, axis=0))
    kept = [_correlation(*(np.median(half, axis=0) for half in (each[::2], each[1::2])))
            for each in (a, b) if len(each) > 1]  # fmt: skip
    whole = [2 * r / (1 + r) for r in kept if r > 0]
    reliable = float(np.mean(whole)) if whole else 1.0
    return min(same / max(reliable, tuning.LEAST_RELIABLE), 1.0)


def log_alike(correlation: float, spread: float, wrong: float, anything: float) -> float:
    """Give how much likelier a correlation is where curves are the same than where they are not.

    What is the same differs from 1 by an exponential distribution; what is not may be anything,
    but a share `wrong` of it is nearly as much alike, for leads resemble each other.
    """
    off = max(1 - correlation, 0.0)
    same = (1 - anything) * math.exp(-off / spread) / spread + 0.5 * anything
    near = 4 * spread
    other = wrong * math.exp(-off / near) / near + 0.5 * (1 - wrong)
    return math.log(same / other)


def log_same_time(a: NDArray[np.floating], b: NDArray[np.floating], reach: int) -> float:
    """Give the log-likelihood ratio that two stretches show the same time, by their activity.

    Activity of the same seconds is most alike where it lies; that of others at any shift. So the
    correlation without a shift, as a part of the best one, is compared with those at all shifts up
    to `reach` columns: where the heart beats evenly many shifts are as good, and little is told.
    """
    size = min(a.size, b.size)
    both = np.isfinite(a[:size]) & np.isfinite(b[:size])
    if not both.any():
        return 0.0
    a, b = (np.where(both, each[:size] - each[:size][both].mean(), 0.0) for each in (a, b))
    scale = float(np.sqrt((a @ a) * (b @ b)))
    if size < 2 or not scale > 0:
        return 0.0
    length = 1 << (2 * size - 1).bit_length()
    spectrum = np.fft.rfft(a, length) * np.conj(np.fft.rfft(b, length))
    shifts = np.arange(-min(reach, size // 2), min(reach, size // 2) + 1)
    alike = np.fft.irfft(spectrum, length)[shifts] / scale * size / (size - np.abs(shifts))
    best = float(alike.max())
    if best < tuning.LEAST_ALIKE:
        return 0.0
    parts = alike / best
    here = float(parts[shifts.size // 2])
    spread, anything = tuning.SAME_TIME
    same = (1 - anything) * math.exp((here - 1) / spread) / spread + 0.5 * anything
    away = (here - parts) / tuning.OTHER_SPREAD
    other = float(np.exp(-0.5 * away**2).mean()) / (tuning.OTHER_SPREAD * math.sqrt(2 * math.pi))
    return math.log(same / ((1 - anything) * other + 0.5 * anything))


def rows_together(activity: NDArray[np.float32], x_mm: float) -> NDArray[np.float64]:
    """Give the (rows - 1) log-likelihood ratios that a row shows the same time as the next."""
    reach = round(tuning.SHIFT_MM * x_mm)
    return np.array([log_same_time(a, b, reach) for a, b in pairwise(activity)])


def columns_together(
    activity: NDArray[np.float32], columns: NDArray[np.float64], x_mm: float
) -> float:
    """Give the log-likelihood ratio that columns of (rows, W) activity show the same time.

    `columns` are their (K, 2) beginnings and ends.
    """
    parts, reach = _parts(activity, columns), round(tuning.SHIFT_MM * x_mm)
    return _together([log_same_time(a, b, reach) for a, b in combinations(parts, 2)], len(parts))


def beside_rhythm(
    activity: NDArray[np.float32],
    rhythm: NDArray[np.float32],
    columns: NDArray[np.float64],
    x_mm: float,
) -> float:
    """Give the log-likelihood ratio that columns go on in time as the rhythm strip below does."""
    above, below = _parts(activity, columns), _parts(rhythm, columns)
    reach = round(tuning.SHIFT_MM * x_mm)
    pairs = zip(above[1:], below[1:], strict=True)
    return _together([log_same_time(a, b, reach) for a, b in pairs], len(columns))


def _together(ratios: Sequence[float], columns: int) -> float:
    """Weigh several columns as more than one, but not as independent: hearts beat evenly."""
    return math.sqrt(columns - 1) * float(np.mean(ratios))


def _parts(
    activity: NDArray[np.float32], columns: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """Give the activity of all rows together in each column, margins left out."""
    width = float((columns[:, 1] - columns[:, 0]).min())
    margin = tuning.MARGIN_SHARE * width
    size = max(int(width - 2 * margin), 1)
    whole = activity[np.isfinite(activity).all(axis=1)]
    mean = whole.mean(axis=0) if len(whole) else np.full(activity.shape[1], np.nan)
    firsts = [max(round(start + margin), 0) for start, _ in columns]
    return [np.asarray(mean[first : first + size], np.float64) for first in firsts]


def _correlation(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale > 0 else 0.0
