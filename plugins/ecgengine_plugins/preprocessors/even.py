"""Preprocessor `even`: divide the light out, so that bare paper is equally bright everywhere."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.page import Page

# Tiles along the longer side, a few millimeters each, and pixels read along each side of a tile.
_TILES, _SAMPLES = 64, 8
# Quantile of a tile that is bare paper though grid, ink and print lie on it.
_BARE = 0.8
# Levels by which light may differ over a page that is given back as it is.
_EVEN_LEVELS = 4.0
# Light is raised by no more, so that the noise of dark corners stays what it is.
_MOST_GAIN = 3.0


class EvenPreprocessor:
    """Evens the light; a page whose paper is even already is given back untouched."""

    def preprocess(self, page: Page) -> Page:
        """Give the page with the paper at one level per channel, that of its brighter parts."""
        return replace(page, image=even_light(page.image))


def even_light(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Divide (H, W, C) by its paper level, as read in tiles; the same array if that is even."""
    paper = paper_level(image)
    target = np.quantile(paper, 0.9, axis=(0, 1))
    if np.all(target - np.quantile(paper, 0.05, axis=(0, 1)) < _EVEN_LEVELS):
        return image
    gain = np.clip(target / np.maximum(paper, 1.0), 1.0 / _MOST_GAIN, _MOST_GAIN)
    height, width = image.shape[:2]
    smooth = cv2.resize(gain.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    lit = cv2.multiply(image, smooth.reshape(image.shape), dtype=cv2.CV_8U)
    return np.asarray(lit, dtype=np.uint8).reshape(image.shape)


def paper_level(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Level of bare paper in about 64 tiles along the longer side, (rows, columns, C).

    The 80th percentile of a tile lies above grid, ink and most print; a median over neighbor
    tiles bridges the black ones (codes, thick print).
    """
    height, width, channels = image.shape
    tile = max(1, -(-max(height, width) // _TILES))
    rows, columns = max(1, height // tile), max(1, width // tile)
    tile_y, tile_x = height // rows, width // columns
    step_y, step_x = max(1, tile_y // _SAMPLES), max(1, tile_x // _SAMPLES)
    whole = image[: rows * tile_y, : columns * tile_x]
    blocks = whole.reshape(rows, tile_y, columns, tile_x, channels)[:, ::step_y, :, ::step_x]
    samples = blocks.transpose(0, 2, 4, 1, 3).reshape(rows, columns, channels, -1)
    nth = int(_BARE * (samples.shape[-1] - 1))
    level = np.ascontiguousarray(np.partition(samples, nth, axis=-1)[..., nth])
    if min(rows, columns) < 5:
        return level.astype(np.float64)
    return cv2.medianBlur(level, 5).reshape(level.shape).astype(np.float64)
