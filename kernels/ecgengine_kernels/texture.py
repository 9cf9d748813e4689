"""Enlarge fields of random numbers, with the same result on every machine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.jit import kernel


@kernel
def _taps(place: float, count: int) -> tuple[int, int, int, int, float, float, float, float]:
    """Give the four elements around a place, held at the ends, and their weights."""
    first = int(np.floor(place))
    t = place - first
    last = count - 1
    return (
        min(max(first - 1, 0), last),
        min(max(first, 0), last),
        min(max(first + 1, 0), last),
        min(max(first + 2, 0), last),
        t * (t * (1 - 0.5 * t) - 0.5),
        1 + t * t * (1.5 * t - 2.5),
        t * (t * (2 - 1.5 * t) + 0.5),
        t * t * (0.5 * t - 0.5),
    )


@kernel
def magnify(
    field: NDArray[np.float32], rows: int, columns: int, tall: float, wide: float
) -> NDArray[np.float32]:
    """Enlarge the middle of an (R, C) field to (rows, columns), by cubic convolution.

    Keys, "Cubic convolution interpolation for digital image processing", 1981.

    Args:
        field: what is enlarged; its ends are held.
        rows: rows of the result.
        columns: columns of the result.
        tall: rows of the result from one row of the field to the next.
        wide: columns of the result from one column of the field to the next.
    """
    height, width = field.shape
    high = np.empty((rows, width), np.float32)
    for r in range(rows):
        place = (r + 0.5 - rows / 2) / tall + height / 2 - 0.5
        r0, r1, r2, r3, w0, w1, w2, w3 = _taps(place, height)
        a, b, c, d = np.float32(w0), np.float32(w1), np.float32(w2), np.float32(w3)
        top, upper, lower, bottom = field[r0], field[r1], field[r2], field[r3]
        out = high[r]
        for i in range(width):
            out[i] = a * top[i] + b * upper[i] + c * lower[i] + d * bottom[i]
    near = np.empty((columns, 4), np.int64)
    weight = np.empty((columns, 4), np.float32)
    for i in range(columns):
        place = (i + 0.5 - columns / 2) / wide + width / 2 - 0.5
        c0, c1, c2, c3, w0, w1, w2, w3 = _taps(place, width)
        near[i, 0], near[i, 1], near[i, 2], near[i, 3] = c0, c1, c2, c3
        weight[i, 0], weight[i, 1], weight[i, 2], weight[i, 3] = w0, w1, w2, w3
    result = np.empty((rows, columns), np.float32)
    for r in range(rows):
        line, out = high[r], result[r]
        for i in range(columns):
            out[i] = (
                weight[i, 0] * line[near[i, 0]]
                + weight[i, 1] * line[near[i, 1]]
                + weight[i, 2] * line[near[i, 2]]
                + weight[i, 3] * line[near[i, 3]]
            )
    return result
