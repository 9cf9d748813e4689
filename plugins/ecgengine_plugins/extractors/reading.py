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

EDGE_TOLERANCE_PX = 0.3
INK_TOLERANCE = 0.3
BEND_PX = 10.0
DAMPING = 1e-3
MARGIN_PX = 4
LEAST_TRUST = 0.2
BASELINE_S = 0.16


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
    view = path.view
    upper, lower = path.upper[start:stop].copy(), path.lower[start:stop].copy()
    first, last = path.first[start:stop], path.last[start:stop]
    inked = last >= first
    if not inked.any():
        return None
    row0 = max(int(first[inked].min()) - MARGIN_PX, 0)
    rows = slice(row0, int(last[inked].max()) + 1 + MARGIN_PX)
    trust = np.ascontiguousarray(view.trust[start:stop, rows])
    upper_trust, lower_trust = edge_trust(
        trust,
        np.ascontiguousarray(view.hidden[start:stop, rows]),
        np.where(inked, first - row0, 0).astype(np.int32),
        np.where(inked, last - row0, -1).astype(np.int32),
    )
    unsure = path.lost[start:stop] | (np.maximum(upper_trust, lower_trust) < LEAST_TRUST)
    upper[unsure] = np.nan
    lower[unsure] = np.nan
    foreign = _foreign_ends(upper, lower, zone_px, jump_px)
    upper[foreign] = np.nan
    lower[foreign] = np.nan
    known = np.isfinite(upper)
    if np.count_nonzero(known) < max(3, 0.05 * known.size):
        return None
    trust[~known] = 0.0
    ink = np.ascontiguousarray(view.ink[start:stop, rows])
    return StripInk(row0, ink, trust, upper - row0, lower - row0, upper_trust, lower_trust)


def fit_curve(
    strip: StripInk, stroke: Stroke, per_px: int, px_per_s: float, options: ViterbiOptions
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit the curve that drew a strip's ink.

    Args:
        strip: the ink of W columns.
        stroke: the page's stroke.
        per_px: knots a pixel.
        px_per_s: pixels a second.
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
    guess = _first_guess(upper, lower, stroke.radius_px, round(BASELINE_S * px_per_s))
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
    return _bridge(knots, np.isfinite(upper), per_px) + strip.row0, error


def _foreign_ends(
    upper: NDArray[np.float64], lower: NDArray[np.float64], zone_px: int, jump_px: float
) -> NDArray[np.bool_]:
    """Columns at either end whose run of ink is much higher than, or far from, the one inside."""
    heights = lower - upper
    foreign = np.zeros(heights.size, np.bool_)
    if np.isnan(heights).all():
        return foreign
    usual = np.nanmedian(heights) + jump_px
    for order in (np.arange(heights.size), np.arange(heights.size)[::-1]):
        zone = order[:zone_px]
        inside = next((c for c in order[zone_px:] if not np.isnan(heights[c])), None)
        if inside is None:
            continue
        for column in zone[::-1]:
            if np.isnan(heights[column]):
                continue
            apart = max(upper[column] - lower[inside], upper[inside] - lower[column])
            if heights[column] > max(2.0 * heights[inside], usual) or apart > jump_px:
                foreign[zone[: int(np.flatnonzero(zone == column)[0]) + 1]] = True
                break
            inside = column
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


def _bridge(
    knots: NDArray[np.float64], known: NDArray[np.bool_], per_px: int
) -> NDArray[np.float64]:
    """Draw straight lines over columns without ink; hold the last value at an end."""
    free = np.repeat(~known, per_px)
    free = np.concatenate((free, free[-1:])) & np.concatenate((free[:1], free))
    places = np.arange(knots.size)
    return np.interp(places, places[~free], knots[~free])
