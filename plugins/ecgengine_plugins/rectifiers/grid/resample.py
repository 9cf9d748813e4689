"""Resample a page along its lattice with one interpolation, or leave it if it lies flat."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.sheet import PaperGrid, Sheet
from ecgengine.geometry.flattening import resample_sheet
from ecgengine.geometry.page_map import PageMap
from ecgengine_plugins.rectifiers.grid import tuning
from ecgengine_plugins.rectifiers.grid.lattice import Lattice

NODE_PX = 24.0
MOST_STEPS, CLOSE_MM = 4, 1e-4


def lay_flat(
    image: NDArray[np.uint8],
    lattice: Lattice,
    finest_px_per_mm: float,
    through: Sheet | None = None,
) -> Sheet:
    """Make the sheet of a page whose grid is known.

    A flat page is its own sheet. Another is resampled at its own scale, or at 12 px/mm where it
    is finer than `finest_px_per_mm`. Where the lattice is that of an earlier sheet of the same
    page, `through` is that sheet, and pixels are still taken from the page at once.
    """
    height, width = image.shape[:2]
    u, v = lattice.u_mm.plane, lattice.v_mm.plane
    per_period = lattice.major_mm or lattice.minor_mm or 5.0
    measured = lattice.px_per_mm
    if lattice.is_flat and through is None:
        scale_x, scale_y = float(1 / u[0]), float(1 / v[1])
        origin_x = -(u[2] + u[1] * (height - 1) / 2) / u[0]
        origin_y = -(v[2] + v[0] * (width - 1) / 2) / v[1]
        page_map = PageMap.affine(np.array([[1.0, 0, 0], [0, 1.0, 0]]), width, height)
        sheet_image = image
    else:
        finest = float(measured.max())
        reduction = tuning.REDUCED_PX_PER_MM / finest if finest > finest_px_per_mm else 1.0
        scale_x, scale_y = (float(scale) * reduction for scale in measured)
        sheet_image, page_map, low = _resample(image, lattice, (scale_x, scale_y), through)
        origin_x, origin_y = -low[0] * scale_x, -low[1] * scale_y
    grid = PaperGrid(
        float(origin_x % (per_period * scale_x)),
        float(origin_y % (per_period * scale_y)),
        lattice.minor_mm,
        lattice.major_mm,
    )
    return Sheet(
        image=sheet_image,
        px_per_mm_x=scale_x,
        px_per_mm_y=scale_y,
        page_map=page_map,
        scale_source="grid",
        notes=_notes(lattice),
        confidence=lattice.confidence,
        residual_mm=lattice.residual_mm,
        grid=grid,
    )


def _notes(lattice: Lattice) -> tuple[str, ...]:
    if lattice.residual_mm < tuning.CURLED_MM:
        return ()
    return (
        f"The paper does not lie flat: its grid is {lattice.residual_mm:.2f} mm off in the mean.",
    )


def _resample(
    image: NDArray[np.uint8],
    lattice: Lattice,
    px_per_mm: tuple[float, float],
    through: Sheet | None,
) -> tuple[NDArray[np.uint8], PageMap, NDArray[np.float64]]:
    """Resample the whole page; with the map back and the (u, v) mm of sheet pixel (0, 0)."""
    height, width = (image if through is None else through.image).shape[:2]
    frame = _frame(width, height)
    paper = np.column_stack([lattice.u_mm(frame), lattice.v_mm(frame)])
    low, high = paper.min(axis=0), paper.max(axis=0)
    scale = np.array(px_per_mm)
    size = np.ceil((high - low) * scale).astype(int) + 1
    across = max(2, int(np.ceil(size[0] / NODE_PX)) + 1)
    down = max(2, int(np.ceil(size[1] / NODE_PX)) + 1)
    step_x, step_y = (size[0] - 1) / (across - 1), (size[1] - 1) / (down - 1)
    columns, rows = np.meshgrid(np.arange(across) * step_x, np.arange(down) * step_y)
    target = np.column_stack([columns.ravel(), rows.ravel()]) / scale + low
    points = _page_points(lattice, target)
    points = points if through is None else through.page_map.to_page(points)
    nodes = points.reshape(down, across, 2)
    page_map = PageMap(nodes, float(step_x), float(step_y))
    return resample_sheet(image, page_map, int(size[0]), int(size[1])), page_map, low


def _page_points(lattice: Lattice, target_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Page points of paper points, by Newton's method from the planes."""
    jacobian = np.array([lattice.u_mm.plane[:2], lattice.v_mm.plane[:2]])
    offset = np.array([lattice.u_mm.plane[2], lattice.v_mm.plane[2]])
    inverse = np.linalg.inv(jacobian)
    points: NDArray[np.float64] = (target_mm - offset) @ inverse.T
    for _ in range(MOST_STEPS):
        miss = target_mm - np.column_stack([lattice.u_mm(points), lattice.v_mm(points)])
        if float(np.abs(miss).max()) < CLOSE_MM:
            break
        points = points + miss @ inverse.T
    return points


def _frame(width: int, height: int) -> NDArray[np.float64]:
    """Points along the border of a page."""
    x, y = np.linspace(0, width - 1, 9), np.linspace(0, height - 1, 9)
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    return np.concatenate([grid[0], grid[-1], grid[:, 0], grid[:, -1]])
