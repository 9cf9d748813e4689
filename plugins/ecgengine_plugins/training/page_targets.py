"""Draw what the page network is to answer for a crop of a sheet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.drawing import draw_curve
from ecgengine_plugins.networks.page.window import FINE_CELLS_PER_MM, PEN_MM, SIZES, WORDS
from ecgengine_plugins.training.page_sheets import MarkedSheet

FINE_TARGETS = ("trace", "zero", "start", "end", "right", "below", "separator", "pulse", "voting")
"""As `window.FINE`, in mm and coverage; and 1 for cells whose distance to a zero line counts."""

_SPREAD_CELLS = 0.8
_VOTING = 0.35
_SAME_ROW_MM = 1.0
_FULL = 255.0
_NEAR_CELLS = 2


def targets_of(sheet: MarkedSheet) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Draw the targets of a sheet of H by W mm.

    Gives those of fine cells, (FINE_TARGETS, 2 H, 2 W), and those of words, (words + 2, H, W):
    each point and each word is 1 in the cell that it lies in, and less around it. Lengths stand
    in the cells of the points alone. Of ink that the picture has lost nothing is to be found.
    """
    shape = sheet.inked.shape
    fine = np.zeros((len(FINE_TARGETS), *shape), np.float32)
    maps = dict(zip(FINE_TARGETS, fine, strict=True))
    for line in sheet.lines:
        points = line.points_mm * FINE_CELLS_PER_MM
        cover = _drawn(points, shape)
        if line.kind != "strip":
            np.maximum(maps[line.kind], cover, out=maps[line.kind])
            continue
        np.maximum(maps["trace"], cover * sheet.inked, out=maps["trace"])
        _vote(maps, cover, sheet.inked, line.zero_mm * FINE_CELLS_PER_MM)
        for name, place in (("start", points[0]), ("end", points[-1])):
            _mark(maps, name, place, sheet.inked)
    maps["zero"] *= maps["voting"] / FINE_CELLS_PER_MM
    cells = (len(WORDS) + len(SIZES), *(side // FINE_CELLS_PER_MM for side in shape))
    words = np.zeros(cells, np.float32)
    for index, *box in sheet.words:
        upper, lower = np.array(box).reshape(2, 2)
        middle = (upper + lower) / 2
        if _bump(words[int(index)], middle):
            column, row = np.floor(middle).astype(int)
            words[len(WORDS) :, row, column] = lower - upper
    return fine, words


def _drawn(points: NDArray[np.floating], shape: tuple[int, ...]) -> NDArray[np.float32]:
    layer = np.zeros(shape, np.uint8)
    near = ((points > -_NEAR_CELLS) & (points < np.array(shape[::-1]) + _NEAR_CELLS)).all(axis=1)
    if near.any():
        first, last = np.flatnonzero(near)[[0, -1]]
        part = points[max(first - 1, 0) : last + 2].astype(np.float64) - 0.5
        draw_curve(layer, part, PEN_MM * FINE_CELLS_PER_MM, -np.inf, np.inf)
    return layer.astype(np.float32) / _FULL


def _vote(
    maps: dict[str, NDArray[np.float32]],
    cover: NDArray[np.float32],
    inked: NDArray[np.bool_],
    zero: NDArray[np.floating],
) -> None:
    """Let the cells of a strip tell how far below them its zero line lies, in fine cells.

    Where strips of two rows cover a cell, neither counts.
    """
    rows, columns = np.nonzero((cover >= _VOTING) & inked)
    (x0, y0), (x1, y1) = zero
    away = y0 + (columns + 0.5 - x0) * (y1 - y0) / (x1 - x0) - (rows + 0.5)
    old, counted = maps["zero"][rows, columns], maps["voting"][rows, columns]
    clash = (old != 0) & (np.abs(old - away) > _SAME_ROW_MM * FINE_CELLS_PER_MM)
    maps["zero"][rows, columns] = away
    maps["voting"][rows, columns] = np.where(clash, 0.0, np.where(old != 0, counted, 1.0))


def _mark(
    maps: dict[str, NDArray[np.float32]],
    name: str,
    place: NDArray[np.floating],
    inked: NDArray[np.bool_],
) -> None:
    """Mark a point, (x, y) in fine cells, if its ink is left."""
    if _bump(maps[name], place, inked):
        column, row = np.floor(place).astype(int)
        maps["right"][row, column], maps["below"][row, column] = (
            place - (column + 0.5, row + 0.5)
        ) / FINE_CELLS_PER_MM


def _bump(
    layer: NDArray[np.float32],
    place: NDArray[np.floating],
    inked: NDArray[np.bool_] | None = None,
) -> bool:
    """Raise a layer to 1 in the cell of a place, to less around it; tell whether it lies within."""
    column, row = np.floor(place).astype(int)
    height, width = layer.shape
    inside = 0 <= column < width and 0 <= row < height
    if not inside or (inked is not None and not inked[row, column]):
        return False
    y, x = np.arange(height)[:, None] - row, np.arange(width)[None] - column
    np.maximum(layer, np.exp(-(x**2 + y**2) / (2 * _SPREAD_CELLS**2)), out=layer)
    return True
