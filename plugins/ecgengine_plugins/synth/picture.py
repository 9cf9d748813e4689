"""What travels while a synthetic page is made: the flat print, then the picture taken of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgengine.geometry.paper_map import PaperMap

Color = tuple[float, float, float]
"""Red, green, blue in 0..255."""


@dataclass(frozen=True, slots=True)
class Print:
    """A sheet as a cart prints it: what covers flat paper, layer by layer.

    The center of pixel (column, row) lies at ((column + 0.5) / px_per_mm, (row + 0.5) /
    px_per_mm) millimeters from the sheet's upper left corner. Coverage is 0 (none) to 255.

    Attributes:
        trace: (H, W) uint8 coverage by the pen that draws leads and calibration pulses.
        text: (H, W) uint8 coverage by letters, separators and header lines, in the pen's ink.
        grid: (H, W) uint8 coverage by the grid; light lines cover less than heavy ones.
        marks: (H, W) uint8 coverage by handwriting and stamps.
        ink_rgb: color of trace and text.
        grid_rgb: color of the grid.
        marks_rgb: color of the marks.
        paper_rgb: color of the paper.
        px_per_mm: pixels per millimeter.
    """

    trace: NDArray[np.uint8]
    text: NDArray[np.uint8]
    grid: NDArray[np.uint8]
    marks: NDArray[np.uint8]
    ink_rgb: Color
    grid_rgb: Color
    marks_rgb: Color
    paper_rgb: Color
    px_per_mm: float

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width = self.trace.shape
        return width, height


@dataclass(frozen=True, slots=True)
class Relief:
    """How a sheet does not lie flat, on a lattice over the sheet's millimeters.

    Attributes:
        lift_mm: (R, C) float32 height above the table at (column * step_mm, row * step_mm).
        shift_mm: (R, C, 2) float32, how far each point has moved (x, y) in the sheet's plane.
        step_mm: millimeters between lattice nodes.
    """

    lift_mm: NDArray[np.float32]
    shift_mm: NDArray[np.float32]
    step_mm: float


@dataclass(frozen=True, slots=True)
class Leaf:
    """A printed sheet as an object: what it looks like in even light, and its shape.

    Attributes:
        image: (H, W, 3) uint8 RGB; pixel centers lie on paper as those of `Print` do.
        px_per_mm: pixels per millimeter.
        missing: (H, W) uint8, 255 where paper is missing, or None.
        relief: its shape, or None when it is flat.
    """

    image: NDArray[np.uint8]
    px_per_mm: float
    missing: NDArray[np.uint8] | None = None
    relief: Relief | None = None


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture taken of a sheet, as its file would hold it.

    Attributes:
        image: (H, W, 3) uint8 RGB, before the file's own compression.
        paper_map: from page pixels to millimeters of the flat sheet, exact.
        jpeg_quality: quality of the JPEG file that it becomes; None for PNG.
        missing: where paper is missing, as its `Leaf` says.
    """

    image: NDArray[np.uint8]
    paper_map: PaperMap
    jpeg_quality: int | None = None
    missing: NDArray[np.uint8] | None = None
