"""Scan a sheet pixel by pixel: the sensor, and the threshold of black-and-white scanners."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.jit import kernel


@kernel
def digitize(
    seen: NDArray[np.uint8],
    rows: NDArray[np.float32],
    columns: NDArray[np.float32],
    lag: NDArray[np.int32],
    tone: NDArray[np.uint8],
    black: int,
    grain: NDArray[np.int8],
    places: NDArray[np.int64],
    noise: float,
) -> NDArray[np.uint8]:
    """Light (H, W, C) pixels row by row and column by column, add noise, and tone them.

    Args:
        seen: the sheet in even light.
        rows: (H,) how much of the light each row gets.
        columns: (W,) how much of the light each column gets.
        lag: (C,) 256ths of a pixel that each color is seen too far up, -256..256: rows mix.
        tone: (C, T) picture value of each quarter of a level of light.
        black: index in `tone` of no light; noise must stay between it and T - 1020 - black.
        grain: (G, G, 3) noise, G a power of two, standard deviation 16.
        places: (B, D, 2) where in `grain` each block of G / 2 pixels a side starts.
        noise: standard deviation of noise in levels of light.
    """
    height, width, channels = seen.shape
    image = np.empty_like(seen)
    mask, block = grain.shape[0] - 1, grain.shape[0] // 2
    # Levels of light in units of 1/1024, so that integers do.
    strength = np.int32(np.rint(noise * 64)) << 8
    light = np.empty(width, np.int32)
    for y in range(height):
        for x in range(width):
            light[x] = np.int32(rows[y] * columns[x] * np.float32(1024))
        for first in range(0, width, block):
            place = places[y // block, first // block]
            u, v = place[0], (y + place[1]) & mask
            for k in range(channels):
                late, here = abs(lag[k]), np.int32(256) - abs(lag[k])
                near = max(y - 1, 0) if lag[k] > 0 else min(y + 1, height - 1)
                for x in range(first, min(first + block, width)):
                    rough = np.int32(grain[v, (x + u) & mask, k]) * strength
                    color = np.int32(seen[y, x, k]) * here + np.int32(seen[near, x, k]) * late
                    level = (color * light[x] + rough) >> 16
                    image[y, x, k] = tone[k, level + black]
    return image


@kernel
def count_dots(
    cover: NDArray[np.uint8],
    tint: NDArray[np.uint8],
    edge: NDArray[np.uint8],
    dense: int,
    places: NDArray[np.int64],
    shades: NDArray[np.uint8],
) -> NDArray[np.uint8]:
    """Scan in black and white three times as finely, and give what is left in (H, W) pixels.

    Each pixel holds 3 x 3 points, black where the coverage, read bilinearly, exceeds a threshold.

    Args:
        cover: (H + 2, W + 2) coverage by ink, 0 to 255, with a pixel more on every side.
        tint: (N, N) thresholds 0..254 of the points, N a power of two.
        edge: the same for pixels beside solid ink.
        dense: least coverage that counts as solid.
        places: (B, D, 2) where in the screens (x, y) each block of N / 4 pixels a side starts.
        shades: (10,) value of a pixel by its number of black points.
    """
    height, width = cover.shape[0] - 2, cover.shape[1] - 2
    image = np.empty((height, width), np.uint8)
    mask, block = tint.shape[0] - 1, tint.shape[0] // 4
    for y in range(height):
        above, here, below = cover[y], cover[y + 1], cover[y + 2]
        for first in range(0, width, block):
            place = places[y // block, first // block]
            j0 = (3 * y + place[1]) & mask
            j1, j2 = (j0 + 1) & mask, (j0 + 2) & mask
            for x in range(first, min(first + block, width)):
                a, b, c = np.int32(above[x]), np.int32(above[x + 1]), np.int32(above[x + 2])
                d, e, f = np.int32(here[x]), np.int32(here[x + 1]), np.int32(here[x + 2])
                g, h, i = np.int32(below[x]), np.int32(below[x + 1]), np.int32(below[x + 2])
                total = a + b + c + d + e + f + g + h + i
                if total == 0:
                    image[y, x] = shades[0]
                    continue
                if total == 9 * 255:
                    image[y, x] = shades[9]
                    continue
                screen = edge if max(b, d, e, f, h) >= dense else tint
                i0 = (3 * x + place[0]) & mask
                i1, i2 = (i0 + 1) & mask, (i0 + 2) & mask
                # The outer points lie a third of the way to the neighbors.
                middle = 4 * e
                count = middle + 2 * (b + d) + a > 9 * np.int32(screen[j0, i0])
                count += middle + 2 * e + 3 * b > 9 * np.int32(screen[j0, i1])
                count += middle + 2 * (b + f) + c > 9 * np.int32(screen[j0, i2])
                count += middle + 2 * e + 3 * d > 9 * np.int32(screen[j1, i0])
                count += 9 * e > 9 * np.int32(screen[j1, i1])
                count += middle + 2 * e + 3 * f > 9 * np.int32(screen[j1, i2])
                count += middle + 2 * (h + d) + g > 9 * np.int32(screen[j2, i0])
                count += middle + 2 * e + 3 * h > 9 * np.int32(screen[j2, i1])
                count += middle + 2 * (h + f) + i > 9 * np.int32(screen[j2, i2])
                image[y, x] = shades[count]
    return image
