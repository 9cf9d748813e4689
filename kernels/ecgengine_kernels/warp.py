"""Drawing pictures: layers of ink on paper, and a sheet seen through a smooth map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.jit import kernel


@kernel
def compose_layers(
    layers: NDArray[np.uint8], colors: NDArray[np.float32], paper: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """Lay (L, H, W) coverages in their (L, 3) colors over paper, the first lowest: (H, W, 3).

    Each layer hides what lies below it by its coverage, 0 (none) to 255.
    """
    count, height, width = layers.shape
    image = np.empty((height, width, 3), np.uint8)
    red, green, blue = np.uint8(paper[0]), np.uint8(paper[1]), np.uint8(paper[2])
    for y in range(height):
        for x in range(width):
            image[y, x, 0], image[y, x, 1], image[y, x, 2] = red, green, blue
        for layer in range(count):
            for x in range(width):
                cover = layers[layer, y, x]
                if cover:
                    share = np.float32(cover) / np.float32(255)
                    for k in range(3):
                        below = np.float32(image[y, x, k])
                        value = below + (colors[layer, k] - below) * share
                        image[y, x, k] = np.uint8(value + np.float32(0.5))
    return image


@kernel
def warp_lattice(
    flat: NDArray[np.uint8],
    nodes: NDArray[np.float64],
    step: float,
    height: int,
    width: int,
    outside: NDArray[np.uint8],
) -> NDArray[np.uint8]:
    """Sample (H, W, C) pixels where a lattice says; give (height, width, C).

    Args:
        flat: the picture to read, bilinearly.
        nodes: (R, S, 2) float64, where in `flat` (x, y) the output point (column * step,
            row * step) lies; bilinear in between.
        step: output pixels between lattice nodes.
        height: rows of the output.
        width: columns of the output.
        outside: (C,) value of points more than half a pixel outside `flat`.
    """
    rows, columns, channels = flat.shape
    image = np.empty((height, width, channels), np.uint8)
    last_row, last_column = nodes.shape[0] - 2, nodes.shape[1] - 2
    one = 1 << 8
    for y in range(height):
        r = min(int(y / step), last_row)
        fv = y / step - r
        column = -1
        ax = ay = dx = dy = 0.0
        begin = 0.0
        for x in range(width):
            c = min(int(x / step), last_column)
            if c != column:
                column = c
                begin = c * step
                ax = nodes[r, c, 0] * (1 - fv) + nodes[r + 1, c, 0] * fv
                ay = nodes[r, c, 1] * (1 - fv) + nodes[r + 1, c, 1] * fv
                bx = nodes[r, c + 1, 0] * (1 - fv) + nodes[r + 1, c + 1, 0] * fv
                by = nodes[r, c + 1, 1] * (1 - fv) + nodes[r + 1, c + 1, 1] * fv
                dx, dy = (bx - ax) / step, (by - ay) / step
            u, v = ax + dx * (x - begin), ay + dy * (x - begin)
            if not (-0.5 <= u <= columns - 0.5 and -0.5 <= v <= rows - 0.5):
                for k in range(channels):
                    image[y, x, k] = outside[k]
                continue
            u, v = min(max(u, 0.0), columns - 1.0), min(max(v, 0.0), rows - 1.0)
            i, j = min(int(u), columns - 2), min(int(v), rows - 2)
            fu, fw = int((u - i) * one + 0.5), int((v - j) * one + 0.5)
            for k in range(channels):
                top = flat[j, i, k] * (one - fu) + flat[j, i + 1, k] * fu
                bottom = flat[j + 1, i, k] * (one - fu) + flat[j + 1, i + 1, k] * fu
                image[y, x, k] = (top * (one - fw) + bottom * fw + (one * one // 2)) >> 16
    return image
