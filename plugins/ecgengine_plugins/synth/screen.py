"""Photograph a page in a viewer on a display with a phone."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ecgengine.geometry.paper_map import PaperMap
from ecgengine_kernels.camera import show_pixels
from ecgengine_plugins.synth.camera import develop, draw_size
from ecgengine_plugins.synth.lens import aim, see_sheet
from ecgengine_plugins.synth.light import glow
from ecgengine_plugins.synth.picture import Shot
from ecgengine_plugins.synth.warping import warp

_PHASES = 256
_THIRD = 2 * np.sinc(1 / 3)
"""First harmonic of a stripe that is lit over a third of its pixel."""

_THEMES = (
    # background of the viewer, its bars, signs in the bars
    ((82, 86, 89), (50, 54, 57), (222, 222, 222)),
    ((230, 230, 230), (248, 248, 249), (92, 92, 96)),
    ((240, 242, 246), (222, 228, 238), (60, 72, 96)),
    ((32, 33, 36), (24, 24, 27), (168, 168, 172)),
)


def photograph_screen(
    flat: NDArray[np.uint8], px_per_mm: float, random: Generator, *, width_px: int = 2200
) -> Shot:
    """Photograph a display on which a viewer shows a page.

    A chain of what happens: the viewer scales the page to the display's pixels, the camera is held
    before it, the display's raster beats with the sensor's pixels (moire), the room is mirrored in
    the glass, and the phone develops the picture as any other.

    Args:
        flat: (H, W, 3) uint8 RGB, pixels placed on paper as those of `Print`.
        px_per_mm: pixels per millimeter of `flat`.
        random: the only source of randomness.
        width_px: width of the picture; its height follows one of the usual shapes.
    """
    size_px = draw_size(random, width_px)
    columns = int(random.integers(1500, 2300))
    rows = round(columns * flat.shape[0] / flat.shape[1])
    # Viewers interpolate; only strong reduction averages.
    way = cv2.INTER_LINEAR if columns > 0.6 * flat.shape[1] else cv2.INTER_AREA
    shown = np.asarray(cv2.resize(flat, (columns, rows), interpolation=way), dtype=np.uint8)
    window, left, top = _open_viewer(shown, random)

    # Lengths on the display are in its pixels, from the page's upper left corner.
    pose = aim(
        random,
        (columns, rows),
        size_px,
        tilt_deg=min(abs(random.normal(0, 7)), 18.0),
        turn_deg=float(np.clip(random.normal(0, 2), -6, 6)),
        fill=random.uniform(0.85, 1.03),
    )
    page_map = see_sheet(pose, size_px, None, (columns, rows))
    display = page_map.nodes_mm + np.array([left, top])
    scene = warp(window, 1.0, PaperMap(display, page_map.step_px), size_px, _room(random))
    _add_raster(scene, display, int(page_map.step_px), random)
    per_px = np.array([flat.shape[1] / columns, flat.shape[0] / rows]) / px_per_mm
    image = develop(scene, glow(random, size_px), random, focus_px=random.uniform(0.5, 0.9))
    return Shot(
        image,
        PaperMap(page_map.nodes_mm * per_px, page_map.step_px),
        int(random.integers(75, 96)),
    )


def _open_viewer(shown: NDArray[np.uint8], random: Generator) -> tuple[NDArray[np.uint8], int, int]:
    """Put a page into a viewer's window on a display; give it and where the page begins in it."""
    rows, columns = shown.shape[:2]
    back, bar, sign = (np.array(c, np.uint8) for c in _THEMES[random.integers(len(_THEMES))])
    gap, panel = int(random.integers(0, 40)), int(random.choice([0, 0, 180, 260]))
    bars, bezel = random.integers(28, 56, random.integers(1, 4)), int(random.integers(14, 60))
    top, left = bezel + int(bars.sum()) + gap, bezel + panel + gap
    side, foot = int(random.integers(10, 120)), int(random.integers(10, 60))
    window = np.empty((top + rows + foot + bezel, left + columns + side + bezel, 3), np.uint8)
    window[:] = back
    window[:, : left - gap] = bar
    y = bezel
    for height in bars:
        tone = np.clip(bar.astype(int) + random.integers(-12, 13), 0, 255).astype(np.uint8)
        window[y : y + height] = tone
        x = bezel + 12
        while x < window.shape[1] - 60 and random.random() < 0.9:
            wide = int(random.integers(8, 70))
            window[y + height // 2 - 4 : y + height // 2 + 5, x : x + wide] = sign
            window[y + height // 2 - 1, x + 2 : x + wide - 2 : 3] = tone
            x += wide + int(random.integers(14, 60))
        y += int(height)
    if panel:
        small = (panel - 40, (panel - 40) * rows // columns)
        preview = cv2.resize(shown, small, interpolation=cv2.INTER_NEAREST)
        for y in range(top, window.shape[0] - bezel - small[1], small[1] + 24):
            window[y : y + small[1], bezel + 20 : bezel + 20 + small[0]] = preview
    window[top : top + rows, left : left + columns] = shown
    frame = np.full(3, random.integers(8, 50), np.uint8)
    for edge in (window[:bezel], window[-bezel:], window[:, :bezel], window[:, -bezel:]):
        edge[:] = frame
    return window, left, top


def _add_raster(
    scene: NDArray[np.uint8], display: NDArray[np.float64], step_px: int, random: Generator
) -> None:
    """Lay the display's stripes over a scene, as far as the lens resolves them."""
    phase = np.arange(_PHASES) * (2 * np.pi / _PHASES)
    middle = display[display.shape[0] // 2, display.shape[1] // 2 : display.shape[1] // 2 + 2]
    per_px = float(np.hypot(*(middle[1] - middle[0]))) / step_px
    # What is left of a wave behind a Gaussian blur.
    passed = np.exp(-2 * (np.pi * random.uniform(0.36, 0.52) * per_px) ** 2)
    show_pixels(
        scene,
        display,
        step_px,
        np.cos(phase).astype(np.float32),
        np.float32(min(_THIRD * passed, 0.3)),
        np.float32(min(random.uniform(0.1, 0.5) * passed, 0.1)),
    )


def _room(random: Generator) -> tuple[int, ...]:
    """Choose the color of the dim room behind the display."""
    gray = random.uniform(15, 90)
    return tuple(int(value) for value in np.clip(gray * random.normal(1, 0.08, 3), 0, 255))
