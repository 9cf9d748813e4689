"""Posteriors of a path: where each column's row is, after all columns and all paths are weighed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.jit import kernel

LEAST_PROBABILITY = 2e-9
"""No place is so improbable that a path may not cross it: damaged ink hides a trace."""


@kernel
def path_posteriors(probabilities: NDArray[np.float32], jump: float) -> NDArray[np.float32]:
    """Give the posterior of each row in each column, over all paths through a strip.

    A path takes one row in each column; its weight is the product of its places' probabilities and
    of exp(-jump) for each row it moves. Sums over rows reached by such moves are two running sums,
    so a column costs as much as it has rows (forward-backward algorithm: L. R. Rabiner, A tutorial
    on hidden Markov models, 1989).

    Args:
        probabilities: (W, H) of each row in each column, seen by itself, 0 to 1.
        jump: how much less likely, in nats, a path is for each row it moves between columns.

    Returns:
        (W, H) posteriors, each column's sum 1.
    """
    width, height = probabilities.shape
    posteriors = np.empty((width, height), np.float32)
    step = np.exp(-jump)
    before = np.full(height, 1.0 / height)
    for x in range(width):
        for y in range(height):
            posteriors[x, y] = before[y]
            before[y] *= max(probabilities[x, y], LEAST_PROBABILITY)
        _spread(before, step)
    after = np.full(height, 1.0 / height)
    through = np.empty(height)
    for x in range(width - 1, -1, -1):
        total = 0.0
        for y in range(height):
            after[y] *= max(probabilities[x, y], LEAST_PROBABILITY)
            through[y] = posteriors[x, y] * after[y]
            total += through[y]
        for y in range(height):
            posteriors[x, y] = through[y] / total
        _spread(after, step)
    return posteriors


@kernel
def _spread(mass: NDArray[np.float64], step: float) -> None:
    """Move (H,) probability on by a column: `step` less for each row of distance; their sum is 1.

    A running sum upward through one downward weighs every distance by `step` to its power, on rows
    that go on forever; beyond the last one the sum downward would only fade.
    """
    height = mass.size
    for y in range(1, height):
        mass[y] += step * mass[y - 1]
    mass[height - 1] /= 1.0 - step * step
    total = mass[height - 1]
    for y in range(height - 2, -1, -1):
        mass[y] += step * mass[y + 1]
        total += mass[y]
    for y in range(height):
        mass[y] /= total
