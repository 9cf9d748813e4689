"""What befalls paper: stains that change its colors, spots that grow, ink that runs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.jit import kernel


@kernel
def stain_image(
    image: NDArray[np.uint8],
    box: tuple[int, int, int, int],
    depth: NDArray[np.float32],
    strength: NDArray[np.float32],
    grain: NDArray[np.float32],
    ramp: NDArray[np.uint16],
) -> None:
    """Change the colors of a box of an (H, W, C) image in place, as the depth in a stain says.

    A pixel of color c becomes c * (256 - loss) / 256 + offset, with loss and offset looked up by
    its depth, and keeps a share of its old color where the strength is below 255.

    Args:
        image: what is stained.
        box: left, top, width and height in pixels.
        depth: (R, C) index into the ramp at the middle of each of R x C equal parts of the box,
            bilinear in between.
        strength: (R, C) in 0..255, likewise; 0 for no change.
        grain: (S, S) added to the depth, repeated from the image's corner; S is a power of two.
        ramp: (N, 2, C) loss 0..256, then offset; an offset is at most 255/256 of its loss.
    """
    left, top, width, height = box
    rows, columns = depth.shape
    channels = image.shape[2]
    wrap = grain.shape[0] - 1
    last = np.float32(ramp.shape[0] - 1)
    part = width / columns
    slope = np.float32(1 / part)
    depths, shares = np.empty(columns, np.float32), np.empty(columns, np.float32)
    first, stop = np.full(rows, columns), np.zeros(rows, np.int64)
    for r in range(rows):
        for c in range(columns):
            if strength[r, c] > 0:
                first[r], stop[r] = min(first[r], c), c + 1
    for j in range(height):
        v = min(max((j + 0.5) * rows / height - 0.5, 0.0), rows - 1.0)
        above = int(v)
        below, fv = min(above + 1, rows - 1), np.float32(v - above)
        # Elements beside those with any strength count too, as far as they reach in between.
        low = max(min(first[above], first[below]) - 1, 0)
        high = min(max(stop[above], stop[below]) + 1, columns)
        if low >= high - 1 and columns > 1:
            continue
        for c in range(low, high):
            depths[c] = depth[above, c] + (depth[below, c] - depth[above, c]) * fv
            shares[c] = strength[above, c] + (strength[below, c] - strength[above, c]) * fv
        line, noise = image[top + j], grain[(top + j) & wrap]
        for c in range(low - 1, high):
            a, b = max(c, low), min(c + 1, high - 1)
            if shares[a] == 0 and shares[b] == 0:
                continue
            middle = (c + 0.5) * part - 0.5
            deeper, stronger = (depths[b] - depths[a]) * slope, (shares[b] - shares[a]) * slope
            begin, end = max(int(np.ceil(middle)), 0), min(int(np.ceil(middle + part)), width)
            for i in range(begin, end):
                away, x = np.float32(i - middle), left + i
                index = depths[a] + deeper * away + noise[x & wrap]
                index = np.uint32(min(max(index, np.float32(0)), last))
                share = np.uint32(shares[a] + stronger * away)
                share += share >> np.uint32(7)
                for k in range(channels):
                    kept = np.uint32(1 << 16) - share * ramp[index, 0, k]
                    value = line[x, k] * kept + ((share * ramp[index, 1, k]) << np.uint32(8))
                    line[x, k] = np.uint8((value + np.uint32(1 << 15)) >> np.uint32(16))


@kernel
def raise_spots(depth: NDArray[np.float32], spots: NDArray[np.float32], reach: float) -> None:
    """Raise an (R, C) field to how deep each point lies inside its deepest round spot, in place.

    Args:
        depth: in elements; negative outside of spots.
        spots: (N, 3): x, y and radius, in elements.
        reach: how far outside of a spot the field is still raised.
    """
    rows, columns = depth.shape
    for n in range(spots.shape[0]):
        x, y, radius = spots[n]
        far = radius + np.float32(reach)
        for r in range(max(int(y - far), 0), min(int(y + far) + 2, rows)):
            for c in range(max(int(x - far), 0), min(int(x + far) + 2, columns)):
                inside = radius - np.sqrt((c - x) ** 2 + (r - y) ** 2)
                depth[r, c] = max(depth[r, c], inside)


@kernel
def run_ink(
    ink: NDArray[np.uint8],
    near: NDArray[np.uint8],
    far: NDArray[np.uint8],
    wet: NDArray[np.uint8],
    kept: int,
) -> NDArray[np.uint8]:
    """Give (H, W) coverage by ink that has run where paper was wet.

    Between dry (0) and half wet (128) the ink gives way to its near spread, then up to soaked
    (255) that to its far spread.

    Args:
        ink: coverage before.
        near: coverage if the ink had run a little.
        far: coverage if it had run far.
        wet: how wet each pixel was.
        kept: share 0..255 of the ink that stays in place even where it has run far.
    """
    height, width = ink.shape
    result = np.empty_like(ink)
    for y in range(height):
        for x in range(width):
            soaked = np.uint32(wet[y, x])
            if soaked <= 128:
                below, above = np.uint32(ink[y, x]), np.uint32(near[y, x])
            else:
                below = np.uint32(near[y, x])
                above = max(
                    np.uint32(far[y, x]), np.uint32(ink[y, x]) * np.uint32(kept) >> np.uint32(8)
                )
                soaked -= np.uint32(128)
            value = below * (np.uint32(128) - soaked) + above * soaked
            result[y, x] = np.uint8((value + np.uint32(64)) >> np.uint32(7))
    return result


@kernel
def upper_envelope(
    planes: NDArray[np.float32], cell: float, rows: int, columns: int
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Give the highest of nearby planes over an (R, C) lattice, and which one it is.

    Args:
        planes: (P, Q, 3) slope along x, slope along y and base of the planes; plane (p, q) belongs
            to the cell that begins at ((q - 1) * cell, (p - 1) * cell) and counts up to two cells
            from there.
        cell: side of the cells, in lattice steps.
        rows: rows of the lattice.
        columns: columns of the lattice.

    Returns:
        The height, float32, and the index p * Q + q of the highest plane, int32.
    """
    surface = np.empty((rows, columns), np.float32)
    owner = np.empty((rows, columns), np.int32)
    down, along = planes.shape[:2]
    for r in range(rows):
        middle = int(r / cell) + 1
        best, top = surface[r], owner[r]
        best[:] = -np.inf
        for p in range(max(middle - 2, 0), min(middle + 3, down)):
            for q in range(along):
                rate = planes[p, q, 0]
                base = planes[p, q, 1] * np.float32(r) + planes[p, q, 2]
                index = np.int32(p * along + q)
                for c in range(max(int((q - 3) * cell), 0), min(int((q + 2) * cell), columns)):
                    height = rate * np.float32(c) + base
                    if height > best[c]:
                        best[c], top[c] = height, index
    return surface, owner
