"""The gridness of a page: fine lines stand out, paper, shade and the height of ink do not."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

ANALYSIS_SIDE_PX = 2600  # a page is at most 500 mm long, so this still gives 5 px/mm
HIGHPASS_PX = 31
LEAST_CLIP = 6.0


@dataclass(frozen=True, slots=True)
class Gridness:
    """A high-passed picture of fine lines.

    Attributes:
        values: (H, W) float32, positive where darker than the surroundings, clipped so that ink
            counts about as much as a grid line.
        px_per_px: page pixels per pixel of `values`.
    """

    values: NDArray[np.float32]
    px_per_px: float


def measure_gridness(image: NDArray[np.uint8]) -> Gridness:
    """Measure fine contrast in the darkest color of each pixel, so that any ink color shows."""
    dark = cv2.min(cv2.min(image[..., 0], image[..., 1]), image[..., 2])
    factor = max(1.0, max(dark.shape) / ANALYSIS_SIDE_PX)
    if factor > 1.0:
        size = (round(dark.shape[1] / factor), round(dark.shape[0] / factor))
        factor = dark.shape[1] / size[0]
        dark = cv2.resize(dark, size, interpolation=cv2.INTER_AREA)
    paper = cv2.blur(dark, (HIGHPASS_PX, HIGHPASS_PX), borderType=cv2.BORDER_REFLECT)
    values = paper.astype(np.float32) - dark
    contrast = np.abs(values[::4, ::4])
    limit = max(LEAST_CLIP, 1.5 * float(np.percentile(contrast, 85)))
    np.clip(values, -limit, limit, out=values)
    return Gridness(values, factor)
