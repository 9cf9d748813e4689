"""Resample a curve with gaps to evenly spaced times."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.jit import kernel


@kernel
def resample_cubic(
    samples: NDArray[np.float64], first: float, step: float, count: int
) -> NDArray[np.float64]:
    """Read a curve at evenly spaced places by four-point cubic (Catmull-Rom) interpolation.

    Beside a gap or an end, where four samples are not to be had, the interpolation is linear;
    a place whose two neighbors are not both known is NaN, unless it lies on a known sample.

    Args:
        samples: (N,) the curve, NaN where unknown.
        first: place of the first output, in samples of the input.
        step: distance of outputs, in samples of the input.
        count: number of outputs.

    Returns:
        (count,) float64, NaN outside the curve.
    """
    size = samples.size
    result = np.full(count, np.nan)
    for k in range(count):
        place = first + k * step
        nearest = int(np.floor(place + 0.5))
        if abs(place - nearest) < 1e-9:
            if 0 <= nearest < size:
                result[k] = samples[nearest]
            continue
        i = int(np.floor(place))
        if i < 0 or i + 1 >= size:
            continue
        t = place - i
        a, b = samples[i], samples[i + 1]
        if np.isnan(a) or np.isnan(b):
            continue
        linear = a + (b - a) * t
        result[k] = linear
        if i >= 1 and i + 2 < size:
            before, after = samples[i - 1], samples[i + 2]
            if not (np.isnan(before) or np.isnan(after)):
                slope_a = 0.5 * (b - before)
                slope_b = 0.5 * (after - a)
                u = 1.0 - t
                # Hermite form: the line, bent by what the slopes differ from it.
                result[k] = linear + t * u * (u * (slope_a - b + a) - t * (slope_b - b + a))
    return result
