"""Measure a sheet's colors, and the direction in color space that sees ink and not the grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.segmenters.ink import tuning


@dataclass(frozen=True, slots=True)
class Projection:
    """Darkness of a color: offset - weights . rgb; 0 for paper, 1 for ink."""

    weights: NDArray[np.float32]
    offset: float


def paper_color(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Give the most frequent color of (N, 3) pixels."""
    coarse = (pixels >> 4).astype(np.intp)
    code = (coarse[:, 0] * 16 + coarse[:, 1]) * 16 + coarse[:, 2]
    counts = np.bincount(code, minlength=4096)
    mode = int(np.argmax(counts))
    center = np.array([mode // 256, mode // 16 % 16, mode % 16]) * 16 + 8
    near = np.all(np.abs(pixels.astype(np.int16) - center) <= 12, axis=1)
    mean: NDArray[np.float64] = pixels[near].mean(axis=0)
    return mean


def ink_color(
    pixels: NDArray[np.uint8], paper: NDArray[np.float64], strokes: NDArray[np.bool_]
) -> NDArray[np.float64] | None:
    """Give the color farthest from the paper among (N, 3) pixels off the grid lines, or None.

    `strokes` (N,) are those pixels that may be ink.
    """
    distance = np.where(strokes, np.sqrt(((pixels - paper) ** 2).sum(axis=1)), 0.0)
    far = float(np.quantile(distance, tuning.INK_QUANTILE)) if distance.size else 0.0
    if far < tuning.LEAST_CONTRAST:
        return None
    color: NDArray[np.float64] = np.median(pixels[distance >= 0.8 * far], axis=0)
    return color


def project_ink(
    paper: NDArray[np.float64], ink: NDArray[np.float64], lines: NDArray[np.float64]
) -> Projection:
    """Weigh the channels so that ink stands out and differences of the grid lines do not.

    lines (N, 3) holds typical colors along grid lines. The weights are those of Fisher's linear
    discriminant between paper and ink, with part of the lines' own contrast as scatter: lines
    are subtracted by position later, and what is left of them should be invisible too.
    """
    contrast = paper - ink
    scatter = np.eye(3) * tuning.COLOR_NOISE**2
    if lines.size:
        difference = paper - lines
        scatter += tuning.LINE_SCATTER * difference.T @ difference / len(lines)
    weights = np.linalg.solve(scatter, contrast)
    weights /= float(weights @ contrast)
    return Projection(weights.astype(np.float32), float(weights @ paper))
