"""Smooth maps between two planes, kept as a lattice that is read bilinearly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def read_lattice(
    nodes: NDArray[np.float64], step_x: float, step_y: float, points: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Map (N, 2) points (x, y) through an (R, C, 2) lattice.

    Its nodes lie `step_x` and `step_y` apart. Linear beyond the edges; NaN stays NaN.
    """
    points = np.asarray(points, dtype=np.float64)
    rows, columns = nodes.shape[:2]
    u, v = points[:, 0] / step_x, points[:, 1] / step_y
    bad = ~(np.isfinite(u) & np.isfinite(v))
    u, v = np.where(bad, 0.0, u), np.where(bad, 0.0, v)
    c = np.clip(np.floor(u).astype(np.intp), 0, columns - 2)
    r = np.clip(np.floor(v).astype(np.intp), 0, rows - 2)
    fu, fv = (u - c)[:, None], (v - r)[:, None]
    top = nodes[r, c] * (1 - fu) + nodes[r, c + 1] * fu
    bottom = nodes[r + 1, c] * (1 - fu) + nodes[r + 1, c + 1] * fu
    mapped: NDArray[np.float64] = top * (1 - fv) + bottom * fv
    mapped[bad] = np.nan
    return mapped
