"""All paths through a strip at once: how many of them run through each place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.jit import kernel

# No place is so unlikely that a path may not cross it: damaged ink hides a trace.
LEAST_CHANCE = 2e-9


@kernel
def path_shares(chances: NDArray[np.float32], jump: float) -> NDArray[np.float32]:
    """Tell which share of all paths, weighed by their chance, runs through each place.

    A path takes one row in each column; its chance is the product of its places' chances and of
    exp(-jump) for each row it moves. Sums over rows reached by such moves are two running sums, so
    a column costs as much as it has rows (forward-backward algorithm: L. R. Rabiner, A tutorial on
    hidden Markov models, 1989).

    Args:
        chances: (W, H) chance of each row in each column, 0 to 1.
        jump: how much less likely, in nats, a path is for each row it moves between columns.

    Returns:
        (W, H) shares, each column's sum 1.
    """
    width, height = chances.shape
    shares = np.empty((width, height), np.float32)
    step = np.exp(-jump)
    before = np.full(height, 1.0 / height)
    for x in range(width):
        for y in range(height):
            shares[x, y] = before[y]
            before[y] *= max(chances[x, y], LEAST_CHANCE)
        _spread(before, step)
    after = np.full(height, 1.0 / height)
    through = np.empty(height)
    for x in range(width - 1, -1, -1):
        total = 0.0
        for y in range(height):
            after[y] *= max(chances[x, y], LEAST_CHANCE)
            through[y] = shares[x, y] * after[y]
            total += through[y]
        for y in range(height):
            shares[x, y] = through[y] / total
        _spread(after, step)
    return shares


@kernel
def _spread(chances: NDArray[np.float64], step: float) -> None:
    """Move (H,) chances on by a column: `step` less for each row of distance; their sum is 1.

    A running sum upward through one downward weighs every distance by `step` to its power, on rows
    that go on forever; beyond the last one the sum downward would only fade.
    """
    height = chances.size
    for y in range(1, height):
        chances[y] += step * chances[y - 1]
    chances[height - 1] /= 1.0 - step * step
    total = chances[height - 1]
    for y in range(height - 2, -1, -1):
        chances[y] += step * chances[y + 1]
        total += chances[y]
    for y in range(height):
        chances[y] /= total
