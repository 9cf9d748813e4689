"""The page map: from a flat sheet back to the page it was read from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgengine.geometry.lattice import read_lattice


@dataclass(frozen=True, slots=True)
class PageMap:
    """The smooth map from sheet pixels back to page pixels, as a lattice read bilinearly.

    An affine map is exact with a 2 x 2 lattice; curled paper needs more nodes.

    Attributes:
        nodes_px: (R, C, 2) float64, the page (x, y) of the sheet point (column * step_x_px,
            row * step_y_px).
        step_x_px: sheet pixels between lattice columns.
        step_y_px: sheet pixels between lattice rows.
    """

    nodes_px: NDArray[np.float64]
    step_x_px: float
    step_y_px: float

    @classmethod
    def affine(cls, matrix: NDArray[np.float64], width_px: int, height_px: int) -> PageMap:
        """Build the lattice of a (2, 3) affine matrix that takes sheet (x, y, 1) to page (x, y)."""
        step_x, step_y = float(max(width_px - 1, 1)), float(max(height_px - 1, 1))
        corners = np.array([[[0, 0, 1], [step_x, 0, 1]], [[0, step_y, 1], [step_x, step_y, 1]]])
        return cls(corners @ np.asarray(matrix, dtype=np.float64).T, step_x, step_y)

    @property
    def is_affine(self) -> bool:
        """Whether the sheet is the page itself, at most shifted, turned or scaled."""
        return self.nodes_px.shape[:2] == (2, 2)

    def to_page(self, points_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map (N, 2) sheet points (x, y) to page points; linear beyond the edges; NaN stays NaN."""
        return read_lattice(self.nodes_px, self.step_x_px, self.step_y_px, points_px)
