"""Fit the curve that drew the ink which a path crosses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.pen import undo_pen
from ecgengine_kernels.refine import match_edges, match_ink
from ecgengine_plugins.extractors.viterbi import tuning
from ecgengine_plugins.extractors.viterbi.strip_ink import StripInk
from ecgengine_plugins.extractors.viterbi.stroke import Stroke

# Numerical: keeps the least squares solvable where nothing holds a knot.
DAMPING = 1e-3


@dataclass(frozen=True, slots=True)
class CurveFit:
    """Fits the curve that drew a strip's ink.

    Knots lie at the columns i / per_px - 0.5 of a strip, in its rows.

    Attributes:
        per_px: knots a pixel.
        baseline_px: columns over which the level is taken that peaks stand out from.
        stiffness: weight of smoothness against one edge.
        rounds: rounds of each refinement; 0 for none.
    """

    per_px: int
    baseline_px: int
    stiffness: float
    rounds: int

    def fit(
        self, strip: StripInk, stroke: Stroke
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Fit the curve of W columns drawn with a stroke.

        Returns:
            (W * per_px + 1,) knots, and for each of the W columns the root mean square residual
            of the ink when the curve is drawn again.
        """
        # Edges alone are good to a fraction of a pixel from nothing.
        middle = 0.5 * (strip.upper + strip.lower)
        half = 0.5 * (strip.lower - strip.upper) / stroke.full
        upper, lower = middle - half, middle + half
        place = np.arange(upper.size * self.per_px + 1) / self.per_px - 0.5
        guess = _first_guess(upper, lower, stroke.radius_px, self.baseline_px)
        knots = match_edges(
            upper,
            lower,
            strip.upper_trust,
            strip.lower_trust,
            np.interp(place, np.arange(upper.size), guess),
            self.per_px,
            stroke.radius_px,
            tuning.EDGE_TOLERANCE_PX,
            self.stiffness,
            tuning.BEND_PX,
            DAMPING,
            self.rounds,
        )
        return self.match_ink(strip, stroke, knots, self.rounds)

    def match_ink(
        self, strip: StripInk, stroke: Stroke, knots: NDArray[np.float64], rounds: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Fit the knots to a strip's pixels, from a start that is right to about a pixel."""
        knots, error = self.match_pixels(strip.ink, strip.trust, stroke, knots, rounds)
        return _bridge(knots, np.isfinite(strip.upper), self.per_px), error

    def match_pixels(
        self,
        ink: NDArray[np.float32],
        trust: NDArray[np.float32],
        stroke: Stroke,
        knots: NDArray[np.float64],
        rounds: int,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Fit the knots to (W, H) pixels of ink, each weighed by its trust; gives what `fit` does.

        Without any rounds the knots stay, and the residual is that of the start.
        """
        return match_ink(
            stroke.coverage(ink),
            trust,
            knots,
            self.per_px,
            stroke.radius_px,
            stroke.spread_px,
            stroke.spread_px,
            tuning.INK_TOLERANCE,
            self.stiffness,
            tuning.BEND_PX,
            DAMPING,
            rounds,
        )


def _first_guess(
    upper: NDArray[np.float64], lower: NDArray[np.float64], radius_px: float, baseline_px: int
) -> NDArray[np.float64]:
    """Take the pen's path from the edge that shows the peak; bridge columns without ink."""
    from_upper, from_lower = undo_pen(upper, lower, radius_px)
    columns = np.arange(upper.size)
    known = np.isfinite(upper)
    from_upper = np.interp(columns, columns[known], from_upper[known])
    from_lower = np.interp(columns, columns[known], from_lower[known])
    middle = 0.5 * (from_upper + from_lower)
    half = max(1, baseline_px // 2)
    window = np.ones(2 * half + 1) / (2 * half + 1)
    baseline = np.convolve(np.pad(middle, half, mode="edge"), window, mode="valid")
    peak_up = np.abs(from_upper - baseline) > np.abs(from_lower - baseline)
    return np.where(peak_up, from_upper, from_lower)


def _bridge(
    knots: NDArray[np.float64], known: NDArray[np.bool_], per_px: int
) -> NDArray[np.float64]:
    """Draw straight lines over columns without ink; hold the last value at an end."""
    free = np.repeat(~known, per_px)
    free = np.concatenate((free, free[-1:])) & np.concatenate((free[:1], free))
    places = np.arange(knots.size)
    return np.interp(places, places[~free], knots[~free])
