"""Fit in spite of outliers: again and again, with less weight on what the last fit left far off."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

TUKEY = 4.7
"""Residuals of so many standard deviations weigh nothing: where all are normal, the fit keeps 95 %
of the precision of plain least squares (4.685)."""

_MAD_TO_SIGMA = 1.4826
"""Standard deviation of normal residuals over the median of their absolute values."""

FitT = TypeVar("FitT")


def fit_robustly(
    fit: Callable[[NDArray[np.float64]], tuple[FitT, NDArray[np.float64]]],
    trust: NDArray[np.float64],
    rounds: int,
    least_spread: float,
    *,
    tukey: float = TUKEY,
    judged: NDArray[np.float64] | None = None,
    within: float = np.inf,
) -> tuple[FitT, NDArray[np.float64]]:
    """Fit `rounds` times, each time with the weights that the residuals of the last fit get.

    A residual r weighs (1 - (r / (tukey * s)) ** 2) ** 2, and nothing beyond, where s is the
    spread of all (A. E. Beaton and J. W. Tukey, "The fitting of power series, meaning polynomials,
    illustrated on band-spectroscopic data", 1974).

    Args:
        fit: from weights, of any shape, to what was fitted and the residuals, of the same shape.
        trust: weights of the first round, by which those of the later ones are multiplied.
        rounds: how often to fit, at least once.
        least_spread: lower limit of the spread, in the unit of the residuals.
        tukey: spreads from which a residual weighs nothing.
        judged: how much each residual counts in the spread; as much as its trust by default.
        within: spreads of the round before within which residuals count in the spread.

    Returns:
        What was fitted last, and the weights that its residuals get.
    """
    weights = trust
    counted = trust if judged is None else judged
    spread = np.inf
    for _ in range(rounds):
        fitted, residuals = fit(weights)
        away = np.abs(residuals)
        median = weighted_median(away, counted * (away < within * spread))
        spread = max(_MAD_TO_SIGMA * median, least_spread)
        weights = trust * np.clip(1 - (away / (tukey * spread)) ** 2, 0.0, None) ** 2
    return fitted, weights


def weighted_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Give the value with half of the weight on either side; 0 where all weights are 0."""
    heavy = weights > 0
    if not heavy.any():
        return 0.0
    values, weights = values[heavy], weights[heavy]
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    sides = [np.searchsorted(total, total[-1] / 2, side) for side in ("left", "right")]
    return float(values[order][np.minimum(sides, len(values) - 1)].mean())
