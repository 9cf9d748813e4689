"""Compose layers of ink on paper, and resample a sheet through a lattice."""

from __future__ import annotations

import math

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
def between_rows(
    nodes: NDArray[np.float64], row: int, column: int, down: float
) -> tuple[float, float]:
    """Read the (x, y) of a lattice (R, S, 2) at a column, `down` (0 to 1) below a row."""
    up = 1 - down
    return (
        nodes[row, column, 0] * up + nodes[row + 1, column, 0] * down,
        nodes[row, column, 1] * up + nodes[row + 1, column, 1] * down,
    )


@kernel
def _read(
    flat: NDArray[np.uint8], u: float, v: float, image: NDArray[np.uint8], y: int, x: int
) -> None:
    """Set one output pixel to what lies at (u, v) of `flat`, weighed in 1/256 of a pixel."""
    i, j = min(int(u), flat.shape[1] - 2), min(int(v), flat.shape[0] - 2)
    fu, fv = int((u - i) * 256 + 0.5), int((v - j) * 256 + 0.5)
    for k in range(flat.shape[2]):
        top = flat[j, i, k] * (256 - fu) + flat[j, i + 1, k] * fu
        bottom = flat[j + 1, i, k] * (256 - fu) + flat[j + 1, i + 1, k] * fu
        image[y, x, k] = (top * (256 - fv) + bottom * fv + 32768) >> 16


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
    for y in range(height):
        r = min(int(y / step), last_row)
        fv = y / step - r
        first = 0
        for c in range(last_column + 1):
            stop = width if c == last_column else min(math.ceil((c + 1) * step), width)
            if stop <= first:
                continue
            ax, ay = between_rows(nodes, r, c, fv)
            bx, by = between_rows(nodes, r, c + 1, fv)
            dx, dy = (bx - ax) / step, (by - ay) / step
            ax, ay = ax - dx * c * step, ay - dy * c * step
            u0, v0 = ax + dx * first, ay + dy * first
            u1, v1 = ax + dx * (stop - 1), ay + dy * (stop - 1)
            if (
                min(u0, u1) >= 0.01
                and max(u0, u1) < columns - 1.01
                and min(v0, v1) >= 0.01
                and max(v0, v1) < rows - 1.01
            ):
                # Most cells lie inside as a whole: no look at each pixel, and positions as whole
                # millionths of a pixel, which is twice as fast.
                u, v = int(u0 * (1 << 20)), int(v0 * (1 << 20))
                du, dv = int(dx * (1 << 20)), int(dy * (1 << 20))
                for x in range(first, stop):
                    i, j = u >> 20, v >> 20
                    fu = np.int32(((u & 0xFFFFF) + 2048) >> 12)
                    fw = np.int32(((v & 0xFFFFF) + 2048) >> 12)
                    gu, gw = np.int32(256) - fu, np.int32(256) - fw
                    if channels == 3:
                        for k in range(3):
                            top = flat[j, i, k] * gu + flat[j, i + 1, k] * fu
                            bottom = flat[j + 1, i, k] * gu + flat[j + 1, i + 1, k] * fu
                            image[y, x, k] = (top * gw + bottom * fw + 32768) >> 16
                    else:
                        for k in range(channels):
                            top = flat[j, i, k] * gu + flat[j, i + 1, k] * fu
                            bottom = flat[j + 1, i, k] * gu + flat[j + 1, i + 1, k] * fu
                            image[y, x, k] = (top * gw + bottom * fw + 32768) >> 16
                    u += du
                    v += dv
            else:
                for x in range(first, stop):
                    px, py = ax + dx * x, ay + dy * x
                    if -0.5 <= px <= columns - 0.5 and -0.5 <= py <= rows - 0.5:
                        px, py = min(max(px, 0.0), columns - 1.0), min(max(py, 0.0), rows - 1.0)
                        _read(flat, px, py, image, y, x)
                    else:
                        for k in range(channels):
                            image[y, x, k] = outside[k]
            first = stop
    return image
