"""Halftone screens: square fields of thresholds that repeat without a seam."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Screen = NDArray[np.uint8]
"""(N, N) thresholds 0..254, evenly spread; a dot prints where the coverage 0..255 is larger."""


def scattered(random: Generator, side: int, dot: float) -> Screen:
    """Make a screen whose dots keep away from each other, as inkjets and error diffusion lay them.

    Noise without its coarse part ("blue noise": Ulichney, "Dithering with blue noise", 1988).

    Args:
        random: the only source of randomness.
        side: rows and columns.
        dot: typical size of a dot in elements.
    """
    # Integers blur to the same bits on every machine.
    noise = random.integers(0, 1 << 16, (side, side), np.uint16)
    edge = round(6 * dot) + 2
    around = cv2.copyMakeBorder(noise, edge, edge, edge, edge, cv2.BORDER_WRAP)
    near, far = (cv2.GaussianBlur(around, (0, 0), width * dot) for width in (0.4, 1.2))
    fine = near.astype(np.int32) - far.astype(np.int32)
    return _spread(fine[edge:-edge, edge:-edge])


def clustered(random: Generator, side: int, period: float) -> Screen:
    """Make a screen of dots that grow from the nodes of a tilted square lattice, as lasers do.

    The lattice is turned by a random angle, rounded so that it repeats after `side`.

    Args:
        random: the only source of randomness.
        side: rows and columns.
        period: distance of dots in elements.
    """
    angle = random.uniform(0, np.pi / 2)
    turns = side / period * np.array([np.cos(angle), np.sin(angle)])
    across, down = np.rint(turns)
    y, x = np.mgrid[:side, :side] * (2 * np.pi / side)
    wave = np.cos(across * x + down * y) + np.cos(across * y - down * x)
    # Dots of equal size would all grow at once.
    return _spread(np.rint(1e6 * (wave + random.normal(0, 0.15, wave.shape))).astype(np.int32))


def _spread(field: NDArray[np.int32]) -> Screen:
    """Replace values by their ranks, scaled to 0..254."""
    ranks = np.empty(field.size, np.int64)
    ranks[np.argsort(field, axis=None, kind="stable")] = np.arange(field.size)
    return (ranks * 255 // field.size).astype(np.uint8).reshape(field.shape)
