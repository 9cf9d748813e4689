"""Reading a lead at another rate.

The core's own few lines for files that are compared; curves from paper are sampled by a kernel.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def resample(samples: NDArray[np.floating], fs_hz: float, to_hz: float) -> NDArray[np.float64]:
    """Resample (N,) samples from `fs_hz` to `to_hz` by Keys' cubic; the first keeps its time.

    Next to a NaN or an end the cubic lacks neighbors and a straight line takes its place; beside
    a NaN, unless on a known sample, the result is NaN. Nothing is filtered.

    Source: R. Keys, "Cubic convolution interpolation for digital image processing", 1981.
    """
    y = np.asarray(samples, dtype=np.float64)
    if y.size == 0:
        return y
    count = round(y.size * to_hz / fs_hz)
    # The last output may lie a fraction of a sample beyond the last input, which is then held.
    place = np.minimum(np.arange(count) * (fs_hz / to_hz), y.size - 1.0)
    nearest = np.rint(place)
    place = np.where(np.abs(place - nearest) < 1e-9, nearest, place)
    i = np.floor(place).astype(np.intp)
    t = place - i
    padded = np.concatenate([[np.nan], y, [np.nan, np.nan]])
    a, b, c, d = (padded[i + k] for k in range(4))
    cubic = b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    value = np.where(np.isfinite(cubic), cubic, b + t * (c - b))
    result: NDArray[np.float64] = np.where(t == 0, b, value)
    return result
