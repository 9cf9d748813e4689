"""Laying a page flat along a known map, with one interpolation."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.geometry.page_map import PageMap

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


def _tent(size: int, step_px: float, nodes: int) -> NDArray[np.float32]:
    """(size, nodes) weights of linear interpolation between nodes, exact where OpenCV's is not."""
    away = np.abs(np.arange(size)[:, None] / step_px - np.arange(nodes)[None, :])
    return np.asarray(np.clip(1 - away, 0.0, None), dtype=np.float32)
