"""Measure gridness: contrast of fine lines, without paper, shade and the height of ink."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.paper.darkness import AROUND_PX
from ecgengine_plugins.rectifiers import tuning

HIGHPASS_PX = AROUND_PX


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
    red, green, blue = cv2.split(image)
    dark = cv2.min(cv2.min(red, green), blue)
    # Whole pixels are averaged in a tenth of the time of parts of them.
    factor = max(1, round(max(dark.shape) / tuning.ANALYSIS_SIDE_PX))
    if factor > 1:
        height, width = (side // factor for side in dark.shape)
        whole = dark[: height * factor, : width * factor]
        dark = cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)
    paper = cv2.blur(dark, (HIGHPASS_PX, HIGHPASS_PX), borderType=cv2.BORDER_REFLECT)
    values = cv2.subtract(paper, dark, dtype=cv2.CV_32F).astype(np.float32, copy=False)
    return Gridness(clipped(values), factor)


def reduce_page(image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
    """Reduce an (H, W, 3) page to the size at which grids are sought; page pixels per pixel."""
    factor = max(1.0, max(image.shape[:2]) / tuning.ANALYSIS_SIDE_PX)
    if factor == 1.0:
        return image, factor
    height, width = image.shape[:2]
    size = (round(width / factor), round(height / factor))
    reduced = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return reduced.astype(np.uint8, copy=False), width / size[0]


def clipped(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Clip (H, W) contrasts so that ink and edges count about as much as a grid line; in place."""
    limit = max(tuning.LEAST_CLIP, float(most_contrast(values[::4, ::4])))
    return np.clip(values, -limit, limit, out=values)


def most_contrast(values: NDArray[np.floating], axis: int | None = None) -> NDArray[np.float64]:
    """What contrasts are clipped at: somewhat more than is usual, along an axis or in all."""
    usual = np.percentile(np.abs(values), tuning.USUAL_PERCENT, axis=axis)
    return np.asarray(tuning.CLIP * usual, dtype=np.float64)
