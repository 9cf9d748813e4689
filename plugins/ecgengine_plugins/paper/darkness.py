"""Measure how dark ink is against its paper, and tell it from the grid's heavy lines."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

AROUND_PX = 31
"""Side of the square whose mean is taken for the light of the paper around a pixel."""

LEAST_INK = 0.12
SPREADS = 4.0
FEWEST_LINKS = 20


def measure_darkness(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Share of the surrounding light that each pixel of an (H, W, 3) page lacks.

    It is measured in the brightest color of a pixel, in which colored grids nearly vanish.
    """
    red, green, blue = cv2.split(image)
    bright = cv2.max(cv2.max(red, green), blue)
    paper = cv2.blur(bright, (AROUND_PX, AROUND_PX), borderType=cv2.BORDER_REFLECT)
    lacking = 1.0 - bright.astype(np.float32) / np.maximum(paper, 8)
    return np.asarray(lacking, dtype=np.float32)


def ink_free(
    darkness: NDArray[np.float32], nodes: NDArray[np.float64], trust: NDArray[np.float64]
) -> NDArray[np.float32]:
    """(H, W) weights: 0 on ink and next to it, else 1.

    Args:
        darkness: (H, W) share of light that each pixel lacks.
        nodes: (R, C, 2 or more) x and y of crossings of heavy lines, pixels.
        trust: (R, C) 0 where a crossing is not known.
    """
    known = trust > 0
    middles = [
        (0.5 * (nodes[one] + nodes[other])[..., :2])[known[one] & known[other]]
        for one, other in (
            (np.s_[:, :-1], np.s_[:, 1:]),
            (np.s_[:-1], np.s_[1:]),
        )
    ]
    points = np.concatenate(middles).round().astype(int)
    points = points[(points >= 0).all(axis=1) & (points < darkness.shape[::-1]).all(axis=1)]
    if len(points) < FEWEST_LINKS:
        return np.ones_like(darkness)
    near = cv2.dilate(darkness, np.ones((3, 3), np.uint8))[points[:, 1], points[:, 0]]
    middle, high = np.quantile(near, [0.5, 0.7])
    limit = max(LEAST_INK, float(middle + SPREADS * (high - middle)))
    ink = cv2.dilate((darkness > limit).view(np.uint8), np.ones((3, 3), np.uint8))
    return np.asarray(1 - ink, dtype=np.float32)
