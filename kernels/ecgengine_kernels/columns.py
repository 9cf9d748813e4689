"""Trace by columns: follow the darkest run of each column from its neighbor's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.jit import kernel


@kernel
def trace_columns(
    ink: NDArray[np.float32],
    start_row: float,
    reach: float,
    faintest: float,
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Read the darkness-weighted center of one run of ink a column, from left to right.

    Of the runs in a column the one is taken that weighs most after its distance from the last
    center is counted against it (a run `reach` rows away counts half).

    Args:
        ink: (W, H) coverage, 0 to 1.
        start_row: where the trace is expected in the first column.
        reach: rows of distance that halve the weight of a run.
        faintest: ink below this share does not count.

    Returns:
        (W,) float64 center rows, NaN where a column has no ink, and (W,) float32 confidence:
        the part of the column's ink that lies in the chosen run.
    """
    width, height = ink.shape
    center = np.full(width, np.nan)
    confidence = np.zeros(width, np.float32)
    last = start_row
    for x in range(width):
        column = 0.0
        best_score = 0.0
        best_mass = 0.0
        best_center = np.nan
        y = 0
        while y < height:
            if ink[x, y] < faintest:
                y += 1
                continue
            first = y
            mass = 0.0
            moment = 0.0
            while y < height and ink[x, y] >= faintest:
                mass += ink[x, y]
                moment += ink[x, y] * y
                y += 1
            column += mass
            away = max(first - last, last - (y - 1), 0.0)
            score = mass * 0.5 ** (away / reach)
            if score > best_score:
                best_score = score
                best_mass = mass
                best_center = moment / mass
        if best_score > 0.0:
            center[x] = best_center
            confidence[x] = best_mass / column
            last = best_center
    return center, confidence
