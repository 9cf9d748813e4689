"""Boxes around connected ink."""

from __future__ import annotations

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
