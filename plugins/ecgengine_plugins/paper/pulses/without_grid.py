"""Measure a page by its calibration pulses, 10 mm high and 5 mm wide, where no grid is printed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.paper.runs import runs
from ecgengine_plugins.paper.scales import PULSE_HEIGHT_MM, PULSE_WIDTH_MM

NARROWEST_PX = 12
ASPECT_SLACK = 0.12
INK_LEVELS, ENOUGH = (0.4, 0.25), 2
INK_PERCENTILE = 99.5
ROOF_SLANT_PX, LEAN_ROWS = 2, 4
ALIKE = 0.03
PAPER_NOISE = 0.3
NARROWEST_PAGE_MM, WIDEST_PAGE_MM = 60.0, 500.0
STROKES_ACROSS = 120
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


def find_pulses(image: NDArray[np.uint8]) -> PulseScale | None:
    """Measure upright rectangular pulses of standard shape; None when there is none.

    A pulse is a level run of ink from whose two ends equally long strokes go down, twice as far
    as the run is wide, with nothing between them. Sizes are taken between stroke centers; letters
    of this shape are told by the size that the page would have.
    """
    dark = stroke_darkness(image)
    for level in INK_LEVELS:
        found = _sizes(dark, level)
        if len(found) >= ENOUGH:
            break
    if not found:
        return None
    sizes = np.array(found)
    alike = np.abs(np.log(sizes[:, None, :] / sizes[None, :, :])).max(axis=2) < ALIKE
    best = alike[np.argmax(alike.sum(axis=1))]
    width, height = np.median(sizes[best], axis=0)
    across, down = float(width) / PULSE_WIDTH_MM, float(height) / PULSE_HEIGHT_MM
    if abs(np.log(across / down)) < SQUARE:
        across = down = (across + 2 * down) / 3
    return PulseScale((across, down), int(best.sum()))


def _sizes(dark: NDArray[np.float32], level: float) -> list[tuple[float, float]]:
    """Width and height of each pulse whose ink is darker than a level, pixels."""
    ink = dark > level
    below = _runs_down(ink)
    roof = ink.copy()
    roof[ROOF_SLANT_PX:] &= ~ink[:-ROOF_SLANT_PX]
    side_px = max(ink.shape)
    narrowest = max(NARROWEST_PX, round(PULSE_WIDTH_MM * side_px / WIDEST_PAGE_MM))
    widest = PULSE_WIDTH_MM * side_px / NARROWEST_PAGE_MM
    found: list[tuple[float, float]] = []
    last = (-narrowest, 0)
    for row in np.flatnonzero(roof.sum(axis=1) >= narrowest):
        for run in runs(ink[row]):
            wide = run.stop - run.start
            if not (narrowest <= wide <= widest and roof[row, run].mean() > 0.6):
                continue
            size = _measure(dark, below, int(row), run.start, run.stop)
            again = row - last[0] < narrowest and abs(run.start - last[1]) < narrowest
            if size is not None and not again:
                found.append(size)
                last = (int(row), run.start)
    return found


def stroke_darkness(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Darkness against the paper nearby, 0 to 1 for the darkest strokes; blots have little.

    All zero where no stroke is much darker than its paper.
    """
    bright = cv2.max(cv2.max(image[..., 0], image[..., 1]), image[..., 2])
    side = 2 * round(max(bright.shape) / STROKES_ACROSS / 2) + 1
    depth = cv2.morphologyEx(bright, cv2.MORPH_BLACKHAT, np.ones((side, side), np.uint8))
    darkest = float(np.percentile(depth[::4, ::4], INK_PERCENTILE))
    if darkest < LEAST_CONTRAST:
        return np.zeros(bright.shape, dtype=np.float32)
    return np.asarray(np.clip(depth.astype(np.float32) / darkest, 0.0, 1.0), dtype=np.float32)


def _measure(
    dark: NDArray[np.float32], below: NDArray[np.int32], row: int, start: int, stop: int
) -> tuple[float, float] | None:
    """Width and height of the pulse whose roof is this run, or None."""
    depth = below[row, start:stop]
    pen = float(np.median(depth))
    third = len(depth) // 3
    ends = float(depth[:third].max()), float(depth[-third:].max())
    height = min(ends)
    deep = depth > 0.7 * height
    left = int(np.argmin(deep)) if deep[0] else -1
    right = int(np.argmin(deep[::-1])) if deep[-1] else -1
    if min(left, right) < 1 or deep.sum() != left + right or pen > 0.25 * height:
        return None
    if abs(ends[0] - ends[1]) > 0.6 * pen + 0.04 * height:
        return None
    first, rim = max(0, start - round(pen) - 2), round(pen) + 2
    window = dark[max(0, row - rim) : row + round(height) + rim, first : stop + rim]
    roof_px = min(row, rim)
    middle = window[roof_px + int(0.4 * height) : roof_px + int(0.7 * height)].mean(axis=0)
    half = middle.size // 2
    strokes = [_center(middle[:half]), _center(middle[half:]) + half]
    bar = window[: roof_px + 2 * rim, half - third // 2 : half + third // 2 + 1].mean(axis=1)
    bar = np.clip(bar - np.median(bar), 0.0, None)
    thickness = float(bar.sum() / max(1e-6, float(bar.max())))
    reach = [_extent(window, round(x), roof_px + round(height / 2)) for x in strokes]
    width, tall = strokes[1] - strokes[0], 0.5 * sum(reach) - thickness
    aspect = tall * PULSE_WIDTH_MM / (max(width, 1.0) * PULSE_HEIGHT_MM)
    return None if tall <= 0 or abs(np.log(aspect)) > ASPECT_SLACK else (width, tall)


def _center(course: NDArray[np.float32]) -> float:
    """Center of mass of the stroke that a course of darkness crosses, pixels from its first."""
    inked = np.clip(course - PAPER_NOISE * course.max(), 0.0, None)
    return float((inked * np.arange(course.size)).sum() / max(1e-6, float(inked.sum())))


def _extent(window: NDArray[np.float32], column: int, row: int) -> float:
    """How far the ink of an upright stroke reaches through a pixel, between half-dark edges."""
    course = window[:, max(0, column - 1) : column + 2].max(axis=1)
    half = 0.5 * float(np.median(course[row // 2 : row + row // 2]))
    return _until_light(course[row::-1], half) + _until_light(course[row:], half)


def _until_light(course: NDArray[np.float32], half: float) -> float:
    """Where a course of darkness falls below `half`, pixels from its first; its end if never."""
    light = np.flatnonzero(course < half)
    if light.size == 0 or light[0] == 0:
        return float(course.size - 1) if light.size == 0 else 0.0
    after = int(light[0])
    high, low = float(course[after - 1]), float(course[after])
    return after - 1 + (high - half) / (high - low)


def _runs_down(ink: NDArray[np.bool_]) -> NDArray[np.int32]:
    """How many pixels of ink follow one another down from each pixel.

    Strokes of a page that was laid on askew lean: each few rows a run may go on one pixel aside.
    """
    runs = np.zeros(ink.shape, dtype=np.int32)
    runs[-1] = ink[-1]
    for row in range(len(ink) - 2, -1, -1):
        under = runs[row + 1]
        if row % LEAN_ROWS == 0:
            padded = np.pad(under, 1)
            under = np.maximum(under, np.maximum(padded[:-2], padded[2:]))
        runs[row] = (under + 1) * ink[row]
    return runs
