"""Compose flat layers, and see a sheet through a paper map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine.geometry.paper_map import PaperMap
from ecgengine_kernels.warp import compose_layers, warp_lattice
from ecgengine_plugins.synth.picture import Print


def compose(sheet: Print) -> NDArray[np.uint8]:
    """Give a print as (H, W, 3) uint8 RGB, ink over marks over grid over even paper."""
    layers = np.stack([sheet.grid, sheet.marks, sheet.text, sheet.trace])
    colors = (sheet.grid_rgb, sheet.marks_rgb, sheet.ink_rgb, sheet.ink_rgb)
    paper = np.rint(np.array(sheet.paper_rgb)).astype(np.float32)
    return compose_layers(layers, np.array(colors, dtype=np.float32), paper)


def warp(
    flat: NDArray[np.uint8],
    px_per_mm: float,
    paper_map: PaperMap,
    size_px: tuple[int, int],
    outside: tuple[int, ...],
) -> NDArray[np.uint8]:
    """See a flat picture of the sheet through a paper map.

    Args:
        flat: (H, W, C) or (H, W) uint8, pixels placed on paper as those of `Print`.
        px_per_mm: pixels per millimeter of `flat`.
        paper_map: from pixels of the result to paper.
        size_px: width and height of the result.
        outside: C values that surround the sheet.

    Returns:
        uint8 of `size_px`, with as many channels as `flat`.
    """
    nodes = paper_map.nodes_mm * px_per_mm - 0.5
    channels = flat if flat.ndim == 3 else flat[:, :, None]
    width, height = size_px
    seen = warp_lattice(
        np.ascontiguousarray(channels),
        nodes,
        float(paper_map.step_px),
        height,
        width,
        np.array(outside, dtype=np.uint8),
    )
    return seen if flat.ndim == 3 else seen[:, :, 0]
