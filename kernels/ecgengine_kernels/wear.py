"""Wear paper pixel by pixel: stains that change its colors, spots that grow, ink that runs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.jit import kernel

LOSS, OFFSET = 0, 1
"""Of a ramp: what a stain takes from a color, and what it adds."""

SLOPE_X, SLOPE_Y, BASE = 0, 1, 2
"""Columns of planes."""


@kernel
def _stained(
    below: np.uint8, share: np.uint32, ramp: NDArray[np.uint16], entry: np.uint32, channel: int
) -> np.uint8:
    """Give what a color 0..255 becomes where a stain takes hold by a share 0..256."""
    loss, offset = np.uint32(ramp[entry, LOSS, channel]), np.uint32(ramp[entry, OFFSET, channel])
    kept = np.uint32(1 << 16) - share * loss
    value = np.uint32(below) * kept + ((share * offset) << np.uint32(8))
    return np.uint8((value + np.uint32(1 << 15)) >> np.uint32(16))


@kernel
def stain_image(
    image: NDArray[np.uint8],
    box: tuple[int, int, int, int],
    depth: NDArray[np.float32],
    strength: NDArray[np.float32],
    grain: NDArray[np.int16],
    ramp: NDArray[np.uint16],
) -> None:
    """Change the colors of a box of an image in place, as the depth in a stain says.

    A pixel of color c becomes c * (256 - loss) / 256 + offset, with loss and offset looked up by
    its depth, and keeps a share of its old color where the strength is below 255.

    Args:
        image: (H, W, C) what is stained; C is 1 or 3.
        box: left, top, width and height in pixels.
        depth: (R, Q) index into the ramp at the middle of each of R x Q equal parts of the box,
            bilinear in between; within +-100000.
        strength: (R, Q) in 0..255, likewise; 0 for no change.
        grain: (S, S) added to the depth, repeated from the image's corner; S is a power of two.
        ramp: (N, 2, C) loss 0..256, then offset; an offset is at most 255/256 of its loss.
    """
    left, top, width, height = box
    rows, columns = depth.shape
    channels = image.shape[2]
    wrap = np.uint64(grain.shape[0] - 1)
    last = np.int32(ramp.shape[0] - 1)
    slope = np.float32(columns / width)
    starts, aways = _element_starts(columns, width)
    first, stop = _extents(strength)
    depths, shares = np.empty(columns, np.float32), np.empty(columns, np.float32)
    entries, strengths = np.empty(width, np.int32), np.empty(width, np.int32)
    one = np.float32(1 << 8)  # of fixed point
    for j in range(height):
        v = min(max((j + 0.5) * rows / height - 0.5, 0.0), rows - 1.0)
        above = int(v)
        below, fv = min(above + 1, rows - 1), np.float32(v - above)
        # Elements beside those with any strength count too, as far as they reach in between.
        low = max(min(first[above], first[below]) - 1, 0)
        high = min(max(stop[above], stop[below]) + 1, columns)
        if low >= high:
            continue
        for c in range(low, high):
            depths[c] = depth[above, c] + (depth[below, c] - depth[above, c]) * fv
            shares[c] = strength[above, c] + (strength[below, c] - strength[above, c]) * fv
        line, noise = image[top + j], grain[np.uint64(top + j) & wrap]
        for c in range(low, high + 1):
            a, b = max(c - 1, low), min(c, high - 1)
            if shares[a] == 0 and shares[b] == 0:
                strengths[starts[c] : starts[c + 1]] = 0
                continue
            deeper, stronger = (depths[b] - depths[a]) * slope, (shares[b] - shares[a]) * slope
            at = np.int32((depths[a] + deeper * aways[c]) * one)
            has = np.int32((shares[a] + stronger * aways[c]) * one)
            more_depth, more_share = np.int32(deeper * one), np.int32(stronger * one)
            for i in range(starts[c], starts[c + 1]):
                index = np.int32(at >> np.int32(8)) + np.int32(noise[np.uint64(left + i) & wrap])
                entries[i] = min(max(index, np.int32(0)), last)
                strengths[i] = max(has >> np.int32(8), np.int32(0))
                at, has = np.int32(at + more_depth), np.int32(has + more_share)
        for i in range(starts[low], starts[high + 1]):
            share = np.uint32(strengths[i])
            if share == 0:
                continue
            share += share >> np.uint32(7)
            x, entry = np.uint64(left + i), np.uint32(entries[i])
            line[x, 0] = _stained(line[x, 0], share, ramp, entry, 0)
            if channels == 3:
                # A loop over a number of channels known only here would take longer.
                line[x, 1] = _stained(line[x, 1], share, ramp, entry, 1)
                line[x, 2] = _stained(line[x, 2], share, ramp, entry, 2)


@kernel
def _element_starts(columns: int, width: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Give the first pixel from each element's middle on, and how far it is from there."""
    starts, aways = np.zeros(columns + 2, np.int64), np.zeros(columns + 1, np.float32)
    for c in range(columns + 1):
        middle = (c - 0.5) * width / columns - 0.5
        starts[c] = max(int(np.ceil(middle)), 0)
        aways[c] = starts[c] - middle
    starts[columns + 1] = width
    return starts, aways


@kernel
def _extents(strength: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the first column with any strength in each row, and the one after the last."""
    rows, columns = strength.shape
    first, stop = np.full(rows, columns), np.zeros(rows, np.int64)
    for r in range(rows):
        for c in range(columns):
            if strength[r, c] > 0:
                first[r], stop[r] = min(first[r], c), c + 1
    return first, stop


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
    result = np.empty((height, width), np.uint8)
    stay = np.uint32(kept)
    for y in range(height):
        line, a_little, much, water = ink[y], near[y], far[y], wet[y]
        out = result[y]
        for x in range(width):
            soaked, dry = np.uint32(water[x]), np.uint32(line[x])
            half = np.uint32(a_little[x])
            full = max(np.uint32(much[x]), (dry * stay) >> np.uint32(8))
            first = min(soaked, np.uint32(128))
            then = soaked - first
            value = dry * (np.uint32(128) - first) + half * (first - then) + full * then
            out[x] = np.uint8((value + np.uint32(64)) >> np.uint32(7))
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
                rate = planes[p, q, SLOPE_X]
                base = planes[p, q, SLOPE_Y] * np.float32(r) + planes[p, q, BASE]
                index = np.int32(p * along + q)
                for c in range(max(int((q - 3) * cell), 0), min(int((q + 2) * cell), columns)):
                    height = rate * np.float32(c) + base
                    if height > best[c]:
                        best[c], top[c] = height, index
    return surface, owner
