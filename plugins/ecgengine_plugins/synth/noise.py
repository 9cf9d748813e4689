"""Noise of image sensors, as it looks after demosaicing and denoising."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

_SIDE = 256
_UNIT = 16.0


@dataclass(frozen=True, slots=True)
class Grain:
    """A patch of noise and where its pieces go, for the kernel `expose`.

    Attributes:
        patch: (256, 256, 3) int8 noise of standard deviation 16; repeats seamlessly.
        places: (B, C, 2) int64, the place (x, y) in the patch where each block of 128 pixels
            a side begins.
    """

    patch: NDArray[np.int8]
    places: NDArray[np.int64]


def make_grain(
    random: Generator, size_px: tuple[int, int], *, blur_px: float = 0.6, color: float = 0.4
) -> Grain:
    """Make noise for a picture: one patch, laid down in blocks from random places.

    Demosaicing correlates neighboring pixels, and denoising takes most of the color away and
    leaves what remains of it blotchy.

    Args:
        random: the only source of randomness.
        size_px: width and height of the picture.
        blur_px: standard deviation of the blur that correlates pixels; 0 for none.
        color: standard deviation of color noise relative to that of brightness.
    """
    gray = _rough(random, 1, blur_px)
    patch = gray if color == 0 else gray + color * _rough(random, 3, 4 * blur_px)
    patch = patch * (_UNIT / patch.std())
    patch = np.broadcast_to(np.clip(np.rint(patch), -127, 127), (_SIDE, _SIDE, 3))
    width, height = size_px
    blocks = (-(-height // (_SIDE // 2)), -(-width // (_SIDE // 2)), 2)
    return Grain(
        np.ascontiguousarray(patch, dtype=np.int8), random.integers(0, _SIDE, blocks, np.int64)
    )


def noise_levels(tone: NDArray[np.float32], read: float, shot: float) -> NDArray[np.float32]:
    """Give the (T,) standard deviation of noise, in picture values, at light 0 to 1.

    Photons count with the root of light and read-out noise is the same everywhere; the slope of
    the tone curve then magnifies both (Foi et al., "Practical Poissonian-Gaussian noise modeling
    and fitting for single-image raw-data", 2008).

    Args:
        tone: (T,) rising picture value of light 0 to 1.
        read: standard deviation of noise in the dark, in units of light.
        shot: standard deviation of photon noise at light 1.
    """
    light = np.linspace(0, 1, tone.size)
    levels = np.hypot(read, shot * np.sqrt(light)) * np.gradient(tone, light)
    # Denoising keeps the steep beginning of the curve from roaring.
    return np.clip(levels, 0.3, 6.0).astype(np.float32)


def _rough(random: Generator, channels: int, blur_px: float) -> NDArray[np.float32]:
    """Give (256, 256, channels) noise of variance 1 that wraps around."""
    noise = random.standard_normal((_SIDE, _SIDE, channels), dtype=np.float32)
    if blur_px > 0:
        edge = 4 + round(3 * blur_px)
        wrapped = cv2.copyMakeBorder(noise, edge, edge, edge, edge, cv2.BORDER_WRAP)
        blurred = np.asarray(cv2.GaussianBlur(wrapped, (0, 0), blur_px), dtype=np.float32)
        noise = blurred[edge:-edge, edge:-edge].reshape(_SIDE, _SIDE, channels)
        noise /= noise.std()
    return noise
