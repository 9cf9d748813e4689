"""Random fields with structure at many scales, from few random numbers."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.texture import magnify

Field = NDArray[np.float32]


def enlarge(picture: NDArray[np.uint8], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Resize an (R, C) or (R, C, K) picture to so many rows and columns, bilinearly."""
    large = cv2.resize(picture, shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, dtype=np.uint8)


def fractal(
    random: np.random.Generator,
    shape: tuple[int, int],
    cell: float | tuple[float, float],
    octaves: int = 4,
    roughness: float = 0.5,
) -> Field:
    """Make a random (rows, columns) field of about zero mean and unit deviation.

    Fractal value noise: normal numbers on a coarse lattice, refined octave by octave, each with
    half the cell of the one before.

    Args:
        random: where the numbers come from.
        shape: rows and columns.
        cell: size of the coarsest cells, as one length or as (height, width).
        octaves: how many lattices are summed; those finer than two elements are left out.
        roughness: deviation of an octave as a share of the one before.
    """
    tall, wide = cell if isinstance(cell, tuple) else (cell, cell)
    rows, columns = (
        int(np.ceil(side / c)) + 3 for side, c in zip(shape, (tall, wide), strict=True)
    )
    field = random.standard_normal((rows, columns), dtype=np.float32)
    deviation = power = 1.0
    for _ in range(octaves - 1):
        tall, wide, deviation = tall / 2, wide / 2, deviation * roughness
        if min(tall, wide) < 2:
            tall, wide = tall * 2, wide * 2
            break
        rows, columns = rows * 2 - 2, columns * 2 - 2
        field = magnify(field, rows, columns, 2.0, 2.0)
        field += random.standard_normal((rows, columns), dtype=np.float32) * np.float32(deviation)
        power += deviation**2
    field *= np.float32(1.25 / np.sqrt(power))
    return magnify(field, *shape, tall, wide)


def grain(random: np.random.Generator, side: int, cell: float, octaves: int = 3) -> Field:
    """Make a (side, side) field as `fractal` does that repeats without a seam.

    Args:
        random: where the numbers come from.
        side: rows and columns, a power of two.
        cell: size of the coarsest cells; taken to a power of two, so that whole cells fit.
        octaves: how many lattices are summed.
    """
    count = 2 ** max(round(np.log2(side / cell)), 0)
    field = np.zeros((side, side), dtype=np.float32)
    for octave in range(octaves):
        lattice = random.standard_normal((count, count), dtype=np.float32)
        around = np.pad(lattice, 2, mode="wrap")
        field += magnify(around, side, side, side / count, side / count) * np.float32(0.7**octave)
        if (count := count * 2) > side / 2:
            break
    return cast(Field, field / field.std())
