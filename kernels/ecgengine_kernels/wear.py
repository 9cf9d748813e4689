"""What befalls paper: stains that change its colors, spots that grow, ink that runs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.jit import kernel


@kernel
def stain_image(
    image: NDArray[np.uint8],
    left: int,
    top: int,
    depth: NDArray[np.uint16],
    strength: NDArray[np.uint8],
    grain: NDArray[np.int16],
    gain: NDArray[np.uint16],
    offset: NDArray[np.uint8],
) -> None:
    """Change the colors of a box of an (H, W, C) image in place, as the depth in a stain says.

    A pixel of color c becomes c * gain / 256 + offset, each looked up by its depth, and keeps a
    share of its old color where the strength is below 255.

    Args:
        image: what is stained.
        left: column of the image where the box begins.
        top: row of the image where the box begins.
        depth: (h, w) index into the ramp; 0 leaves a pixel as it is.
        strength: (h, w), 0 for no change.
        grain: (S, S) added to the depth, repeated from the image's corner; S is a power of two.
        gain: (N, C) at most 256.
        offset: (N, C); gain * 255 / 256 + offset must stay below 256.
    """
    rows, columns = depth.shape
    wrap = grain.shape[0] - 1
    last = gain.shape[0] - 1
    for j in range(rows):
        y = top + j
        for i in range(columns):
            if depth[j, i] == 0 or strength[j, i] == 0:
                continue
            x = left + i
            index = min(max(np.int64(depth[j, i]) + grain[y & wrap, x & wrap], 0), last)
            share = np.int64(strength[j, i])
            share += share >> 7
            for k in range(image.shape[2]):
                below = np.int64(image[y, x, k])
                value = ((below * gain[index, k]) >> 8) + offset[index, k]
                image[y, x, k] = np.uint8(below + (((value - below) * share + 128) >> 8))


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
def bare_paper(image: NDArray[np.uint8], bare: NDArray[np.uint8], paper: NDArray[np.uint8]) -> None:
    """Turn an (H, W, C) image into (C,) paper in place, by the (H, W) share 0..255 that is bare."""
    height, width = bare.shape
    for y in range(height):
        for x in range(width):
            share = np.int64(bare[y, x])
            if share:
                share += share >> 7
                for k in range(image.shape[2]):
                    below = np.int64(image[y, x, k])
                    image[y, x, k] = np.uint8(below + (((paper[k] - below) * share + 128) >> 8))


@kernel
def run_ink(
    ink: NDArray[np.uint8],
    near: NDArray[np.uint8],
    far: NDArray[np.uint8],
    wet: NDArray[np.uint8],
    washed: float,
) -> NDArray[np.uint8]:
    """Give (H, W) coverage by ink that has run where paper was wet.

    Between dry (0) and half wet (128) the ink gives way to its near spread, then that to its far
    spread.

    Args:
        ink: coverage before.
        near: coverage if the ink had run a little.
        far: coverage if it had run far.
        wet: how wet each pixel was.
        washed: share of the ink that soaked paper loses.
    """
    height, width = ink.shape
    result = np.empty_like(ink)
    left = int(256 * (1 - washed))
    for y in range(height):
        for x in range(width):
            w = np.int64(wet[y, x])
            if w == 0:
                result[y, x] = ink[y, x]
            elif w < 128:
                result[y, x] = (ink[y, x] * (128 - w) + near[y, x] * w) >> 7
            else:
                value = near[y, x] * (255 - w) + far[y, x] * (w - 128)
                result[y, x] = (value * (256 * 127 - (256 - left) * (w - 128))) // (256 * 127 * 127)
    return result
