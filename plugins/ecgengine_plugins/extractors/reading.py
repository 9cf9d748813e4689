"""Reading one strip: from the ink that a path crosses to the curve that drew it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.edges import edge_trust
from ecgengine_kernels.pen import undo_pen
from ecgengine_kernels.refine import match_edges, match_ink
from ecgengine_plugins.extractors.options import ViterbiOptions
from ecgengine_plugins.extractors.paths import RowPath
from ecgengine_plugins.extractors.stroke import Stroke

EDGE_TOLERANCE_PX = 0.5
INK_TOLERANCE = 0.3
BEND_PX = 2.0
DAMPING = 1e-3
MARGIN_PX = 4


@dataclass(frozen=True, slots=True)
class StripInk:
    """What a path crosses in some columns, before anything is known of the stroke.

    Attributes:
        row0: row of the view that is row 0 here.
        ink: (W, H) float32 share of ink.
        trust: (W, H) float32 weight of each pixel.
        upper: (W,) float64 upper edges, NaN where the strip has no ink of its own.
        lower: (W,) float64 lower edges.
        upper_trust: (W,) float64 weight of each upper edge.
        lower_trust: (W,) float64 weight of each lower edge.
    """

    row0: int
    ink: NDArray[np.float32]
    trust: NDArray[np.float32]
    upper: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper_trust: NDArray[np.float64]
    lower_trust: NDArray[np.float64]


def cut_ink(path: RowPath, start: int, stop: int, zone_px: int, jump_px: float) -> StripInk | None:
    """Cut the columns `start` to `stop` out of a path; None when there is no ink to read.

    Within `zone_px` columns of an end, where separators, pulses and the jump to the next lead
    stand, ink is not believed once its run grows on the way out by more than `jump_px`.
    """
    upper, lower = path.upper[start:stop].copy(), path.lower[start:stop].copy()
    unsure = path.lost[start:stop] | _foreign_ends(lower - upper, zone_px, jump_px)
    upper[unsure] = np.nan
    lower[unsure] = np.nan
    known = np.isfinite(upper)
    if np.count_nonzero(known) < max(3, 0.05 * known.size):
        return None
    first, last = path.first[start:stop], path.last[start:stop]
    row0 = max(int(first[known].min()) - MARGIN_PX, 0)
    rows = slice(row0, int(last[known].max()) + 1 + MARGIN_PX)
    view = path.view
    trust = np.ascontiguousarray(view.trust[start:stop, rows])
    trust[~known] = 0.0
    hidden = np.ascontiguousarray(view.hidden[start:stop, rows])
    first = np.where(known, first - row0, 0).astype(np.int32)
    last = np.where(known, last - row0, -1).astype(np.int32)
    upper_trust, lower_trust = edge_trust(trust, hidden, first, last)
    ink = np.ascontiguousarray(view.ink[start:stop, rows])
    return StripInk(row0, ink, trust, upper - row0, lower - row0, upper_trust, lower_trust)


def fit_curve(
    strip: StripInk, stroke: Stroke, per_px: int, baseline_px: int, options: ViterbiOptions
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit the curve that drew a strip's ink.

    Args:
        strip: the ink of W columns.
        stroke: the page's stroke.
        per_px: knots a pixel.
        baseline_px: columns over which the level is taken that peaks stand out from.
        options: weights and rounds.

    Returns:
        (W * per_px + 1,) rows of the view at the columns i / per_px - 0.5, and for each of the W
        columns the root mean square error of the ink.
    """
    middle = 0.5 * (strip.upper + strip.lower)
    half = 0.5 * (strip.lower - strip.upper) / stroke.share
    upper, lower = middle - half, middle + half
    ink = np.minimum(strip.ink / np.float32(stroke.share), np.float32(1.0))
    columns = np.arange(upper.size)
    place = np.arange(upper.size * per_px + 1) / per_px - 0.5
    guess = _first_guess(upper, lower, stroke.radius_px, baseline_px)
    knots = np.interp(place, columns, guess)
    if options.rounds == 0:
        return knots + strip.row0, np.zeros(columns.size)
    knots = match_edges(
        upper,
        lower,
        strip.upper_trust,
        strip.lower_trust,
        knots,
        per_px,
        stroke.radius_px,
        EDGE_TOLERANCE_PX,
        options.stiffness,
        BEND_PX,
        DAMPING,
        options.rounds,
    )
    knots, error = match_ink(
        ink,
        strip.trust,
        knots,
        per_px,
        stroke.radius_px,
        stroke.spread_px,
        stroke.spread_px,
        INK_TOLERANCE,
        options.stiffness,
        BEND_PX,
        DAMPING,
        options.rounds,
    )
    return knots + strip.row0, error


def _foreign_ends(heights: NDArray[np.float64], zone_px: int, jump_px: float) -> NDArray[np.bool_]:
    """Columns at either end whose run of ink is much higher than what leads up to it."""
    foreign = np.zeros(heights.size, np.bool_)
    if np.isnan(heights).all():
        return foreign
    usual = np.nanmedian(heights) + jump_px
    for order in (np.arange(heights.size), np.arange(heights.size)[::-1]):
        zone = order[: zone_px + 1][::-1]
        for inner, column in zip(zone[:-1], zone[1:], strict=True):
            before = usual if np.isnan(heights[inner]) else max(2.0 * heights[inner], usual)
            if heights[column] > before:
                foreign[order[: int(np.flatnonzero(order == column)[0]) + 1]] = True
                break
    return foreign


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
