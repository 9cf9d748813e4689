"""Reading evenly spaced samples at other times."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def read_at(samples: NDArray[np.floating], positions: NDArray[np.floating]) -> NDArray[np.float64]:
    """Read (N,) samples at fractional indices, by Keys' cubic, NaN where they say nothing.

    Next to a NaN or an end the cubic lacks neighbors and a straight line takes its place; a
    position that falls on a sample needs that sample only. Positions outside 0..N-1, or beside
    a NaN, give NaN.

    Source: R. Keys, "Cubic convolution interpolation for digital image processing", 1981.
    """
    y = np.asarray(samples, dtype=np.float64)
    p = np.asarray(positions, dtype=np.float64)
    if y.size == 0:
        return np.full(p.shape, np.nan)
    inside = (p >= 0) & (p <= y.size - 1)
    i = np.clip(np.floor(np.where(inside, p, 0)).astype(np.intp), 0, max(y.size - 2, 0))
    t = np.where(inside, p - i, 0.0)
    padded = np.concatenate([[np.nan], y, [np.nan, np.nan]])
    a, b, c, d = (padded[i + k] for k in range(4))
    cubic = b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    value = np.where(np.isfinite(cubic), cubic, b + t * (c - b))
    value = np.where(t == 0, b, np.where(t == 1, c, value))
    return np.where(inside, value, np.nan)


def resample(samples: NDArray[np.floating], fs_hz: float, to_hz: float) -> NDArray[np.float64]:
    """Resample (N,) samples from `fs_hz` to `to_hz`; the first sample keeps its time.

    Nothing is filtered: this reads the curve through the samples at new times.
    """
    count = round(np.asarray(samples).size * to_hz / fs_hz)
    positions = np.arange(count) * (fs_hz / to_hz)
    return read_at(samples, np.minimum(positions, np.asarray(samples).size - 1.0))
