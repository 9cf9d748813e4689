"""Cut the window that the row network sees: one row of leads at its own scale."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Strip
from ecgengine_plugins.paper.windows import cut_window

PX_PER_MM = 8.0
"""Scale that the network was taught at."""

BESIDE_MM = 8.0
"""How far a window goes on beyond either end of its row."""

COLUMNS_PER_PX = 2
"""Columns of the network's answer for each of the window's."""

MULTIPLE_PX = 32
"""Sides of a window are multiples of this."""

_KNOWN_SPREAD = 0.06
REACH_MM = 36.0
"""How far the usual window shows what lies above and below the row's zero line."""

TALL_MM = 72.0
"""The same of the window in which waves are read that leave the usual one."""

_SAME_MM = 2.0
_FAR_MM = 60.0


@dataclass(frozen=True, slots=True)
class RowWindow:
    """A row of leads as the network sees it.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        zero_rows: (3,) float32, rows of the zero lines of this row and of those above and below it.
        scale_x: pixels of the window for each of the sheet, along time.
        scale_y: the same along voltage.
        x0_px: sheet x of the window's first column.
        y0_px: sheet y of its first row.
    """

    image: NDArray[np.uint8]
    zero_rows: NDArray[np.float32]
    scale_x: float
    scale_y: float
    x0_px: float
    y0_px: float

    def column_of(self, x_px: float) -> float:
        """Give the answer's column of a sheet x."""
        return ((x_px - self.x0_px) * self.scale_x + 0.5) * COLUMNS_PER_PX - 0.5

    def x_of(self, column: float) -> float:
        """Give the sheet x of an answer's column."""
        return ((column + 0.5) / COLUMNS_PER_PX - 0.5) / self.scale_x + self.x0_px

    def blocks(self, part: slice) -> RowWindow:
        """Give the part of the window from one multiple of `MULTIPLE_PX` to another."""
        first, stop = part.start * MULTIPLE_PX, part.stop * MULTIPLE_PX
        image = np.ascontiguousarray(self.image[:, first:stop])
        return replace(self, image=image, x0_px=self.x0_px + first / self.scale_x)


def row_window(
    sheet: Sheet, strips: list[Strip], zeros_px: list[float], reach_mm: float = REACH_MM
) -> RowWindow:
    """Cut the window of the strips of one row; at the sheet's own scale where that is known.

    `zeros_px` are the zero lines of the sheet's other rows, in any order. Windows of another
    `reach_mm` differ in height alone.
    """
    scale_x, scale_y = PX_PER_MM / sheet.px_per_mm_x, PX_PER_MM / sheet.px_per_mm_y
    if max(abs(np.log(scale_x)), abs(np.log(scale_y))) <= _KNOWN_SPREAD:
        scale_x = scale_y = 1.0
    zero = float(np.median([strip.zero_px for strip in strips]))
    reach = reach_mm * sheet.px_per_mm_y
    beside = BESIDE_MM * sheet.px_per_mm_x
    x0 = round(min(strip.x_start_px for strip in strips) - beside)
    x1 = max(strip.x_end_px for strip in strips) + beside
    y0 = round(zero - reach)
    width = _multiple((x1 - x0) * scale_x)
    height = _multiple(2 * reach * scale_y)
    if scale_x == scale_y == 1.0:
        image = cut_window(sheet.image, y0, x0, height, width)
    else:
        # Blurred first where the window is coarser than the sheet, so that nothing aliases.
        map_back = np.array([[1 / scale_x, 0, x0], [0, 1 / scale_y, y0]])
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        source = sheet.image
        if scale_x < 1 or scale_y < 1:
            source = cv2.GaussianBlur(
                source, (0, 0), sigmaX=_blur(scale_x), sigmaY=_blur(scale_y)
            ).astype(np.uint8, copy=False)
        image = cv2.warpAffine(
            source, map_back, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE
        ).astype(np.uint8, copy=False)
    lines = (np.array(zero_lines(zero, zeros_px, sheet.px_per_mm_y)) - y0) * scale_y
    return RowWindow(image, lines.astype(np.float32), scale_x, scale_y, x0, y0)


def zero_lines(
    zero: float, others: Iterable[float], per_mm: float = 1.0
) -> tuple[float, float, float]:
    """Give the zero lines of a row, of the next one above and of the next one below.

    Where no row follows, one beyond what the usual window shows stands for it.
    """
    far = _FAR_MM * per_mm
    away = [other - zero for other in others if _SAME_MM * per_mm < abs(other - zero) < far]
    above = max((each for each in away if each < 0), default=-far)
    below = min((each for each in away if each > 0), default=far)
    return zero, zero + above, zero + below


def _multiple(size: float) -> int:
    return max(2, -(-int(np.ceil(size)) // MULTIPLE_PX)) * MULTIPLE_PX


def _blur(scale: float) -> float:
    return 0.5 * float(np.sqrt(max(1 / scale**2 - 1, 1e-4)))
