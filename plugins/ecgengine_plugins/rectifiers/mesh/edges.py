"""Find the box of the grid, and on a coarse flat view the edges of the paper beyond it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.rectifiers.mesh import tuning

PX_PER_PERIOD = 12


def grid_box(sure: NDArray[np.bool_]) -> tuple[slice, slice]:
    """Rows and columns of an (R, C) mesh that hold the grid, from the first to the last of them."""
    # Texture of a table may pass for a crossing here and there, but not for as many as usual.
    share_around = cv2.blur(sure.astype(np.float32), (5, 5), borderType=cv2.BORDER_REFLECT)
    usual = (
        float(np.median(share_around[share_around > tuning.BOX_FEW]))
        if (share_around > tuning.BOX_FEW).any()
        else 1.0
    )
    dense = share_around > tuning.BOX_DENSE * min(1.0, usual)
    held = sure & dense if (sure & dense).any() else sure
    bounds = []
    for axis in (1, 0):
        share = held.sum(axis=axis)
        grid = np.flatnonzero(share > tuning.BOX_SUPPORT * share.max())
        bounds.append(slice(int(grid[0]), int(grid[-1]) + 1))
    return bounds[0], bounds[1]


def find_edges(
    image: NDArray[np.uint8], nodes: NDArray[np.float64], box: tuple[slice, slice]
) -> tuple[float, float, float, float]:
    """Find the edges of the paper: left, top, right and bottom, in columns and rows of a mesh.

    Outward from the grid, paper looks as it does inside until a table or a screen's frame begins;
    that most of a side's length changes there tells it from text and folds.

    Args:
        image: (H, W, 3) uint8.
        nodes: (R, C, 2) x and y of the mesh on the image, pixels.
        box: rows and columns of `nodes` that hold the grid; the mesh goes on around them.
    """
    rows, columns = nodes.shape[:2]
    size = ((columns - 1) * PX_PER_PERIOD + 1, (rows - 1) * PX_PER_PERIOD + 1)
    x, y = np.meshgrid(
        np.arange(size[0], dtype=np.float32) / PX_PER_PERIOD,
        np.arange(size[1], dtype=np.float32) / PX_PER_PERIOD,
    )
    places = cv2.remap(nodes.astype(np.float32), x, y, cv2.INTER_LINEAR)
    view = cv2.remap(
        image,
        places[..., 0],
        places[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
    )
    soft: NDArray[np.float32] = cv2.blur(view, (5, 5)).astype(np.float32)
    top, bottom = box[0].start, box[0].stop - 1
    left, right = box[1].start, box[1].stop - 1
    across = soft[top * PX_PER_PERIOD : bottom * PX_PER_PERIOD + 1]
    down = soft[:, left * PX_PER_PERIOD : right * PX_PER_PERIOD + 1].transpose(1, 0, 2)
    return (
        left - _reach(across[:, ::-1], columns - 1 - left),
        top - _reach(down[:, ::-1], rows - 1 - top),
        right + _reach(across, right),
        bottom + _reach(down, bottom),
    )


def _reach(view: NDArray[np.float32], last: int) -> float:
    """How many periods paper goes on to the right of a column of a view, at most to its end."""
    edge = last * PX_PER_PERIOD
    parts = np.array_split(view[:, max(0, edge - 2 * PX_PER_PERIOD) :], tuning.EDGE_SEGMENTS)
    strips = np.stack([np.median(part, axis=0) for part in parts])
    inside = min(edge, 2 * PX_PER_PERIOD)
    paper = np.median(strips[:, :inside], axis=1)[:, None]
    light = paper.max(axis=-1)
    outside = strips[:, inside:]
    darker = 1 - outside.max(axis=-1) / np.maximum(light, 16.0)
    # A white margin around a tinted grid is paper; what is more colorful than both is not.
    colorful = np.ptp(outside, axis=-1) - np.ptp(paper, axis=-1)
    away = np.maximum(darker, colorful / np.maximum(light, 16.0))
    other = np.median(away, axis=0) > tuning.EDGE_CONTRAST
    gone = np.flatnonzero(other[:-1] & other[1:])
    return (max(0, int(gone[0]) - 1) if gone.size else len(other) - 1) / PX_PER_PERIOD
