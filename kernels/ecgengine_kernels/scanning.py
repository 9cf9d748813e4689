"""What a scanner's sensor and its threshold make of a sheet, pixel by pixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.jit import kernel


@kernel
def digitize(
    seen: NDArray[np.uint8],
    rows: NDArray[np.float32],
    columns: NDArray[np.float32],
    tone: NDArray[np.float32],
    noise: NDArray[np.float32],
    grain: NDArray[np.int8],
    places: NDArray[np.int64],
) -> NDArray[np.uint8]:
    """Light (H, W, C) pixels row by row and column by column, then tone them and add noise.

    Args:
        seen: the sheet in even light.
        rows: (H,) how much of the light each row gets.
        columns: (W,) how much of the light each column gets.
        tone: (256, C) picture value of each value of light.
        noise: (256,) standard deviation of noise at each value of light.
        grain: (G, G, 3) noise, G a power of two, standard deviation 16.
        places: (B, D, 2) where in `grain` each block of G / 2 pixels a side starts.
    """
    height, width, channels = seen.shape
    image = np.empty_like(seen)
    mask, block = grain.shape[0] - 1, grain.shape[0] // 2
    half, zero, white = np.float32(0.5), np.float32(0), np.float32(255)
    unit = np.float32(1 / 16)
    for y in range(height):
        for first in range(0, width, block):
            place = places[y // block, first // block]
            u, v = place[0], (y + place[1]) & mask
            for x in range(first, min(first + block, width)):
                light = rows[y] * columns[x]
                for k in range(channels):
                    level = int(min(seen[y, x, k] * light + half, white))
                    rough = grain[v, (x + u) & mask, k] * unit
                    value = tone[level, k] + rough * noise[level] + half
                    image[y, x, k] = np.uint8(min(max(value, zero), white))
    return image


@kernel
def count_dots(
    cover: NDArray[np.uint8],
    screen: NDArray[np.uint8],
    places: NDArray[np.int64],
    shades: NDArray[np.uint8],
) -> NDArray[np.uint8]:
    """Scan in black and white three times as finely, and give what is left in (H, W) pixels.

    Each pixel holds 3 x 3 points, black where the coverage, read bilinearly, exceeds a threshold.

    Args:
        cover: (H, W) coverage by ink, 0 to 255.
        screen: (N, N) thresholds 0..254 of the points, N a power of two.
        places: (B, D, 2) where in `screen` (x, y) each block of N / 4 pixels a side starts.
        shades: (10,) value of a pixel by its number of black points.
    """
    height, width = cover.shape
    image = np.empty((height, width), np.uint8)
    mask, block = screen.shape[0] - 1, screen.shape[0] // 4
    near = np.empty((3, 3), np.int64)
    for y in range(height):
        above, below = max(y - 1, 0), min(y + 1, height - 1)
        for x in range(width):
            left, right = max(x - 1, 0), min(x + 1, width - 1)
            near[0, 0], near[0, 2] = cover[above, left], cover[above, right]
            near[0, 1], near[1, 1], near[2, 1] = cover[above, x], cover[y, x], cover[below, x]
            near[1, 0], near[1, 2] = cover[y, left], cover[y, right]
            near[2, 0], near[2, 2] = cover[below, left], cover[below, right]
            total = 0
            for j in range(3):
                total += near[j, 0] + near[j, 1] + near[j, 2]
            if total == 0 or total == 9 * 255:
                image[y, x] = shades[9 if total else 0]
                continue
            place = places[y // block, x // block]
            count = 0
            for j in range(3):
                v = (3 * y + j + place[1]) & mask
                for i in range(3):
                    # A third of the way to the neighbor on either side.
                    value = 4 * near[1, 1] + 2 * (near[j, 1] + near[1, i]) + near[j, i]
                    u = (3 * x + i + place[0]) & mask
                    count += value > 9 * np.int64(screen[v, u])
            image[y, x] = shades[count]
    return image
