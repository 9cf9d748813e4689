"""What the path network is given: a piece of a strip, and what is known of it already."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.look import CELL_MM, Look

PX_PER_MM = 8.0
"""Scale that the network was taught at."""

CELL_PX = round(PX_PER_MM * CELL_MM)
"""Side of the cells that cues are given for, about as large as those of a look."""

COLUMNS_PER_PX = 2
"""Columns of the answer for each of the pixels'."""

MULTIPLE_CELLS = 4
"""Sides of a piece are multiples of so many cells."""

CUES = ("own", "others", "pulse", "separator", "level", "start", "end")
"""What is known of each cell.

Probabilities that a trace of this row, one of another, a pulse or a separator covers it; how far
below the zero line it lies, and how far after the strip's first instant and before its last,
as shares of LEVEL_MM and of ENDS_MM.
"""

LEVEL_MM, ENDS_MM = 20.0, 4.0


def cue_maps(look: Look, own: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Give the first four cues for each cell of a look, (4, H, W); `own` are those of the row."""
    mine = np.where(own, look.trace, 0.0)
    return np.stack([mine, look.trace - mine, look.pulses, look.separators]).astype(np.float32)


def sampled(
    maps: NDArray[np.float32],
    left_mm: float,
    top_mm: float,
    step_mm: tuple[float, float],
    shape: tuple[int, int],
) -> NDArray[np.float32]:
    """Take (C, H, W) maps of a look to (C, *shape) cells of steps (x, y) from a corner; 0 beyond.

    Cells take the value of the look's cell that holds their middle.
    """
    rows = np.floor((top_mm + (np.arange(shape[0]) + 0.5) * step_mm[1]) / CELL_MM).astype(np.intp)
    columns = np.floor((left_mm + (np.arange(shape[1]) + 0.5) * step_mm[0]) / CELL_MM)
    columns = columns.astype(np.intp)
    inside_y = (rows >= 0) & (rows < maps.shape[1])
    inside_x = (columns >= 0) & (columns < maps.shape[2])
    found = np.zeros((len(maps), *shape), np.float32)
    found[:, inside_y[:, None] & inside_x] = maps[
        :, rows[inside_y][:, None], columns[inside_x]
    ].reshape(len(maps), -1)
    return found


def with_places(
    maps: NDArray[np.float32], zero_cell: float, start_cell: float, end_cell: float
) -> NDArray[np.float32]:
    """Add the last three cues to (4, h, w) of a piece; places are in cells from its corner."""
    height, width = maps.shape[1:]
    y, x = np.arange(height) + 0.5, np.arange(width) + 0.5
    level = (y - zero_cell) * CELL_MM / LEVEL_MM
    after = ((x - start_cell) * CELL_MM / ENDS_MM).clip(-1, 1)
    before = ((end_cell - x) * CELL_MM / ENDS_MM).clip(-1, 1)
    places = np.broadcast_arrays(level[:, None], after[None], before[None])
    return np.concatenate([maps, np.stack(places)]).astype(np.float32)


def band_cells(own: NDArray[np.bool_], reach_cells: int) -> NDArray[np.intp]:
    """Give (W, 2) the first and last row of a row's own cells near each column, as (H, W) tell.

    Columns without any near by take those of the nearest ones that have.
    """
    height = own.shape[0]
    side = 2 * reach_cells + 1
    near = cv2.dilate(own.astype(np.uint8), np.ones((1, side), np.uint8)).astype(bool)
    seen = np.flatnonzero(near.any(axis=0))
    if not seen.size:
        return np.tile(np.array([0, height - 1]), (own.shape[1], 1))
    first = near[:, seen].argmax(axis=0)
    last = height - 1 - near[::-1][:, seen].argmax(axis=0)
    at = np.abs(np.arange(own.shape[1])[:, None] - seen[None]).argmin(axis=1)
    return np.stack([first[at], last[at]], axis=1)
