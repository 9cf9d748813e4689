"""Tell from the grid lines in each tile of a page, before all else, whether it lies flat.

A page that does needs no search for each crossing (`mesh`), which costs several times as much.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.rectifiers.grid import tuning
from ecgengine_plugins.rectifiers.grid.lattice import Lattice, StraightLines
from ecgengine_plugins.rectifiers.grid.phase import Phases


@dataclass(frozen=True, slots=True)
class Flatness:
    """How flat the grid of a page lies.

    Attributes:
        bent_mm: how far nine in ten tiles lie from an evenly stretched flat sheet, at most.
        buckled_mm: the same, with rows and columns shifted as a scanner's feed may shift them.
        period_mm: distance of lines that are told from one another.
        seen: share of the tiles on the grid in which its lines were seen, 0 to 1.
        share: how much of the page the grid fills, 0 to 1.
        beyond: how much of the page is as full of fine lines beyond it, 0 to 1.
        turn_deg: how far it is turned in the picture.
    """

    bent_mm: float
    buckled_mm: float
    period_mm: float
    seen: float
    share: float
    beyond: float
    turn_deg: float

    @property
    def lies_flat(self) -> bool:
        """Whether paper that lies flat fills the picture and leaves no room for another sheet.

        Where it is turned, the picture's corners show what it lies on: `mesh` finds its edges.
        """
        level = self.bent_mm < min(tuning.FLAT_MM, tuning.FLAT_PERIODS * self.period_mm)
        level = level and self.buckled_mm < tuning.LEVEL_MM
        alone = self.share > tuning.FLAT_SHARE and self.beyond < tuning.MOST_BEYOND
        upright = abs(self.turn_deg) < tuning.FLAT_TURN_DEG
        return level and alone and upright and self.seen > tuning.FLAT_SEEN


def measure_flatness(lines: StraightLines) -> Flatness | None:
    """Measure how flat a page lies whose lines were found as if it did; None for none seen."""
    seen = [_seen(family.phases) for family in lines.families]
    if not all(tiles.any() for tiles in seen):
        return None
    away = [_off_plane(lines.left_mm(axis, lines.planes[axis]), seen[axis]) for axis in (0, 1)]
    bent_mm, buckled_mm = (float(np.hypot(*both)) for both in zip(*away, strict=True))
    # Bands along the lines tell best where these end.
    ends = [_ends(tiles.mean(axis=1)) for tiles in seen]
    height, width = lines.upright.values.shape
    lengths = [
        (stop - start) / len(tiles) * side
        for (start, stop), tiles, side in zip(ends, seen, (height, width), strict=True)
    ]
    on_grid = np.zeros((len(seen[0]), len(seen[1])), np.bool_)
    on_grid[slice(*ends[0]), slice(*ends[1])] = True
    slope = lines.planes[0].plane[1] / lines.planes[0].plane[0]
    page_px = lines.planes[0].size_px[0] * lines.planes[0].size_px[1] / lines.upright.px_per_px**2
    return Flatness(
        bent_mm,
        buckled_mm,
        min(family.period_mm for family in lines.families),
        min(float(tiles[slice(*end)].mean()) for end, tiles in zip(ends, seen, strict=True)),
        lengths[0] * lengths[1] / page_px,
        _lined_beyond(lines.upright.values, on_grid),
        float(np.degrees(np.arctan(slope))),
    )


def see_grid(
    lines: StraightLines, lattice: Lattice, places: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Tell of (N, 2) points of a page whether both families of lines were seen, and how far off.

    That is in the nearest tile, in millimeters from the lattice.
    """
    at = lines.upright.from_page(places)
    sure, squared = np.ones(len(places), np.bool_), np.zeros(len(places))
    for axis, mm in enumerate((lattice.u_mm, lattice.v_mm)):
        phases = lines.families[axis].phases
        tile = (_nearest(phases.along, at[:, 1 - axis]), _nearest(phases.across, at[:, axis]))
        sure &= _seen(phases)[tile]
        squared += lines.left_mm(axis, mm)[tile] ** 2
    return sure, np.sqrt(squared)


def _seen(phases: Phases) -> NDArray[np.bool_]:
    """(R, C) whether the lines were seen in each tile."""
    return (phases.match > tuning.SEEN_MATCH) & (phases.contrast > tuning.SEEN_CONTRAST)


def _off_plane(left_mm: NDArray[np.float64], seen: NDArray[np.bool_]) -> tuple[float, float]:
    """How far nine in ten tiles are off a plane, at most, before and after rows may be shifted."""
    rows, columns = np.nonzero(seen)
    design = np.column_stack([rows, columns, np.ones(len(rows))])
    away = np.full(seen.shape, np.nan)
    away[seen] = left_mm[seen] - design @ np.linalg.lstsq(design, left_mm[seen], rcond=None)[0]
    bent_mm = np.nanquantile(np.abs(away), tuning.FLAT_QUANTILE)
    away = away[np.ix_(seen.any(axis=1), seen.any(axis=0))]
    for axis in (0, 1):
        away = away - np.nanmedian(away, axis=axis, keepdims=True)
    return float(bent_mm), float(np.nanquantile(np.abs(away), tuning.FLAT_QUANTILE))


def _ends(support: NDArray[np.float64]) -> tuple[int, int]:
    """The first and the one after the last of some bands that lie on the grid."""
    held = np.flatnonzero(support > tuning.END_SUPPORT * support.max())
    return int(held[0]), int(held[-1]) + 1


def _lined_beyond(values: NDArray[np.float32], on_grid: NDArray[np.bool_]) -> float:
    """Share of (H, W) gridness that is as uneven as on the grid, beyond its (R, C) bands."""
    few = values[:: tuning.BEYOND_STEP_PX, :: tuning.BEYOND_STEP_PX]
    uneven = cv2.resize(np.square(few), on_grid.shape[::-1], interpolation=cv2.INTER_AREA)
    lined = uneven > tuning.LINED * np.median(uneven[on_grid])
    return float((lined & ~on_grid).mean())


def _nearest(centers: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.intp]:
    """(N,) the nearest of (K,) ascending centers to each place."""
    return np.searchsorted((centers[1:] + centers[:-1]) / 2, places)
