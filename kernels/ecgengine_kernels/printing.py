"""Print by halftone screens that are finer than the pixels of the print."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.jit import kernel


@kernel
def average_screen(screen: NDArray[np.uint8], parts: int, levels: int) -> NDArray[np.uint8]:
    """Give the coverage of a pixel by dots, 0 to 255, for each level of coverage.

    Args:
        screen: (N, N) thresholds 0..254; a dot prints where the coverage is larger.
        parts: elements of the screen along a pixel; divides N.
        levels: number of coverages, evenly from 0 to 255.

    Returns:
        (levels, N / parts, N / parts) uint8.
    """
    side = screen.shape[0] // parts
    shares = np.zeros((levels, side, side), np.uint8)
    count = parts * parts
    for level in range(levels):
        coverage = (255 * level + (levels - 1) // 2) // (levels - 1)
        for y in range(side):
            for x in range(side):
                dots = 0
                for j in range(y * parts, (y + 1) * parts):
                    for i in range(x * parts, (x + 1) * parts):
                        dots += coverage > screen[j, i]
                shares[level, y, x] = (255 * dots + count // 2) // count
    return shares


@kernel
def lay_ink(
    flat: NDArray[np.uint8],
    curve: NDArray[np.float32],
    density: NDArray[np.float32],
    step: int,
    dots: NDArray[np.float32],
    places: NDArray[np.int64],
    lost: float,
    paper: NDArray[np.float32],
    grain: NDArray[np.int8],
    grain_places: NDArray[np.int64],
    mottle: float,
) -> NDArray[np.uint8]:
    """Print (H, W, 3) pixels in black and three colors; give (H, W, 3) uint8 RGB.

    What all channels of a pixel have in common is printed in black.

    Args:
        flat: what is printed, 255 where there is no ink.
        curve: (256,) coverage 0..1 that the printer lays down for each pixel value.
        density: (H, S) how well ink takes, 0..1, at every `step` pixels of each row.
        step: pixels between columns of `density`.
        dots: (L, T, T) share 0..1 of a pixel that dots cover, T a power of two.
        places: (4, 2) where in the screen (x, y) the inks begin: those that hold back red, green
            and blue, and black.
        lost: how much of the paper's light full coverage swallows, 0..1.
        paper: (256, 3) color of the paper for each value of `grain`, plus 128.
        grain: (G, G, 3) noise, G a power of two, standard deviation 16.
        grain_places: (B, D, 2) where in `grain` each block of G / 2 pixels a side starts.
        mottle: standard deviation of density.
    """
    height, width = flat.shape[:2]
    image = np.empty((height, width, 3), np.uint8)
    finest = np.float32(dots.shape[0] - 1)
    screen_mask = dots.shape[1] - 1
    mask, block = grain.shape[0] - 1, grain.shape[0] // 2
    half, zero, one = np.float32(0.5), np.float32(0), np.float32(1)
    swallow, uneven = np.float32(lost), np.float32(mottle / 16)
    red_x, green_x, blue_x, black_x = places[0, 0], places[1, 0], places[2, 0], places[3, 0]
    for y in range(height):
        red_y, green_y = (y + places[0, 1]) & screen_mask, (y + places[1, 1]) & screen_mask
        blue_y, black_y = (y + places[2, 1]) & screen_mask, (y + places[3, 1]) & screen_mask
        for c in range((width + step - 1) // step):
            first, last = c * step, min(c * step + step, width)
            take, rise = density[y, c], (density[y, c + 1] - density[y, c]) / np.float32(step)
            place = grain_places[y // block, first // block]
            # Mottle needs other noise than the paper beneath it.
            u, v = place[0], (y + place[1]) & mask
            w = (v + block) & mask
            for x in range(first, last):
                scale = take + grain[w, (x + u) & mask, 0] * uneven
                scale = min(max(scale, zero), one) * finest
                take += rise
                red, green, blue = curve[flat[y, x, 0]], curve[flat[y, x, 1]], curve[flat[y, x, 2]]
                black = min(red, green, blue)
                red, green, blue = red - black, green - black, blue - black
                if black > 0:
                    black = dots[int(black * scale + half), black_y, (x + black_x) & screen_mask]
                if red > 0:
                    red = dots[int(red * scale + half), red_y, (x + red_x) & screen_mask]
                if green > 0:
                    green = dots[int(green * scale + half), green_y, (x + green_x) & screen_mask]
                if blue > 0:
                    blue = dots[int(blue * scale + half), blue_y, (x + blue_x) & screen_mask]
                tint = int(grain[v, (x + u) & mask, 0]) + 128
                red = paper[tint, 0] * (one - swallow * min(black + red, one))
                green = paper[tint, 1] * (one - swallow * min(black + green, one))
                blue = paper[tint, 2] * (one - swallow * min(black + blue, one))
                image[y, x, 0] = np.uint8(red + half)
                image[y, x, 1] = np.uint8(green + half)
                image[y, x, 2] = np.uint8(blue + half)
    return image
