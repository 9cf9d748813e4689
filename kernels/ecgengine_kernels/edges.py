"""Sub-pixel edges of the ink that belongs to a path."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.jit import kernel


@kernel
def run_edges(
    ink: NDArray[np.float32],
    rows: NDArray[np.int32],
    faintest: float,
    search: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int32], NDArray[np.int32]]:
    """Measure the upper and lower edge of the run of ink that a path crosses in each column.

    An edge is where a run of full ink with the same coverage would end: the sum of coverage from
    a row of full ink outward is the mean edge over the width of the column, whatever symmetric
    blur the picture has. A run with no full row is taken as symmetric about its center of mass.

    Args:
        ink: (W, H) coverage by ink, 0 to 1.
        rows: (W,) a row of the path in each column; ink within `search` rows of it counts as hit.
        faintest: a run ends where coverage falls below this share, or rises again from less
            than half.
        search: rows above and below the path that are looked at when the path itself is on white.

    Returns:
        (W,) float64 upper and lower edges, NaN where the path crosses no ink, then the (W,) int32
        first and last row of the run (first > last where there is none).
    """
    width, height = ink.shape
    upper = np.full(width, np.nan)
    lower = np.full(width, np.nan)
    first = np.zeros(width, np.int32)
    last = np.full(width, -1, np.int32)
    for x in range(width):
        seed = _nearest_ink(ink[x], rows[x], search)
        if ink[x, seed] < faintest:
            continue
        top = _run_end(ink[x], seed, faintest, -1)
        bottom = _run_end(ink[x], seed, faintest, 1)
        full = seed
        mass = 0.0
        moment = 0.0
        for y in range(top, bottom + 1):
            mass += ink[x, y]
            moment += ink[x, y] * y
            if ink[x, y] > ink[x, full]:
                full = y
        # Half a row beyond each end holds the tails that fell below `faintest`.
        above_mass = ink[x, top - 1] if top > 0 and ink[x, top - 1] < faintest else 0.0
        below_mass = (
            ink[x, bottom + 1] if bottom < height - 1 and ink[x, bottom + 1] < faintest else 0.0
        )
        mass += above_mass + below_mass
        moment += above_mass * (top - 1) + below_mass * (bottom + 1)
        if ink[x, full] > 0.95:
            outward = above_mass
            for y in range(top, full):
                outward += ink[x, y]
            upper[x] = full - 0.5 - outward
            lower[x] = upper[x] + mass
        else:
            center = moment / mass
            upper[x] = center - 0.5 * mass
            lower[x] = center + 0.5 * mass
        first[x] = top
        last[x] = bottom
    return upper, lower, first, last


@kernel
def _nearest_ink(column: NDArray[np.float32], row: int, search: int) -> int:
    """The nearest row of at least half ink; where there is none, that of most ink."""
    seed = row
    for step in range(1, search + 1):
        if column[seed] >= 0.5:
            break
        above, below = row - step, row + step
        if above >= 0 and column[above] > column[seed]:
            seed = above
        if below < column.size and column[below] > column[seed]:
            seed = below
    return seed


@kernel
def _run_end(column: NDArray[np.float32], row: int, faintest: float, step: int) -> int:
    """The last row of a run upward (step -1) or downward (step 1)."""
    while 0 <= row + step < column.size and column[row + step] >= faintest:
        if column[row] < 0.2 and column[row + step] > column[row] + 0.2:
            break
        row += step
    return row


@kernel
def edge_trust(
    trust: NDArray[np.float32],
    hidden: NDArray[np.float32],
    first: NDArray[np.int32],
    last: NDArray[np.int32],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Say how far each edge of a run can be believed.

    Args:
        trust: (W, H) how far the ink is believed to be the trace's, 0 to 1.
        hidden: (W, H) how far a trace could lie here unseen; a run that ends beside a hidden
            place may go on in it.
        first: (W,) first row of each run.
        last: (W,) last row of each run; no run where it is less than the first.

    Returns:
        (W,) float64 trust in the upper and in the lower edge, 0 without a run.
    """
    width, height = trust.shape
    upper = np.zeros(width)
    lower = np.zeros(width)
    for x in range(width):
        if last[x] < first[x]:
            continue
        mean = 0.0
        for y in range(first[x], last[x] + 1):
            mean += trust[x, y]
        mean /= last[x] - first[x] + 1
        above = 0.0
        below = 0.0
        for step in range(3):
            above = max(above, hidden[x, max(first[x] - step, 0)])
            below = max(below, hidden[x, min(last[x] + step, height - 1)])
        upper[x] = mean * (1.0 - above)
        lower[x] = mean * (1.0 - below)
    return upper, lower
