"""The printed grid: lines or dots of one millimeter and of five."""

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
    heavy_x, heavy_y = (_lines(n, px_per_mm, 5.0, style.heavy_mm) for n in (width, height))
    grid = np.asarray(np.maximum(heavy_y[:, None], heavy_x[None, :]) * style.heavy)
    if style.kind != "heavy":
        light_x, light_y = (_lines(n, px_per_mm, 1.0, style.light_mm) for n in (width, height))
        combine = np.maximum if style.kind == "lines" else np.minimum
        # A dot of the pen's width would vanish between lines; carts print them larger.
        if style.kind == "dots":
            light_x, light_y = (_lines(n, px_per_mm, 1.0, style.heavy_mm) for n in (width, height))
        light = combine(light_y[:, None], light_x[None, :]) * np.float32(style.light)
        np.maximum(grid, light, out=grid)
    inset = round(style.inset_mm / 5) * 5 * px_per_mm
    if inset > 0:
        edge = round(inset)
        grid[:edge], grid[-edge:] = 0, 0
        grid[:, :edge], grid[:, -edge:] = 0, 0
    return np.rint(grid * 255).astype(np.uint8)


def _lines(size: int, px_per_mm: float, period_mm: float, width_mm: float) -> NDArray[np.float32]:
    """Give the share of each pixel that lines on multiples of the period cover."""
    edges_mm = np.arange(size + 1) / px_per_mm + width_mm / 2
    whole = np.floor(edges_mm / period_mm)
    covered_mm = whole * width_mm + np.minimum(edges_mm - whole * period_mm, width_mm)
    return np.asarray(np.diff(covered_mm) * px_per_mm, dtype=np.float32)
