"""Boxes around connected ink."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray


class Box(NamedTuple):
    """First and last row, first and last column."""

    top: int
    bottom: int
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class Components:
    """Connected ink: N components, of which number 0 is the paper around.

    Attributes:
        labels: (H, W) number of each pixel's component.
        left: (N,) first column.
        top: (N,) first row.
        wide: (N,) number of columns.
        tall: (N,) number of rows.
        area: (N,) number of pixels.
    """

    labels: NDArray[np.int32]
    left: NDArray[np.int32]
    top: NDArray[np.int32]
    wide: NDArray[np.int32]
    tall: NDArray[np.int32]
    area: NDArray[np.int32]

    @classmethod
    def of(cls, core: NDArray[np.bool_]) -> Components:
        """Connect the ink of a mask (H, W), at sides and corners."""
        _, labels, stats, _ = cv2.connectedComponentsWithStats(core.view(np.uint8), connectivity=8)
        # OpenCV's columns: left, top, width, height, area.
        return cls(np.asarray(labels, np.int32), *np.asarray(stats, np.int32).T)

    @property
    def boxes(self) -> tuple[NDArray[np.int32], ...]:
        """First columns, first rows, widths and heights, (N,) each."""
        return self.left, self.top, self.wide, self.tall

    def around(
        self, chosen: NDArray[np.intp], beside_px: int = 0, above_px: int = 0
    ) -> NDArray[np.int32]:
        """Give the boxes (n, 4) of chosen components, widened: first row, end, column, end."""
        left, top = self.left[chosen], self.top[chosen]
        right, bottom = left + self.wide[chosen], top + self.tall[chosen]
        box = [top - above_px, bottom + above_px, left - beside_px, right + beside_px]
        return np.stack(box, axis=1)


def component_boxes(core: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Give the boxes (N, 4) of connected ink as x, y, width, height.

    Following outlines is an order of magnitude faster than labeling every pixel.
    """
    outlines, nesting = cv2.findContours(core, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    boxes = [
        cv2.boundingRect(outline)
        for outline, place in zip(outlines, () if nesting is None else nesting[0], strict=True)
        if place[3] < 0
    ]
    return np.array(boxes, dtype=np.int32).reshape(-1, 4)
