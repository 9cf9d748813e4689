"""What happens between a scene and a picture file, pixel by pixel: table, lens, light, sensor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.jit import kernel


@kernel
def lay_on_table(
    image: NDArray[np.uint8],
    gone: NDArray[np.uint8],
    sheet: NDArray[np.float64],
    size: tuple[float, float],
    texture: NDArray[np.uint8],
    table: NDArray[np.float64],
    step: int,
    shade: NDArray[np.float32],
    shade_step: int,
) -> None:
    """Paint a table into (H, W, 3) pixels wherever the sheet does not cover them.

    Args:
        image: the sheet as seen; changed in place.
        gone: (H, W), 255 where the sheet is missing; or (0, 0) when nothing is.
        sheet: (R, S, 2) pixels of the flat sheet, edge at 0, at every `step` pixels.
        size: width and height of the flat sheet in its pixels.
        texture: (T, T, 3) picture of the table, T a power of two; repeats itself mirrored.
        table: (R, S, 2) pixels of `texture` at every `step` pixels.
        step: pixels between nodes of `sheet` and `table`.
        shade: (P, Q) how much of its light the table gets, at every `shade_step` pixels.
        shade_step: pixels between nodes of `shade`.
    """
    height, width = image.shape[:2]
    holes = gone.shape[0] > 0
    tile = texture.shape[0]
    for y in range(height):
        r = min(y // step, sheet.shape[0] - 2)
        fv = y / step - r
        p = min(y // shade_step, shade.shape[0] - 2)
        fp = np.float32(y / shade_step - p)
        for c in range((width + step - 1) // step):
            first, last = c * step, min(c * step + step, width)
            ax = sheet[r, c, 0] * (1 - fv) + sheet[r + 1, c, 0] * fv
            ay = sheet[r, c, 1] * (1 - fv) + sheet[r + 1, c, 1] * fv
            bx = sheet[r, c + 1, 0] * (1 - fv) + sheet[r + 1, c + 1, 0] * fv
            by = sheet[r, c + 1, 1] * (1 - fv) + sheet[r + 1, c + 1, 1] * fv
            inside = min(ax, bx, ay, by) > 1
            inside = inside and max(ax, bx) < size[0] - 1 and max(ay, by) < size[1] - 1
            if inside and not holes:
                continue
            tx = table[r, c, 0] * (1 - fv) + table[r + 1, c, 0] * fv
            ty = table[r, c, 1] * (1 - fv) + table[r + 1, c, 1] * fv
            dx = (table[r, c + 1, 0] * (1 - fv) + table[r + 1, c + 1, 0] * fv - tx) / step
            dy = (table[r, c + 1, 1] * (1 - fv) + table[r + 1, c + 1, 1] * fv - ty) / step
            for x in range(first, last):
                cover = 1.0
                if not inside:
                    u = ax + (bx - ax) * (x - first) / step
                    v = ay + (by - ay) * (x - first) / step
                    cover = min(u, v, size[0] - u, size[1] - v) + 0.5
                    cover = min(max(cover, 0.0), 1.0)
                if holes:
                    cover *= 1 - gone[y, x] / 255
                if cover >= 1:
                    continue
                i, j = int(np.floor(tx + dx * (x - first))), int(np.floor(ty + dy * (x - first)))
                i = i & (tile - 1) if i & tile == 0 else tile - 1 - (i & (tile - 1))
                j = j & (tile - 1) if j & tile == 0 else tile - 1 - (j & (tile - 1))
                q = min(x // shade_step, shade.shape[1] - 2)
                fq = np.float32(x / shade_step - q)
                top = shade[p, q] * (1 - fq) + shade[p, q + 1] * fq
                bottom = shade[p + 1, q] * (1 - fq) + shade[p + 1, q + 1] * fq
                light = (top * (1 - fp) + bottom * fp) * (1 - cover)
                for k in range(3):
                    value = image[y, x, k] * cover + texture[j, i, k] * light
                    image[y, x, k] = np.uint8(value + 0.5)


@kernel
def show_pixels(
    image: NDArray[np.uint8],
    screen: NDArray[np.float64],
    step: int,
    wave: NDArray[np.float32],
    across: float,
    down: float,
) -> None:
    """Multiply (H, W, 3) pixels in place by the raster of a display, which makes moire.

    The raster is evaluated at each pixel's center only, so that it beats with the pixels as on a
    sensor. Red, green and blue stripes stand a third of a display pixel apart.

    Args:
        image: what the display shows, as seen.
        screen: (R, S, 2) display pixels at every `step` pixels.
        step: pixels between nodes.
        wave: (N,) one period of the raster with mean 0, N a power of two.
        across: how much of `wave` the stripes have.
        down: how much of `wave` the gaps between display rows have.
    """
    height, width = image.shape[:2]
    count = wave.shape[0]
    third = count / 3
    for y in range(height):
        r = min(y // step, screen.shape[0] - 2)
        fv = y / step - r
        for c in range((width + step - 1) // step):
            first, last = c * step, min(c * step + step, width)
            ax = screen[r, c, 0] * (1 - fv) + screen[r + 1, c, 0] * fv
            ay = screen[r, c, 1] * (1 - fv) + screen[r + 1, c, 1] * fv
            bx = screen[r, c + 1, 0] * (1 - fv) + screen[r + 1, c + 1, 0] * fv
            by = screen[r, c + 1, 1] * (1 - fv) + screen[r + 1, c + 1, 1] * fv
            dx, dy = (bx - ax) / step * count, (by - ay) / step * count
            ax, ay = ax * count, ay * count
            for x in range(first, last):
                u, v = ax + dx * (x - first), ay + dy * (x - first)
                rows = 1 + down * wave[int(np.floor(v)) & (count - 1)]
                for k in range(3):
                    stripe = 1 + across * wave[int(np.floor(u - k * third)) & (count - 1)]
                    value = image[y, x, k] * rows * stripe + 0.5
                    image[y, x, k] = np.uint8(min(value, 255.0))


@kernel
def expose(
    sharp: NDArray[np.uint8],
    soft: NDArray[np.uint8],
    light: NDArray[np.float32],
    step: int,
    linear: NDArray[np.float32],
    tone: NDArray[np.float32],
    grain: NDArray[np.int8],
    places: NDArray[np.int64],
    noise: NDArray[np.float32],
) -> NDArray[np.uint8]:
    """Light a scene, take it through a tone curve and add noise; give (H, W, 3) uint8.

    Args:
        sharp: (H, W, 3) the scene in even light.
        soft: (H, W, 3) the same, blurred more.
        light: (R, S, 5): gains of red, green and blue, veil added to all, and the weight of
            `soft` against `sharp` (negative: sharpened), at every `step` pixels.
        step: pixels between nodes of `light`.
        linear: (256,) light that each value of the scene stands for.
        tone: (3, T) picture value of light 0 to 1 in each channel; more light is clipped.
        grain: (G, G, 3) noise, G a power of two, standard deviation 16.
        places: (B, C, 2) where in `grain` each block of G / 2 pixels a side starts.
        noise: (256,) standard deviation of noise at each picture value, in picture values.
    """
    height, width = sharp.shape[:2]
    image = np.empty((height, width, 3), np.uint8)
    rows, columns = light.shape[:2]
    row = np.empty((columns, 5), np.float32)
    finest = np.float32(tone.shape[1] - 1)
    mask, block = grain.shape[0] - 1, grain.shape[0] // 2
    half, zero, white = np.float32(0.5), np.float32(0), np.float32(255)
    per_level = np.float32(1 / 16)
    for y in range(height):
        r = min(y // step, rows - 2)
        fv = np.float32(y / step - r)
        for c in range(columns):
            for k in range(5):
                row[c, k] = light[r, c, k] + (light[r + 1, c, k] - light[r, c, k]) * fv
        for c in range((width + step - 1) // step):
            first, last = c * step, min(c * step + step, width)
            place = places[y // block, first // block]
            j = (y + place[1]) & mask
            for k in range(3):
                gain, gain_rise = row[c, k], (row[c + 1, k] - row[c, k]) / np.float32(step)
                veil, veil_rise = row[c, 3], (row[c + 1, 3] - row[c, 3]) / np.float32(step)
                mix, mix_rise = row[c, 4], (row[c + 1, 4] - row[c, 4]) / np.float32(step)
                for x in range(first, last):
                    a, b = np.float32(sharp[y, x, k]), np.float32(soft[y, x, k])
                    seen = min(max(a + (b - a) * mix + half, zero), white)
                    lit = (linear[int(seen)] * gain + veil) * finest
                    value = tone[k, int(min(max(lit, zero), finest))]
                    level = min(int(value), 255)
                    grainy = np.float32(grain[j, (x + place[0]) & mask, k]) * per_level
                    value += grainy * noise[level] + half
                    image[y, x, k] = np.uint8(min(max(value, zero), white))
                    gain += gain_rise
                    veil += veil_rise
                    mix += mix_rise
    return image
