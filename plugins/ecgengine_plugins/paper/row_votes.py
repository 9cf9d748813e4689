"""Tell which traces on a sheet belong to which row: all ink votes for its zero line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.look import CELL_MM, Look

_VOTING = 0.3
_OWN_MM = 5.0


def votes(look: Look) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Give rows and columns of the cells that are trace, and the zero lines that they vote for.

    Zero lines are in mm from the sheet's upper edge.
    """
    rows, columns = np.nonzero(look.trace > _VOTING)
    zeros_mm = (rows + 0.5) * CELL_MM + look.zero_mm[rows, columns].astype(np.float64)
    return rows, columns, np.asarray(zeros_mm)


def own_cells(look: Look, zeros_mm: Sequence[float]) -> NDArray[np.bool_]:
    """Tell (rows, H, W) which cells belong to each of several rows: those that vote for it."""
    found = np.zeros((len(zeros_mm), *look.trace.shape), np.bool_)
    if not zeros_mm:
        return found
    rows, columns, voted_mm = votes(look)
    away = np.abs(voted_mm[None] - np.asarray(zeros_mm)[:, None])
    own = away.argmin(axis=0)
    near = away.min(axis=0) < _OWN_MM
    found[own[near], rows[near], columns[near]] = True
    return found
