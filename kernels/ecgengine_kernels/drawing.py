"""Draw curves: the coverage of each pixel by a round pen."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.jit import kernel


@kernel
def draw_curve(
    layer: NDArray[np.uint8],
    points_px: NDArray[np.float64],
    width_px: float,
    left_px: float,
    right_px: float,
) -> None:
    """Draw a polyline into an (H, W) layer of coverage (0..255), which only grows.

    The coverage of a pixel is that of a stripe of the pen's width at the distance of the nearest
    part of the line: exact for straight strokes along the pixels, pens under a pixel included.

    Args:
        layer: changed in place.
        points_px: (N, 2) x and y, pixel centers at integers; a NaN breaks the line.
        width_px: width of the pen, whose ends are round.
        left_px: nothing is drawn left of this x (a pixel across it is covered in part).
        right_px: nothing is drawn right of this x.
    """
    height, width = layer.shape
    half = width_px / 2
    reach = half + 0.75
    for index in range(points_px.shape[0] - 1):
        x0, y0 = points_px[index, 0], points_px[index, 1]
        x1, y1 = points_px[index + 1, 0], points_px[index + 1, 1]
        if not (math.isfinite(x0 + y0 + x1 + y1)):
            continue
        first_x = max(math.ceil(min(x0, x1) - reach), 0)
        last_x = min(math.floor(max(x0, x1) + reach), width - 1)
        first_y = max(math.ceil(min(y0, y1) - reach), 0)
        last_y = min(math.floor(max(y0, y1) + reach), height - 1)
        dx, dy = x1 - x0, y1 - y0
        length2 = dx * dx + dy * dy
        for y in range(first_y, last_y + 1):
            for x in range(first_x, last_x + 1):
                t = 0.0
                if length2 > 0:
                    t = min(max(((x - x0) * dx + (y - y0) * dy) / length2, 0.0), 1.0)
                px, py = x - x0 - t * dx, y - y0 - t * dy
                distance = math.sqrt(px * px + py * py)
                inner = min(max(half - distance + 0.5, 0.0), 1.0)
                outer = min(max(-half - distance + 0.5, 0.0), 1.0)
                cover = inner - outer
                cover *= min(max(x + 0.5 - left_px, 0.0), 1.0)
                cover *= min(max(right_px - x + 0.5, 0.0), 1.0)
                value = int(cover * 255 + 0.5)
                layer[y, x] = max(layer[y, x], value)
