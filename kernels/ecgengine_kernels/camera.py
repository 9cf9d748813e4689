"""Photograph pixel by pixel: the table beside a sheet, a display's raster, light and sensor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.jit import kernel
from ecgengine_kernels.warp import between_rows

VEIL, BLUR = 3, 4
"""Columns of light behind the gains of red, green and blue."""


@kernel
def lay_on_table(
    image: NDArray[np.uint8],
    missing: NDArray[np.uint8],
    sheet: NDArray[np.float64],
    size: tuple[float, float],
    texture: NDArray[np.uint8],
    table: NDArray[np.float64],
    step: int,
    shade: NDArray[np.float32],
) -> None:
    """Paint a table into (H, W, 3) pixels wherever the sheet does not cover them.

    Args:
        image: the sheet as seen; changed in place.
        missing: (H, W), 255 where paper is missing; or (0, 0) when none is.
        sheet: (R, S, 2) pixels of the flat sheet, edge at 0, at every `step` pixels.
        size: width and height of the flat sheet in its pixels.
        texture: (T, T, 3) picture of the table, T a power of two; repeats itself mirrored.
        table: (R, S, 2) pixels of `texture` at every `step` pixels.
        step: pixels between nodes.
        shade: (R, S) how much of its light the table gets, at every `step` pixels.
    """
    height, width = image.shape[:2]
    holes = missing.shape[0] > 0
    tile = texture.shape[0]
    for y in range(height):
        r = min(y // step, sheet.shape[0] - 2)
        fv = y / step - r
        for c in range((width + step - 1) // step):
            first, last = c * step, min(c * step + step, width)
            ax, ay = between_rows(sheet, r, c, fv)
            bx, by = between_rows(sheet, r, c + 1, fv)
            inside = min(ax, bx, ay, by) > 1
            inside = inside and max(ax, bx) < size[0] - 1 and max(ay, by) < size[1] - 1
            if inside and not holes:
                continue
            tx, ty = between_rows(table, r, c, fv)
            next_x, next_y = between_rows(table, r, c + 1, fv)
            dx, dy = (next_x - tx) / step, (next_y - ty) / step
            dim = shade[r, c] * (1 - fv) + shade[r + 1, c] * fv
            dim_rise = (shade[r, c + 1] * (1 - fv) + shade[r + 1, c + 1] * fv - dim) / step
            for x in range(first, last):
                cover = 1.0
                if not inside:
                    u = ax + (bx - ax) * (x - first) / step
                    v = ay + (by - ay) * (x - first) / step
                    cover = min(u, v, size[0] - u, size[1] - v) + 0.5
                    cover = min(max(cover, 0.0), 1.0)
                if holes:
                    cover *= 1 - missing[y, x] / 255
                if cover >= 1:
                    continue
                i, j = int(np.floor(tx + dx * (x - first))), int(np.floor(ty + dy * (x - first)))
                i = i & (tile - 1) if i & tile == 0 else tile - 1 - (i & (tile - 1))
                j = j & (tile - 1) if j & tile == 0 else tile - 1 - (j & (tile - 1))
                light = (dim + dim_rise * (x - first)) * (1 - cover)
                for k in range(3):
                    value = image[y, x, k] * cover + texture[j, i, k] * light
                    image[y, x, k] = np.uint8(value + 0.5)


@kernel
def show_pixels(
    image: NDArray[np.uint8],
    screen: NDArray[np.float64],
    step: int,
    wave: NDArray[np.float32],
    across: np.float32,
    down: np.float32,
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
    mask = count - 1
    # Phases as integers wrap around by themselves.
    unit = 1 << 20
    third = count * unit // 3
    for y in range(height):
        r = min(y // step, screen.shape[0] - 2)
        fv = y / step - r
        for c in range((width + step - 1) // step):
            first, last = c * step, min(c * step + step, width)
            ax, ay = between_rows(screen, r, c, fv)
            bx, by = between_rows(screen, r, c + 1, fv)
            u, v = int(np.floor(ax * count * unit)), int(np.floor(ay * count * unit))
            du, dv = int((bx - ax) / step * count * unit), int((by - ay) / step * count * unit)
            for x in range(first, last):
                rows = np.float32(1) + down * wave[(v >> 20) & mask]
                for k in range(3):
                    stripe = rows * (np.float32(1) + across * wave[((u - k * third) >> 20) & mask])
                    value = np.float32(image[y, x, k]) * stripe + np.float32(0.5)
                    image[y, x, k] = np.uint8(min(value, np.float32(255)))
                u += du
                v += dv


@kernel
def expose(
    sharp: NDArray[np.uint8],
    soft: NDArray[np.uint8],
    light: NDArray[np.float32],
    step: int,
    tone: NDArray[np.float32],
    noise: NDArray[np.float32],
    grain: NDArray[np.int8],
    places: NDArray[np.int64],
) -> NDArray[np.uint8]:
    """Light a scene, take it through a tone curve and add noise; give (H, W * 3) uint8.

    Values of the scene stand for light by a cubic close to the sRGB curve.

    Args:
        sharp: (H, W * 3) the scene in even light, red, green and blue in turn.
        soft: (H, W * 3) the same, blurred more.
        light: (R, S, 5): gains of red, green and blue, veil added to all, and the weight of
            `soft` against `sharp` (negative: sharpened), at every `step` pixels.
        step: pixels between nodes of `light`.
        tone: (T,) picture value of light 0 to 1; more light is clipped.
        noise: (T,) standard deviation of noise at light 0 to 1, in picture values.
        grain: (G, G * 3) noise of standard deviation 16, G a power of two.
        places: (B, C, 2) where in `grain` (x, y) each block of G / 2 pixels a side starts.
    """
    height, wide = sharp.shape
    width = wide // 3
    image = np.empty((height, wide), np.uint8)
    rows, columns = light.shape[:2]
    nodes = np.empty((columns, 5), np.float32)
    gain, veil, mix, rough = np.empty((4, wide), np.float32)
    index = np.empty(wide, np.int32)
    last = np.float32(tone.shape[0] - 1)
    side = grain.shape[0]
    block = side // 2
    half, zero, one = np.float32(0.5), np.float32(0), np.float32(1)
    white = np.float32(255)
    per_white, per_grain, per_step = one / white, np.float32(1 / 16), one / np.float32(step)
    cube, square, linear = np.float32(0.305306), np.float32(0.682171), np.float32(0.012523)
    for y in range(height):
        r = min(y // step, rows - 2)
        fv = np.float32(y - r * step) * per_step
        for c in range(columns):
            for k in range(5):
                nodes[c, k] = light[r, c, k] + (light[r + 1, c, k] - light[r, c, k]) * fv
        for c in range((width + step - 1) // step):
            d = min(c + 1, columns - 1)
            first = c * step
            for i in range(min(step, width - first)):
                fu = np.float32(i) * per_step
                dim = nodes[c, VEIL] + (nodes[d, VEIL] - nodes[c, VEIL]) * fu
                blend = nodes[c, BLUR] + (nodes[d, BLUR] - nodes[c, BLUR]) * fu
                for k in range(3):
                    at = (first + i) * 3 + k
                    gain[at] = nodes[c, k] + (nodes[d, k] - nodes[c, k]) * fu
                    veil[at] = dim
                    mix[at] = blend
        for c in range((width + block - 1) // block):
            place = places[y // block, c]
            j = (y + place[1]) & (side - 1)
            for x in range(c * block, min((c + 1) * block, width)):
                i = ((x + place[0]) & (side - 1)) * 3
                for k in range(3):
                    rough[x * 3 + k] = np.float32(grain[j, i + k]) * per_grain
        for x in range(wide):
            a, b = np.float32(sharp[y, x]), np.float32(soft[y, x])
            v = min(max((a + (b - a) * mix[x]) * per_white, zero), one)
            lit = v * (v * (v * cube + square) + linear) * gain[x] + veil[x]
            index[x] = np.int32(min(max(lit, zero), one) * last + half)
        for x in range(wide):
            value = tone[index[x]] + rough[x] * noise[index[x]] + half
            image[y, x] = np.uint8(min(max(value, zero), white))
    return image
