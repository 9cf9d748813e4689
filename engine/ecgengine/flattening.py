"""Laying a page flat along a known map, with one interpolation."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.case import PageTruth
from ecgengine.page import Page
from ecgengine.sheet import PageMap, PaperGrid, Sheet

STRIP_PX = 128


def resample_sheet(
    image: NDArray[np.uint8], page_map: PageMap, width_px: int, height_px: int
) -> NDArray[np.uint8]:
    """Read an (H, W, 3) page at every pixel of a sheet, cubically; white beyond the page."""
    rows, columns = page_map.nodes_px.shape[:2]
    lower = _tent(height_px, page_map.step_y_px, rows)
    right = _tent(width_px, page_map.step_x_px, columns)
    wide = [page_map.nodes_px[..., k].astype(np.float32) @ right.T for k in (0, 1)]
    sheet = np.empty((height_px, width_px, 3), np.uint8)
    # A strip lies between few rows of nodes, and its map fits into the processor's cache.
    for top in range(0, height_px, STRIP_PX):
        strip = lower[top : top + STRIP_PX]
        near = np.flatnonzero(strip.any(axis=0))
        x, y = (strip[:, near] @ places[near] for places in wide)
        sheet[top : top + STRIP_PX] = cv2.remap(
            image,
            x,
            y,
            cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(255, 255, 255),
        )
    return sheet


def true_sheet(page: Page, truth: PageTruth) -> Sheet:
    """Lay a made page flat by its own truth, at its own typical scale.

    It is what a perfect rectifier gives: for judging the stages after it, and for training them.
    """
    scale = truth.px_per_mm
    width, height = (round(side * scale) for side in truth.paper_mm)
    page_map = truth.paper_map.page_map(scale, *truth.paper_mm)
    light_mm, heavy_mm = truth.grid_mm
    printed = light_mm is not None or heavy_mm is not None
    # Grid lines lie on whole millimeters from the corner, pixel centers half a pixel inward.
    grid = PaperGrid(-0.5, -0.5, light_mm, heavy_mm) if printed else None
    return Sheet(
        image=resample_sheet(page.image, page_map, width, height),
        px_per_mm_x=scale,
        px_per_mm_y=scale,
        page_map=page_map,
        scale_source="given",
        residual_mm=0.0,
        grid=grid,
    )


def _tent(size: int, step_px: float, nodes: int) -> NDArray[np.float32]:
    """(size, nodes) weights of linear interpolation between nodes, exact where OpenCV's is not."""
    away = np.abs(np.arange(size)[:, None] / step_px - np.arange(nodes)[None, :])
    return np.asarray(np.clip(1 - away, 0.0, None), dtype=np.float32)
