"""The calibration pulse, 10 mm high and 5 mm wide, as a measure where no grid is printed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

HEIGHT_MM, WIDTH_MM = 10.0, 5.0
NARROWEST_PX = 12
ASPECT_SLACK = 0.12
INK_DARKNESS = 0.5
LEAST_CONTRAST = 40.0
SQUARE = 0.02


@dataclass(frozen=True, slots=True)
class PulseScale:
    """Scale of a page by its calibration pulses.

    Attributes:
        px_per_mm: (x, y).
        pulses: how many pulses of one size were found.
    """

    px_per_mm: tuple[float, float]
    pulses: int


def ink_darkness(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Darkness of ink, 0 for paper to 1 for the darkest ink; a colored grid has little.

    All zero where nothing on the page is much darker than the paper.
    """
    bright = cv2.max(cv2.max(image[..., 0], image[..., 1]), image[..., 2])
    paper, ink = (float(q) for q in np.percentile(bright[::4, ::4], [80, 0.2]))
    if paper - ink < LEAST_CONTRAST:
        return np.zeros(bright.shape, dtype=np.float32)
    dark = (paper - bright.astype(np.float32)) / (paper - ink)
    return np.asarray(np.clip(dark, 0.0, 1.0), dtype=np.float32)


def find_pulses(image: NDArray[np.uint8]) -> PulseScale | None:
    """Measure upright rectangular pulses of standard shape; None when there is none.

    A pulse is a level run of ink from whose two ends equally long strokes go straight down, twice
    as far as the run is wide, with nothing between them. Sizes are taken between stroke centers.
    """
    dark = ink_darkness(image)
    ink = dark > INK_DARKNESS
    below = _runs_down(ink)
    found = []
    top = ink.copy()
    top[1:] &= ~ink[:-1]
    for row in np.flatnonzero(top.sum(axis=1) >= NARROWEST_PX):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], ink[row].view(np.int8), [0]])))
        for start, stop in zip(edges[::2], edges[1::2], strict=True):
            if stop - start >= NARROWEST_PX and top[row, start:stop].mean() > 0.6:
                size = _measure(dark, below, int(row), int(start), int(stop))
                if size is not None:
                    found.append(size)
    if not found:
        return None
    sizes = np.array(found)
    alike = np.abs(np.log(sizes[:, None, :] / sizes[None, :, :])).max(axis=2) < 0.06
    best = alike[np.argmax(alike.sum(axis=1))]
    width, height = np.median(sizes[best], axis=0)
    across, down = float(width) / WIDTH_MM, float(height) / HEIGHT_MM
    if abs(np.log(across / down)) < SQUARE:
        across = down = (across + down) / 2
    return PulseScale((across, down), int(best.sum()))


def _measure(
    dark: NDArray[np.float32], below: NDArray[np.int32], row: int, start: int, stop: int
) -> tuple[float, float] | None:
    """Width and height of the pulse whose roof is this run, or None."""
    depth = below[row, start:stop]
    pen = float(np.median(depth))
    height = float(min(depth[: len(depth) // 3].max(), depth[-(len(depth) // 3) :].max()))
    deep = depth > 0.7 * height
    left = int(np.argmin(deep)) if deep[0] else -1
    right = int(np.argmin(deep[::-1])) if deep[-1] else -1
    if min(left, right) < 1 or deep.sum() != left + right or pen > 0.25 * height:
        return None
    uneven = abs(float(depth[:left].max()) - float(depth[-right:].max()))
    middle = dark[row + int(0.4 * height) : row + int(0.7 * height), max(0, start - 2) : stop + 2]
    across, half = middle.mean(axis=0), middle.shape[1] // 2
    x = np.arange(len(across))
    stroke = [
        float((x[part] * across[part]).sum() / max(1e-6, float(across[part].sum())))
        for part in (slice(None, half), slice(half, None))
    ]
    width, tall = stroke[1] - stroke[0], height - pen
    aspect = tall * WIDTH_MM / (max(width, 1.0) * HEIGHT_MM)
    if uneven > 0.6 * pen + 0.04 * height or abs(np.log(aspect)) > ASPECT_SLACK:
        return None
    return width, tall


def _runs_down(ink: NDArray[np.bool_]) -> NDArray[np.int32]:
    """How many pixels of ink follow one another downward from each pixel."""
    runs = np.zeros(ink.shape, dtype=np.int32)
    runs[-1] = ink[-1]
    for row in range(len(ink) - 2, -1, -1):
        runs[row] = (runs[row + 1] + 1) * ink[row]
    return runs
