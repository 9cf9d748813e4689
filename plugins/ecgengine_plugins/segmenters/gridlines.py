"""Where printed lines may lie along one axis of a sheet, and how dark they are there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_REACH_MM = 0.25
_REACH_PX = 0.8
_SHOWS = 0.16


@dataclass(frozen=True, slots=True)
class LineMask:
    """Pixels of one axis that a printed grid line may touch.

    Attributes:
        near: (N,) True where a line, of either weight, may lie.
        heavy: (N,) True where that line is a heavy one.
        offset_px: (N,) int, signed distance from the nearest line, rounded; 0 off the lines.
    """

    near: NDArray[np.bool_]
    heavy: NDArray[np.bool_]
    offset_px: NDArray[np.intp]

    @classmethod
    def of_axis(
        cls,
        size: int,
        origin_px: float,
        px_per_mm: float,
        minor_mm: float | None,
        major_mm: float | None,
    ) -> LineMask:
        """Lay the comb of lines over `size` pixels; lines are `_REACH_MM` wide either way."""
        position = np.arange(size, dtype=np.float64)
        near = np.zeros(size, dtype=bool)
        heavy = np.zeros(size, dtype=bool)
        offset = np.zeros(size, dtype=np.intp)
        reach = _REACH_MM * px_per_mm + _REACH_PX
        for period_mm, weighs in ((minor_mm, False), (major_mm, True)):
            if period_mm is None:
                continue
            period = period_mm * px_per_mm
            distance = (position - origin_px + period / 2) % period - period / 2
            touched = np.abs(distance) <= min(reach, 0.4 * period)
            near |= touched
            heavy[touched] = weighs
            offset[touched] = np.rint(distance[touched]).astype(np.intp)
        return cls(near, heavy, offset)

    @classmethod
    def empty(cls, size: int) -> LineMask:
        """Give the mask of an axis without lines."""
        return cls(
            np.zeros(size, dtype=bool), np.zeros(size, dtype=bool), np.zeros(size, dtype=np.intp)
        )

    def excess(
        self, medians: NDArray[np.float32], paper: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Darkness of the lines above the paper, (N, tiles), and rows (N,) of lines that show.

        medians, paper: (N, tiles) darkness along the axis. A level trace that happens to run along
        a line must not pass for it: a line is believed to be as dark as three quarters of its
        kind at the same distance from their centers, and no darker.
        """
        result = np.zeros_like(paper)
        shows = np.zeros(self.near.size, dtype=bool)
        raw = np.where(self.near[:, None], medians - paper, 0.0)
        for kind in (False, True):
            chosen = self.near & (self.heavy == kind)
            offsets = np.unique(self.offset_px[chosen])
            typical = {
                int(d): float(np.quantile(raw[chosen & (self.offset_px == d)], 0.75))
                for d in offsets
            }
            for d in offsets:
                at = chosen & (self.offset_px == d)
                cap = max(typical.get(int(n), 0.0) for n in (d - 1, d, d + 1)) + 0.03
                result[at] = np.clip(raw[at], 0.0, max(cap, 0.0))
                shows[at] = cap > _SHOWS
        return result, shows
