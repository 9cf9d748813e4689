"""Tell a heart's traces from other curves: they rest between complexes and come back after them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.matchers.arrangement import tuning
from ecgengine_plugins.matchers.arrangement.beats import activities, row_curves
from ecgengine_plugins.matchers.ends import TracedRow
from ecgengine_plugins.paper.peaks import strong_maxima


def heart_probability(
    traced: Sequence[TracedRow], span_px: tuple[float, float], x_mm: float
) -> float:
    """Give how probable it is that rows show an ECG, and not an EEG, a chart or noise."""
    step = max(int(x_mm / tuning.BEATS_PX_PER_MM), 1)
    curves = row_curves(traced, span_px, x_mm, step)
    share, back = heart_signs(curves, activities(curves, x_mm / step), x_mm / step)
    (mean, spread), (other, wide) = tuning.HEART_ENERGY, tuning.OTHER_ENERGY
    ratio = math.log(wide / spread) + 0.5 * (
        ((share - other) / wide) ** 2 - ((share - mean) / spread) ** 2
    )
    scale, anything = tuning.HEART_STEP
    steps = math.log((1 - anything) * math.exp(-back / scale) / scale + anything)
    logit = tuning.HEART_LOGIT + min(ratio, tuning.MOST_ENERGY) + steps
    return 1 / (1 + math.exp(-logit))


def heart_signs(
    curves: NDArray[np.float32], activity: NDArray[np.float32], x_mm: float
) -> tuple[float, float]:
    """Measure how far rows run as a heart's do: at rest between complexes that come back to it.

    Returns:
        The share of the activity's energy that lies at its strong maxima, and how far curves stand
        after these from where they stood before, as a share of their swing; medians over rows and
        over maxima. (0, 0) where nothing is known.
    """
    around = round(tuning.AT_MAXIMUM_MM * x_mm)
    before, after = (round(mm * x_mm) for mm in tuning.COMPLEX_MM)
    end = max(round(tuning.REST_MM * x_mm), 1)
    shares, steps = [], []
    for curve, active in zip(curves, activity, strict=True):
        if not np.isfinite(active).all():
            continue
        beats = strong_maxima(active, tuning.BEAT_ACTIVITY, round(tuning.CLOSEST_BEATS_MM * x_mm))
        energy = active.astype(np.float64) ** 2
        near = np.zeros(active.size, bool)
        for beat in beats:
            near[max(beat - around, 0) : beat + around + 1] = True
        shares.append(float(energy[near].sum() / max(float(energy.sum()), 1e-9)))
        for beat in beats[(beats >= before) & (beats < curve.size - after)]:
            whole = curve[beat - before : beat + after]
            step = abs(float(np.median(whole[:end]) - np.median(whole[-end:])))
            steps.append(step / max(float(np.ptp(whole)), 1e-6))
    return (
        float(np.median(shares)) if shares else 0.0,
        float(np.median(steps)) if steps else 0.0,
    )
