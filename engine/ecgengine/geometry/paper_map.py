"""The paper map: from the pixels of a page to millimeters of paper."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgengine.geometry.lattice import read_lattice
from ecgengine.geometry.page_map import PageMap

_NEWTON_ROUNDS = 30
_FAR_MM = 1e-6


@dataclass(frozen=True, slots=True)
class PaperMap:
    """The map from page pixels to millimeters of paper, as a lattice read bilinearly.

    Paper millimeters count from the sheet's upper left corner, x along time, y downward.

    Attributes:
        nodes_mm: (R, C, 2) float64, the paper (x, y) of the page point (column * step_px,
            row * step_px).
        step_px: page pixels between lattice nodes.
    """

    nodes_mm: NDArray[np.float64]
    step_px: float

    def to_paper(self, points_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map (N, 2) page points (x, y) to paper millimeters; linear beyond the edges."""
        return read_lattice(self.nodes_mm, self.step_px, self.step_px, points_px)

    def to_page(self, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map (N, 2) paper points in millimeters to page pixels; NaN where none is found.

        Newton's method on the bilinear map; exact to a millionth of a millimeter.
        """
        goal = np.asarray(points_mm, dtype=np.float64)
        rows, columns = self.nodes_mm.shape[:2]
        size = np.array([columns - 1, rows - 1]) * self.step_px
        corners = self.nodes_mm[[0, 0, -1], [0, -1, 0]]
        frame = np.stack([corners[1] - corners[0], corners[2] - corners[0]], axis=1)
        points = np.linalg.solve(frame, (goal - corners[0]).T).T * size
        half = self.step_px / 4
        along_x, along_y = np.array([half, 0]), np.array([0, half])
        for _ in range(_NEWTON_ROUNDS):
            points = np.clip(points, -size, 2 * size)
            miss = self.to_paper(points) - goal
            if not np.any(np.abs(miss) > _FAR_MM):
                break
            (ax, ay), (bx, by) = (
                ((self.to_paper(points + way) - self.to_paper(points - way)) / (2 * half)).T
                for way in (along_x, along_y)
            )
            determinant = ax * by - ay * bx
            determinant = np.where(np.abs(determinant) < 1e-12, np.nan, determinant)
            step = [miss[:, 0] * by - miss[:, 1] * bx, ax * miss[:, 1] - ay * miss[:, 0]]
            points = points - np.stack(step, axis=1) / determinant[:, None]
        far = np.abs(self.to_paper(points) - goal).max(axis=1, initial=0) > 1e-3
        points[far] = np.nan
        return points

    def page_map(
        self, px_per_mm: float, width_mm: float, height_mm: float, step_mm: float = 2.0
    ) -> PageMap:
        """Give the map back from a flat sheet of `px_per_mm` to the page, as rectifiers do."""
        columns = int(np.ceil(width_mm / step_mm)) + 1
        rows = int(np.ceil(height_mm / step_mm)) + 1
        y_mm, x_mm = np.mgrid[:rows, :columns] * step_mm + 0.5 / px_per_mm
        points = self.to_page(np.stack([x_mm.ravel(), y_mm.ravel()], axis=1))
        step_px = step_mm * px_per_mm
        return PageMap(points.reshape(rows, columns, 2), step_px, step_px)
