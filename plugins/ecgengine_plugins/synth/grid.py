"""Draw the printed grid: lines or dots of one millimeter and of five."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.synth.style import GridStyle


def draw_grid(
    style: GridStyle, paper_mm: tuple[float, float], px_per_mm: float
) -> NDArray[np.uint8]:
    """Give how much of each pixel the grid covers, (H, W) uint8; lines lie on whole millimeters."""
    width, height = (round(side * px_per_mm) for side in paper_mm)
    if style.kind == "none":
        return np.zeros((height, width), np.uint8)
    heavy_y, heavy_x = _profiles(style.heavy_mm, 5.0, style.heavy, paper_mm, px_per_mm)
    grid = np.maximum(heavy_y[:, None], heavy_x[None, :])
    if style.kind == "lines":
        light_y, light_x = _profiles(style.light_mm, 1.0, style.light, paper_mm, px_per_mm)
        grid = np.maximum(
            np.maximum(heavy_y, light_y)[:, None], np.maximum(heavy_x, light_x)[None, :]
        )
    elif style.kind == "dots":
        # A dot as small as a light line is wide would vanish; carts print them larger.
        light_y, light_x = _profiles(style.heavy_mm, 1.0, style.light, paper_mm, px_per_mm)
        np.maximum(grid, np.minimum(light_y[:, None], light_x[None, :]), out=grid)
    edge = round(round(style.inset_mm / 5) * 5 * px_per_mm)
    if edge > 0:
        grid[:edge], grid[-edge:] = 0, 0
        grid[:, :edge], grid[:, -edge:] = 0, 0
    if style.boxes_mm:
        printed = np.zeros(grid.shape, bool)
        for box in style.boxes_mm:
            # Half of the outermost lines lies beyond the box.
            x0, y0 = (max(round((side - style.heavy_mm / 2) * px_per_mm), 0) for side in box[:2])
            x1, y1 = (round((side + style.heavy_mm / 2) * px_per_mm) for side in box[2:])
            printed[y0:y1, x0:x1] = True
        grid[~printed] = 0
    return grid


def _profiles(
    width_mm: float,
    period_mm: float,
    strength: float,
    paper_mm: tuple[float, float],
    px_per_mm: float,
) -> list[NDArray[np.uint8]]:
    """Give the coverage by level lines down a column, and by upright ones along a row."""
    return [
        np.rint(_lines(round(side * px_per_mm), px_per_mm, period_mm, width_mm) * strength * 255)
        .clip(0, 255)
        .astype(np.uint8)
        for side in paper_mm[::-1]
    ]


def _lines(size: int, px_per_mm: float, period_mm: float, width_mm: float) -> NDArray[np.float32]:
    """Give the share of each pixel that lines on multiples of the period cover."""
    edges_mm = np.arange(size + 1) / px_per_mm + width_mm / 2
    whole = np.floor(edges_mm / period_mm)
    covered_mm = whole * width_mm + np.minimum(edges_mm - whole * period_mm, width_mm)
    return np.asarray(np.diff(covered_mm) * px_per_mm, dtype=np.float32)
