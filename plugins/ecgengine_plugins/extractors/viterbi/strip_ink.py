"""Cut the ink of one strip: what a path crosses in its columns, and how far to believe it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.edges import edge_trust
from ecgengine_plugins.extractors.viterbi import tuning
from ecgengine_plugins.extractors.viterbi.paths import RowPath

# Pixel rows kept around the ink, for a curve that leaves it.
MARGIN_PX = 4


@dataclass(frozen=True, slots=True)
class StripInk:
    """What a path crosses in some columns, before anything is known of the stroke.

    Attributes:
        row0: row of the view that is row 0 here.
        ink: (W, H) float32 coverage.
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
    stand, ink is not believed that is higher, or further away, than what leads up to it by more
    than `jump_px` and looks like one of these.
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
    unsure = path.lost[start:stop] | (np.maximum(upper_trust, lower_trust) < tuning.LEAST_TRUST)
    upper[unsure] = np.nan
    lower[unsure] = np.nan
    adjoins = (start in view.bounds, stop - 1 in view.bounds or stop in view.bounds)
    foreign = _foreign_ends(upper, lower, adjoins, zone_px, jump_px)
    upper[foreign] = np.nan
    lower[foreign] = np.nan
    known = np.isfinite(upper)
    if np.count_nonzero(known) < max(3, 0.05 * known.size):
        return None
    trust[~known] = 0.0
    row = np.arange(trust.shape[1])[None, :] + row0
    seed = path.rows[start:stop, None]
    for edge, belief, foreign_edge, beyond in (
        (upper, upper_trust, path.upper_lost[start:stop], row < seed),
        (lower, lower_trust, path.lower_lost[start:stop], row > seed),
    ):
        own, others = np.flatnonzero(known & ~foreign_edge), np.flatnonzero(known & foreign_edge)
        if own.size and others.size:
            edge[others] = np.interp(others, own, edge[own])
        belief[foreign_edge] = 0.0
        trust[beyond & foreign_edge[:, None]] = 0.0
    ink = np.ascontiguousarray(view.ink[start:stop, rows])
    return StripInk(row0, ink, trust, upper - row0, lower - row0, upper_trust, lower_trust)


def _foreign_ends(
    upper: NDArray[np.float64],
    lower: NDArray[np.float64],
    adjoins: tuple[bool, bool],
    zone_px: int,
    jump_px: float,
) -> NDArray[np.bool_]:
    """Columns at either end that hold a bar, or the jump to the lead that adjoins there.

    On the way out, a bar is a run much higher than the one before that keeps both its edges in
    the next column; a jump is a run that is higher, or lies elsewhere, right at the adjoining end.
    """
    heights = lower - upper
    foreign = np.zeros(heights.size, np.bool_)
    if np.isnan(heights).all():
        return foreign
    usual = np.nanmedian(heights) + jump_px
    for order, joined in zip(
        (range(heights.size), range(heights.size)[::-1]), adjoins, strict=True
    ):
        zone = [c for c in order[:zone_px] if not np.isnan(heights[c])]
        inside = next((c for c in order[zone_px:] if not np.isnan(heights[c])), None)
        while zone and inside is not None:
            column = zone.pop()
            high = heights[column] > max(2.0 * heights[inside], usual)
            apart = max(upper[column] - lower[inside], upper[inside] - lower[column])
            flat = bool(zone) and (
                abs(upper[zone[-1]] - upper[column]) + abs(lower[zone[-1]] - lower[column])
                < tuning.FLAT_PX
            )
            jump = joined and (
                apart > jump_px or (high and abs(column - order[0]) < tuning.JUMP_COLUMNS)
            )
            if jump or (high and flat):
                foreign[[column, *zone]] = True
                break
            inside = column
    return foreign
