"""What the network `efficientnet-b2` sees of a page: all of it, small, beside some of its pixels.

A page made small shows light, stains, creases and color, and loses what only pixels show: the lines
of a screen, the noise of a scanner, the edges of a drawn line. So both stand in one picture.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

HEIGHT_PX, WIDTH_PX = 192, 384
WHOLE_WIDTH_PX = 288
PATCH_PX = 48
PATCH_ROWS, PATCH_COLUMNS = 4, 2
_JPEG_BLOCK_PX = 8
_CANDIDATES = 12
_STEP_PX = 4
_EMPTY = 128
_PAPER_SHARE = 0.75
_STRUCTURE_RANK = 0.8


def view_of(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give the (192, 384, 3) view of an (H, W, 3) uint8 RGB page of any size.

    At the left stands the page, turned a quarter if it is higher than wide, at the right a patch
    of each eighth of it, pixel for pixel.
    """
    view = np.full((HEIGHT_PX, WIDTH_PX, 3), _EMPTY, dtype=np.uint8)
    whole = _whole(image)
    view[: whole.shape[0], : whole.shape[1]] = whole
    for index, patch in enumerate(_patches(image)):
        row, column = divmod(index, PATCH_COLUMNS)
        x, y = WHOLE_WIDTH_PX + column * PATCH_PX, row * PATCH_PX
        view[y : y + patch.shape[0], x : x + patch.shape[1]] = patch
    return view


def _whole(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    upright = height > width
    room = (HEIGHT_PX, WHOLE_WIDTH_PX) if upright else (WHOLE_WIDTH_PX, HEIGHT_PX)
    scale = min(room[0] / width, room[1] / height)
    size = max(1, round(scale * width)), max(1, round(scale * height))
    # By whole steps first: OpenCV is many times faster at these.
    step = max(1, min(int(1 / (3 * scale)), height, width))
    cut = image[: height // step * step, : width // step * step]
    coarse = cv2.resize(cut, (width // step, height // step), interpolation=cv2.INTER_AREA)
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(coarse, size, interpolation=way), dtype=np.uint8)
    return np.rot90(small) if upright else small


def _patches(image: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Choose a patch of each eighth, one on bright paper that holds much structure.

    Much, but not the most: some of the curve and the grid, not the blackest print.
    """
    rows, columns = (_places(side) for side in image.shape[:2])
    sparse = [_tile(image, y, x)[::_STEP_PX, ::_STEP_PX, 1].ravel() for y in rows for x in columns]
    levels = np.stack(sparse).reshape(_CANDIDATES, _CANDIDATES, -1)
    light, structure = np.quantile(levels, 0.8, axis=2), levels.std(axis=2)
    structure[light < _PAPER_SHARE * np.quantile(light, 0.8)] = -1.0
    high, wide = _CANDIDATES // PATCH_COLUMNS, _CANDIDATES // PATCH_ROWS
    patches = []
    for top in range(0, _CANDIDATES, high):
        for left in range(0, _CANDIDATES, wide):
            part = structure[top : top + high, left : left + wide].ravel()
            last = part.size - 1
            dark = min(np.count_nonzero(part < 0), last)
            rank = dark + int(_STRUCTURE_RANK * (last - dark))
            y, x = divmod(int(np.argsort(part, kind="stable")[rank]), wide)
            patches.append(_tile(image, rows[top + y], columns[left + x]))
    return patches


def _places(side: int) -> NDArray[np.int_]:
    """Give where patches may begin along a side, on the blocks of a JPEG file, edges left out."""
    margin = side // 20
    last = max(side - margin - PATCH_PX, margin)
    places = np.linspace(margin, last, _CANDIDATES).astype(np.int_)
    return places // _JPEG_BLOCK_PX * _JPEG_BLOCK_PX


def _tile(image: NDArray[np.uint8], y: int, x: int) -> NDArray[np.uint8]:
    return image[y : y + PATCH_PX, x : x + PATCH_PX]
