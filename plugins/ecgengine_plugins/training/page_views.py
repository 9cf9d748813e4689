"""Views of synthetic pages, varied as pages of other origins vary, each with its source."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.source import Source
from ecgengine.truth.case import Case
from ecgengine_plugins.networks.source.view import (
    PATCH_COLUMNS,
    PATCH_PX,
    PATCH_ROWS,
    WHOLE_WIDTH_PX,
    view_of,
)

_CROPPED, _LEAST_SIDE, _LEAST_WORN_SIDE = 0.6, 0.5, 0.8
_FRAMED, _WIDEST_FRAME = 0.25, 0.35
_RESIZED, _SMALLEST, _LARGEST = 0.5, 0.45, 1.6
_EXPOSURE_SPREAD, _TINT_SPREAD, _GAMMA_SPREAD = 0.1, 0.03, 0.15
_ENHANCED, _MOST_ENHANCED = 0.15, 1.5
_GRAY, _SAVED_AS_JPEG = 0.12, 0.25

_WORN = frozenset({Source.STAINED, Source.DAMAGED, Source.MOULD_COLOR, Source.MOULD_BW})
"""What a small part of may look like a page without any wear."""

_COLORLESS = frozenset({Source.BW_SCAN, Source.MOULD_BW})

_ENHANCEABLE = frozenset({Source.PHOTO, Source.STAINED, Source.DAMAGED})
"""What people brighten until the paper is white."""

_FRAMES = frozenset({Source.RENDER, Source.COLOR_SCAN, Source.BW_SCAN})
"""What is often set on a larger white page."""

_WITHOUT_COLOR = {Source.COLOR_SCAN: Source.BW_SCAN, Source.MOULD_COLOR: Source.MOULD_BW}
"""A scan that loses its color is a scan of the other kind."""


def views_of(
    case: Case, random: np.random.Generator, *, count: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Give (count, H, W, 3) views of a page and the (count,) indices of their sources.

    The first is the page as it is. The others show parts of it, turned, mirrored, larger or
    smaller, lighter or darker, gray, or saved as JPEG.
    """
    assert case.source is not None
    sources = tuple(Source)
    pages = [(case.page.image, case.source)]
    pages += [_varied(case.page.image, case.source, random) for _ in range(count - 1)]
    views = np.stack([view_of(image) for image, _ in pages])
    return views, np.array([sources.index(source) for _, source in pages], dtype=np.int64)


def shuffled(views: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Let the patches of (N, H, W, 3) views change their places, turned over either way."""
    result = views.copy()
    for view in result:
        right = view[:, WHOLE_WIDTH_PX:]
        cut = right.reshape(PATCH_ROWS, PATCH_PX, PATCH_COLUMNS, PATCH_PX, 3).swapaxes(1, 2)
        moved = random.permutation(cut.reshape(-1, PATCH_PX, PATCH_PX, 3))
        down, across = random.choice((-1, 1), 2)
        moved = moved[:, ::down, ::across].reshape(cut.shape)
        right[:] = moved.swapaxes(1, 2).reshape(right.shape)
    return result


def _varied(
    image: NDArray[np.uint8], source: Source, random: np.random.Generator
) -> tuple[NDArray[np.uint8], Source]:
    if random.random() < _CROPPED:
        image = _part(image, _LEAST_WORN_SIDE if source in _WORN else _LEAST_SIDE, random)
    if random.random() < _RESIZED:
        image = _resized(image, float(np.exp(random.uniform(*np.log((_SMALLEST, _LARGEST))))))
    if source in _FRAMES and random.random() < _FRAMED:
        image = _framed(image, random)
    image = np.rot90(image, int(random.integers(4)))
    if random.random() < 0.5:
        image = image[:, ::-1]
    tint = 0.0 if source in _COLORLESS else _TINT_SPREAD
    gain = 1.0
    if source in _ENHANCEABLE and random.random() < _ENHANCED:
        gain = random.uniform(1, _MOST_ENHANCED)
    image = _exposed(np.ascontiguousarray(image), gain, tint, random)
    if random.random() < _GRAY:
        gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        image = np.asarray(cv2.cvtColor(gray, cv2.COLOR_GRAY2RGB), dtype=np.uint8)
        source = _WITHOUT_COLOR.get(source, source)
    if random.random() < _SAVED_AS_JPEG:
        image = _saved(image, int(random.integers(50, 96)))
    return image, source


def _part(image: NDArray[np.uint8], least: float, random: np.random.Generator) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    rows, columns = (int(side * random.uniform(least, 1)) for side in (height, width))
    y, x = int(random.integers(height - rows + 1)), int(random.integers(width - columns + 1))
    return image[y : y + rows, x : x + columns]


def _resized(image: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    sized = cv2.resize(image, None, fx=factor, fy=factor, interpolation=way)
    return np.asarray(sized, dtype=np.uint8)


def _framed(image: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    top, bottom = (random.uniform(0, _WIDEST_FRAME, 2) * height).astype(int)
    left, right = (random.uniform(0, _WIDEST_FRAME, 2) * width).astype(int)
    white: tuple[Any, ...] = (255, 255, 255)
    framed = cv2.copyMakeBorder(
        image, int(top), int(bottom), int(left), int(right), cv2.BORDER_CONSTANT, value=white
    )
    return np.asarray(framed, dtype=np.uint8)


def _exposed(
    image: NDArray[np.uint8], gain: float, tint: float, random: np.random.Generator
) -> NDArray[np.uint8]:
    gains = gain * np.exp(random.normal(0, _EXPOSURE_SPREAD) + random.normal(0, tint, 3))
    gamma = np.exp(random.normal(0, _GAMMA_SPREAD))
    levels = (np.arange(256)[:, None] / 255) ** gamma * gains * 255
    table = np.clip(np.rint(levels), 0, 255).astype(np.uint8)[None]
    return np.asarray(cv2.LUT(image, table), dtype=np.uint8)


def _saved(image: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    # The channels stand in the wrong order for the file both on the way in and out.
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)
