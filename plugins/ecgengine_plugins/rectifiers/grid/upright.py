"""Turn gridness by the angle of the grid, so that lines run along rows and columns."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.rectifiers.grid import tuning
from ecgengine_plugins.rectifiers.grid.phase import Phases
from ecgengine_plugins.rectifiers.gridness import Gridness


@dataclass(frozen=True, slots=True)
class Upright:
    """Gridness with its grid nearly along rows and columns, and the way back to the page.

    Attributes:
        values: (H, W) float32 gridness; 0 beyond the page.
        back: (2, 3) from pixels of `values` to pixels of the gridness it was turned from.
        px_per_px: page pixels per pixel of the gridness.
    """

    values: NDArray[np.float32]
    back: NDArray[np.float64]
    px_per_px: float

    def on_page(self, phases: Phases, axis: int) -> NDArray[np.float64]:
        """(R * C, 2) page points (x, y) of tile centers; axis 0 is for lines of constant x."""
        across, along = np.meshgrid(phases.across, phases.along)
        tiles = np.column_stack([across.ravel(), along.ravel()])
        points = (tiles if axis == 0 else tiles[:, ::-1]) @ self.back[:, :2].T + self.back[:, 2]
        return np.asarray((points + 0.5) * self.px_per_px - 0.5, dtype=np.float64)

    def from_page(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(N, 2) pixels of `values` at page points (x, y)."""
        gridness = (points + 0.5) / self.px_per_px - 0.5
        return np.asarray((gridness - self.back[:, 2]) @ np.linalg.inv(self.back[:, :2]).T)


def turn_upright(gridness: Gridness, angle: float) -> Upright:
    """Turn gridness by minus the angle (radians) onto a canvas that holds all of it."""
    values = gridness.values
    if abs(np.degrees(angle)) < tuning.LEAST_TURN_DEG:
        still = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
        return Upright(values, still, gridness.px_per_px)
    height, width = values.shape
    cos, sin = float(np.cos(angle)), float(np.sin(angle))
    matrix = np.array([[cos, sin, 0.0], [-sin, cos, 0.0]])
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]]) @ matrix[:, :2].T
    matrix[:, 2] = -corners.min(axis=0)
    across, down = (int(np.ceil(extent)) for extent in np.ptp(corners, axis=0))
    turned = cv2.warpAffine(values, matrix, (across, down), flags=cv2.INTER_LINEAR)
    back = np.array([[cos, -sin, 0.0], [sin, cos, 0.0]])
    back[:, 2] = -back[:, :2] @ matrix[:, 2]
    return Upright(np.asarray(turned, dtype=np.float32), back, gridness.px_per_px)
