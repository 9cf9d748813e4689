"""Find the peaks of a curve, and place each between the samples that show it."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

_LEAST_BEND = 1e-12


def maxima(values: NDArray[np.floating]) -> NDArray[np.intp]:
    """Give the indices of the (N,) values that are above the one before and not below the next."""
    inner = values[1:-1]
    return np.flatnonzero((inner > values[:-2]) & (inner >= values[2:])) + 1


def strong_maxima(values: NDArray[np.floating], least: float, apart: int) -> NDArray[np.intp]:
    """Give the places of maxima above `least` that are highest within `apart` either way."""
    known = np.nan_to_num(np.asarray(values, np.float32))
    highest = cv2.dilate(known[None], np.ones((1, 2 * apart + 1), np.uint8))[0]
    return np.flatnonzero((known == highest) & (known > least))


def summit(before: ArrayLike, here: ArrayLike, after: ArrayLike) -> NDArray[Any]:
    """Give how far, in samples, the top of a peak lies after its highest sample: -0.5 to 0.5.

    The vertex of the parabola through that sample and its neighbors, of one peak or, element by
    element, of many. Where the three do not bend downward, the side that is higher.
    """
    bend = np.minimum(np.subtract(np.add(before, after), np.multiply(2, here)), -_LEAST_BEND)
    return np.asarray(np.clip(0.5 * np.subtract(before, after) / bend, -0.5, 0.5))


def heaviest_middle(mass: NDArray[np.floating], least: float = 0.4) -> float:
    """Give the center of mass of the heaviest stretch of (N,) values.

    The stretch around the largest value goes on as long as values are above `least` times that,
    and one value more at both sides, of which its edge may cover a part.
    """
    heaviest = int(mass.argmax())
    low = np.flatnonzero(mass < least * mass[heaviest])
    first = int(max(low[low < heaviest], default=0))
    last = int(min(low[low > heaviest], default=mass.size - 1))
    part = np.arange(first, last + 1)
    return float((mass[part] * part).sum() / max(float(mass[part].sum()), 1e-6))
