"""Gather region by region of a sheet what was seen of its grid."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.sheet import GridFit, Sheet
from ecgengine_plugins.rectifiers import tuning

SeeGrid = Callable[
    [NDArray[np.float64]],
    tuple[NDArray[np.bool_], NDArray[np.float64]],
]
"""From (N, 2) points (x, y) of a page to whether the grid was seen there, and how far it lies from
the lines fitted, mm."""


def fit_by_region(sheet: Sheet, see_grid: SeeGrid) -> GridFit:
    """Ask at four points of each region of a sheet, 10 mm wide and high."""
    height, width = sheet.image.shape[:2]
    rows = max(1, round(height / sheet.px_per_mm_y / tuning.REGION_MM))
    columns = max(1, round(width / sheet.px_per_mm_x / tuning.REGION_MM))
    y = (np.arange(2 * rows) + 0.5) * height / (2 * rows)
    x = (np.arange(2 * columns) + 0.5) * width / (2 * columns)
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    sure, away_mm = see_grid(sheet.page_map.to_page(points))

    def sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(values.reshape(rows, 2, columns, 2).sum(axis=(1, 3)))

    found = sums(sure.astype(np.float64))
    with np.errstate(invalid="ignore"):
        residual_mm = np.sqrt(sums(np.where(sure, away_mm**2, 0.0)) / found)
    return GridFit(residual_mm, found / 4)
