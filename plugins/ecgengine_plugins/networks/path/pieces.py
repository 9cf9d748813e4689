"""Cut a strip into pieces along the path that a look shows, and put what is read together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.look import CELL_MM, Look
from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Strip
from ecgengine_plugins.networks.path.window import (
    CELL_PX,
    COLUMNS_PER_PX,
    PX_PER_MM,
    band_cells,
    cue_maps,
    sampled,
    with_places,
)
from ecgengine_plugins.paper.row_votes import own_cells
from ecgengine_plugins.paper.windows import cut_window

WIDTH_PX = 256
"""Width of every piece."""

_KNOWN_SPREAD = 0.06
_BESIDE_PX = 24
_STEP_PX = 32
_MARGIN_MM = 3.0
_BAND_MM = 2.0


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a strip as the network sees it.

    Attributes:
        pixels: (H, WIDTH_PX, 3) uint8 RGB.
        cues: (7, H / 4, WIDTH_PX / 4) float32, see `window.CUES`.
        left: first column on the scaled sheet.
        top: first row there.
    """

    pixels: NDArray[np.uint8]
    cues: NDArray[np.float32]
    left: int
    top: int


class Pieces:
    """Cuts the strips of a sheet, at the network's scale unless the sheet's own is near it."""

    def __init__(self, sheet: Sheet, look: Look, zeros_px: Sequence[float]) -> None:
        """`zeros_px` are the zero lines of all rows, in pixels of the sheet."""
        self._px_per_mm = np.array([sheet.px_per_mm_x, sheet.px_per_mm_y])
        scales = PX_PER_MM / self._px_per_mm
        known = np.abs(np.log(scales)).max() <= _KNOWN_SPREAD
        self.scale_x = self.scale_y = 1.0
        self._image = sheet.image
        if not known:
            height, width = sheet.image.shape[:2]
            size = round(width * scales[0]), round(height * scales[1])
            self.scale_x, self.scale_y = size[0] / width, size[1] / height
            way = cv2.INTER_AREA if self.scale_x < 1 else cv2.INTER_CUBIC
            self._image = np.asarray(cv2.resize(sheet.image, size, interpolation=way), np.uint8)
        own = own_cells(look, [(zero + 0.5) / sheet.px_per_mm_y for zero in zeros_px])
        self._maps = [cue_maps(look, cells) for cells in own]
        self._bands = [band_cells(cells, round(_BAND_MM / CELL_MM)) for cells in own]

    def column_of(self, x_px: float) -> float:
        """Give the column of the scaled sheet that a sheet's x is."""
        return (x_px + 0.5) * self.scale_x - 0.5

    def of(self, strip: Strip, row: int) -> list[Piece]:
        """Cut a strip, which lies in the row of the zero line of that number."""
        start, end = self.column_of(strip.x_start_px), self.column_of(strip.x_end_px)
        first, last = round(start) - _BESIDE_PX, round(end) + _BESIDE_PX - WIDTH_PX
        step = WIDTH_PX - 2 * _BESIDE_PX
        count = max(-(-(last - first) // step), 0) + 1
        lefts = [(first + last) // 2] if count == 1 else np.linspace(first, last, count)
        return [self._cut(strip, row, round(float(left)), start, end) for left in lefts]

    def _cut(self, strip: Strip, row: int, left: int, start: float, end: float) -> Piece:
        # Pixels of the scaled sheet for each millimeter of the look.
        x_mm, y_mm = self._px_per_mm * (self.scale_x, self.scale_y)
        cells = np.arange(left, left + WIDTH_PX, CELL_PX) / (x_mm * CELL_MM)
        band = self._bands[row]
        near = band[np.clip(cells.astype(np.intp), 0, len(band) - 1)]
        margin = _MARGIN_MM * y_mm
        top = round(near[:, 0].min() * CELL_MM * y_mm - margin)
        bottom = (near[:, 1].max() + 1) * CELL_MM * y_mm + margin
        high = -(-int(bottom - top) // _STEP_PX) * _STEP_PX
        step_mm = CELL_PX / x_mm, CELL_PX / y_mm
        shape = high // CELL_PX, WIDTH_PX // CELL_PX
        maps = sampled(self._maps[row], left / x_mm, top / y_mm, step_mm, shape)
        zero = (strip.zero_px + 0.5) * self.scale_y - top
        cues = with_places(
            maps, zero / CELL_PX, (start + 0.5 - left) / CELL_PX, (end + 0.5 - left) / CELL_PX
        )
        return Piece(cut_window(self._image, top, left, high, WIDTH_PX), cues, left, top)


def put_together(
    pieces: Sequence[Piece], posteriors: Sequence[NDArray[np.float32]], first: int, stop: int
) -> tuple[NDArray[np.float32], int]:
    """Put (H, 2 W) posteriors of a strip's pieces side by side; each gives its inner part.

    Returns:
        (columns, rows) posterior of half columns `first` to `stop` of the scaled sheet, and the
        row there that its first row is.
    """
    top = min(piece.top for piece in pieces)
    bottom = max(piece.top + len(piece.pixels) for piece in pieces)
    whole = np.zeros((stop - first, bottom - top), np.float32)
    starts = [COLUMNS_PER_PX * piece.left for piece in pieces]
    for index, (piece, posterior) in enumerate(zip(pieces, posteriors, strict=True)):
        middle = COLUMNS_PER_PX * WIDTH_PX
        left = (starts[index - 1] + middle + starts[index]) // 2 if index else first
        right = (
            (starts[index] + middle + starts[index + 1]) // 2 if index + 1 < len(starts) else stop
        )
        left, right = max(left, starts[index], first), min(right, starts[index] + middle, stop)
        rows = slice(piece.top - top, piece.top - top + len(piece.pixels))
        whole[left - first : right - first, rows] = posterior[
            :, left - starts[index] : right - starts[index]
        ].T
    return whole, top
