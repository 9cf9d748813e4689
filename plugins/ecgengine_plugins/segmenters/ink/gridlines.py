"""Find where printed lines may lie along one axis of a sheet, and how dark they are there."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.paper.runs import runs
from ecgengine_plugins.segmenters.ink import tuning


@dataclass(frozen=True, slots=True)
class LineMask:
    """Pixels of one axis that a printed grid line may touch.

    Attributes:
        near: (N,) True where a line, of either weight, may lie.
        heavy: (N,) True where that line is a heavy one.
        offset_px: (N,) int, signed distance from the nearest line, rounded; 0 off the lines.
        reach_px: how far the darkness of a line may reach from its center.
    """

    near: NDArray[np.bool_]
    heavy: NDArray[np.bool_]
    offset_px: NDArray[np.intp]
    reach_px: int

    @classmethod
    def of_axis(
        cls,
        size: int,
        origin_px: float,
        px_per_mm: float,
        minor_mm: float | None,
        major_mm: float | None,
    ) -> LineMask:
        """Lay the comb of lines over `size` pixels; heavy ones may lie off their place."""
        position = np.arange(size, dtype=np.float64)
        near = np.zeros(size, dtype=bool)
        heavy = np.zeros(size, dtype=bool)
        offset = np.zeros(size, dtype=np.intp)
        reach = tuning.LINE_REACH_MM * px_per_mm + tuning.LINE_REACH_PX
        drifted = max(reach, tuning.LINE_DRIFT_MM * px_per_mm)
        kinds = ((minor_mm, False, reach), (major_mm, True, drifted))
        for period_mm, weighs, width in kinds:
            if period_mm is None:
                continue
            period = period_mm * px_per_mm
            distance = (position - origin_px + period / 2) % period - period / 2
            touched = np.abs(distance) <= min(width, 0.4 * period)
            near |= touched
            heavy[touched] = weighs
            offset[touched] = np.rint(distance[touched]).astype(np.intp)
        return cls(near, heavy, offset, round(reach))

    @property
    def bold(self) -> NDArray[np.bool_]:
        """(N,) True where a heavy line lies if it has not drifted."""
        return self.heavy & (np.abs(self.offset_px) <= self.reach_px)

    def excess(
        self, medians: NDArray[np.float32], paper: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Darkness of the lines above the paper, (N, tiles), and rows (N,) of lines that show.

        medians, paper: (N, tiles) darkness along the axis. A level trace that happens to run along
        a line must not pass for it: a line is believed to be as dark as the darker ones of its
        kind at the same distance from their centers, and no darker; a light line also not much
        darker than it is elsewhere.
        """
        raw = np.where(self.near[:, None], medians - paper, 0.0)
        offsets = self.offset_px[:, None] - self._drift(raw)
        ceiling = tuning.LINE_LOCAL * np.median(raw, axis=1, keepdims=True) + tuning.LINE_MARGIN
        result = np.zeros_like(paper)
        shows = np.zeros(self.near.size, dtype=bool)
        for kind in (False, True):
            chosen = (self.near & (self.heavy == kind))[:, None]
            span = range(-self.reach_px, self.reach_px + 1)
            places = {d: chosen & (offsets == d) for d in span}
            quantile = tuning.HEAVY_QUANTILE if kind else tuning.LIGHT_QUANTILE
            typical = {
                d: float(np.quantile(raw[at], quantile)) if at.any() else 0.0
                for d, at in places.items()
            }
            for d, at in places.items():
                around = (d,) if kind else (d - 1, d, d + 1)
                cap = max(max(typical.get(n, 0.0) for n in around) + tuning.LINE_MARGIN, 0.0)
                limit = cap if kind else np.minimum(cap, ceiling)
                result = np.where(at, np.clip(raw, 0.0, limit), result)
                if cap > tuning.LINE_SHOWS:
                    shows |= at.any(axis=1)
        return np.asarray(result, dtype=np.float32), shows

    def _drift(self, raw: NDArray[np.float32]) -> NDArray[np.intp]:
        """Measure how far each heavy line lies off its place, in pixels, (N, tiles).

        The darkest row of a line over all tiles first, then that of each tile close by, where
        the first is clearly lighter: a trace along a line must not pass for a moved one.
        """
        drift = np.zeros(raw.shape, dtype=np.intp)
        for run in runs(self.heavy):
            block = cv2.blur(raw[run], (1, 3), borderType=cv2.BORDER_CONSTANT)
            whole = np.median(block, axis=1)
            peak = int(np.argmax(whole))
            low = max(peak - tuning.LINE_WOBBLE_PX, 0)
            close = block[low : peak + tuning.LINE_WOBBLE_PX + 1]
            found = np.where(
                close.max(axis=0) > 0.6 * whole[peak], close.argmax(axis=0) + low, peak
            )
            drift[run] = self.offset_px[run.start + found]
        return drift
