"""Light on a photographed sheet: its slopes, its distance from lamps, shadows and glare."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ecgengine.geometry.paper_map import PaperMap
from ecgengine_plugins.synth.lens import read_sheet
from ecgengine_plugins.synth.picture import Relief

STEP_PX = 4
_FIBERS = 0.008
"""Deviation of light on fibers of paper, for a lamp at 45 degrees."""


@dataclass(frozen=True, slots=True)
class Light:
    """What light falls on a scene, on a lattice over the picture.

    Attributes:
        gain: (R, C, 3) float32, light of red, green and blue; 1 shows white paper as white.
        veil: (R, C) float32, light added by reflections and stray light.
    """

    gain: NDArray[np.float32]
    veil: NDArray[np.float32]


def shine(
    random: Generator,
    paper_map: PaperMap,
    size_px: tuple[int, int],
    relief: Relief,
    sheet_mm: tuple[float, float],
) -> Light:
    """Light a sheet by a lamp or window and by the room around it.

    Both follow Lambert's law on the relief's slopes. The room shines from all sides, though from
    one more than from the others, and in another color; only the lamp's light is lost in shadows
    and grazes the fibers of the paper.

    Args:
        random: the only source of randomness.
        paper_map: where each pixel of the picture sees the sheet.
        size_px: width and height of the picture.
        relief: the shape of the sheet.
        sheet_mm: width and height of the sheet.
    """
    x, y = _picture(size_px)
    toward, other = random.uniform(0, 2 * np.pi, 2)
    steep = 1 / np.tan(np.radians(random.uniform(14, 55)))
    slopes = steep * np.array([np.cos(toward), np.sin(toward)])
    room_slopes = random.uniform(0, 0.6) * np.array([np.cos(other), np.sin(other)])
    lit = np.dstack([_lambert(relief, *slopes), _lambert(relief, *room_slopes)])
    paper = _enlarge(paper_map, size_px)
    lit = read_sheet(lit, relief.step_mm, paper, sheet_mm)
    fibers = random.standard_normal(x.shape, dtype=np.float32)
    lit[..., 0] *= 1 + np.float32(_FIBERS * steep) * fibers
    off = np.any((paper < 0) | (paper > np.array(sheet_mm)), axis=-1)
    lit[off] = 1.0
    lamp, around = lit[..., 0], lit[..., 1:]
    lamp *= 1 + random.uniform(0, 0.45) * (np.cos(toward) * x + np.sin(toward) * y)
    for _ in range(random.choice([0, 1, 2], p=[0.45, 0.4, 0.15])):
        lamp *= _shadow(random, x, y)
    room = random.uniform(0.2, 0.65)
    warmth = random.normal(0.03, 0.07)
    lamp_rgb = (1 - room) * np.array([1 + warmth, 1.0, 1 - 1.3 * warmth])
    coolness = random.normal(0.05, 0.07)
    room_rgb = room * np.array([1 - coolness, 1.0, 1 + 1.3 * coolness])
    fade = 1 - random.uniform(0.02, 0.2) * (x * x + y * y)
    gain = lamp[..., None] * lamp_rgb.astype(np.float32) + around * room_rgb.astype(np.float32)
    gain *= fade[..., None]
    veil = np.full(x.shape, random.uniform(0.0, 0.02), np.float32)
    if random.random() < 0.15:
        veil += _glare(random, x, y)
    return Light(gain, veil)


def glow(random: Generator, size_px: tuple[int, int]) -> Light:
    """Light a display from behind, and let a dim room be mirrored in its glass.

    Args:
        random: the only source of randomness.
        size_px: width and height of the picture.
    """
    x, y = _picture(size_px)
    fade = 1 - random.uniform(0.02, 0.25) * (x * x + y * y)
    # Liquid crystals dim and change color with the angle under which they are seen.
    slope = random.normal(0, 0.1, 2).astype(np.float32)
    fade *= 1 + slope[0] * x + slope[1] * y
    blue = random.normal(0.12, 0.08)
    rgb = np.array([1 - blue, 1 - 0.2 * blue, 1 + 0.8 * blue], np.float32)
    veil = np.full(x.shape, random.uniform(0.0, 0.03), np.float32)
    for _ in range(random.integers(0, 3)):
        veil += _glare(random, x, y) * random.uniform(0.2, 0.6)
    return Light((fade[..., None] * rgb).astype(np.float32), veil)


def _enlarge(paper_map: PaperMap, size_px: tuple[int, int]) -> NDArray[np.float32]:
    """Read a paper map at every `STEP_PX` pixels: (R, C, 2) millimeters."""
    columns, rows = (-(-(side - 1) // STEP_PX) + 1 for side in size_px)
    share = STEP_PX / paper_map.step_px
    x, y = np.meshgrid(
        np.arange(columns, dtype=np.float32) * share, np.arange(rows, dtype=np.float32) * share
    )
    nodes = paper_map.nodes_mm.astype(np.float32)
    paper = cv2.remap(nodes, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(paper, dtype=np.float32)


def _picture(size_px: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give x, -1 to 1, and y to the same scale, of the nodes of a picture's light."""
    columns, rows = (-(-(side - 1) // STEP_PX) + 1 for side in size_px)
    tall = size_px[1] / size_px[0]
    x, y = np.meshgrid(
        np.linspace(-1, 1, columns, dtype=np.float32),
        np.linspace(-tall, tall, rows, dtype=np.float32),
    )
    return x, y


def _lambert(relief: Relief, slope_x: float, slope_y: float) -> NDArray[np.float32]:
    """Give a light's strength on each node of a relief, 1 where the sheet lies flat."""
    down, right = np.gradient(relief.lift_mm, relief.step_mm)
    lit = 1 - slope_x * right - slope_y * down
    lit /= np.sqrt(1 + right * right + down * down)
    return np.asarray(np.maximum(lit, 0), dtype=np.float32)


def _shadow(
    random: Generator, x: NDArray[np.float32], y: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Let a phone, a hand or the edge of a window's light cast a soft shadow."""
    angle = random.uniform(0, 2 * np.pi)
    u = np.cos(angle) * x + np.sin(angle) * y
    v = np.cos(angle) * y - np.sin(angle) * x
    softness = 10 ** random.uniform(-1.9, -0.5)
    inside = u - random.uniform(0.0, 0.7)
    if random.random() < 0.6:
        # A hand, an arm or a phone has a width, and a round end.
        wide = random.uniform(0.15, 0.5)
        side = np.abs(v - random.uniform(-0.5, 0.5)) - wide * (1 + 0.3 * u)
        inside = -np.hypot(np.maximum(side + 0.1, 0), np.maximum(0.1 - inside, 0)) + 0.1
    depth = random.uniform(0.15, 0.75)
    inside = np.clip(inside / softness, -4, 4)
    return np.asarray(1 - depth * (0.5 + 0.5 * np.tanh(inside)), dtype=np.float32)


def _glare(
    random: Generator, x: NDArray[np.float32], y: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Let a lamp be mirrored dimly by glossy paper."""
    at, width = random.uniform(-0.8, 0.8, 2), random.uniform(0.08, 0.35)
    far = ((x - at[0]) ** 2 + (y - at[1]) ** 2) / width**2
    return np.asarray(random.uniform(0.04, 0.25) / (1 + far * far), dtype=np.float32)
