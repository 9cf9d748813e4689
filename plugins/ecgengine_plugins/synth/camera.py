"""Photograph a printed sheet on a table with a phone."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ecgengine.geometry.paper_map import PaperMap
from ecgengine_kernels.camera import expose, lay_on_table
from ecgengine_plugins.synth.lens import aim, rest, see_sheet
from ecgengine_plugins.synth.light import STEP_PX, Light, shine
from ecgengine_plugins.synth.noise import make_grain, noise_levels
from ecgengine_plugins.synth.picture import Leaf, Shot
from ecgengine_plugins.synth.table import make_table
from ecgengine_plugins.synth.warping import warp

_SHAPES = ((4, 3, 0.5), (22, 17, 0.3), (16, 9, 0.2))
_TONE_STEPS = 2048


def photograph(
    leaf: Leaf, random: Generator, *, width_px: int = 2200, tilt_deg: float | None = None
) -> Shot:
    """Photograph a sheet that lies on a table.

    A chain of what happens: the sheet bends (unless it has a shape), the camera is held over it,
    its lens distorts, lamps and shadows fall on it, it is a little out of focus or shaken, and the
    phone exposes, sharpens and leaves noise.

    Args:
        leaf: the sheet.
        random: the only source of randomness.
        width_px: longer side of the picture, along the sheet's; the other follows one of the
            usual shapes.
        tilt_deg: how far the camera looks from straight down; by default mostly below 20.
    """
    size_px = draw_size(random, width_px)
    height, width = leaf.image.shape[:2]
    if height > width:
        # The phone is turned with the sheet.
        size_px = size_px[::-1]
    sheet_mm = (width / leaf.px_per_mm, height / leaf.px_per_mm)
    relief = rest(random, sheet_mm) if leaf.relief is None else leaf.relief
    pose = aim(random, sheet_mm, size_px, tilt_deg=tilt_deg)
    paper_map = see_sheet(pose, size_px, relief, sheet_mm)

    border = tuple(int(value) for value in np.median(leaf.image[:2].reshape(-1, 3), axis=0))
    scene = warp(leaf.image, leaf.px_per_mm, paper_map, size_px, border)
    _add_table(scene, leaf, paper_map, random, sheet_mm)
    light = shine(random, paper_map, size_px, relief, sheet_mm)
    image = develop(scene, light, random, focus_px=random.uniform(0.3, 0.75))
    return Shot(image, paper_map, int(random.integers(75, 96)), leaf.missing)


def develop(
    scene: NDArray[np.uint8],
    light: Light,
    random: Generator,
    *,
    focus_px: float,
) -> NDArray[np.uint8]:
    """Give the picture that a phone makes of a scene in even light.

    Args:
        scene: (H, W, 3) uint8 RGB.
        light: what falls on it.
        random: the only source of randomness.
        focus_px: standard deviation of the lens blur in pixels.
    """
    height, width = scene.shape[:2]
    sharp = _blur(scene, random, focus_px)
    soft = _smooth(sharp, 1.2 + focus_px)
    gain = light.gain * _exposure(light.gain, random)
    lattice = np.dstack([gain, light.veil, _focus(random, light.veil.shape)])
    tone = _tone(random)
    shot = random.uniform(0.015, 0.045)
    grain = make_grain(random, (width, height), blur_px=random.uniform(0.3, 0.75), color=0.4)
    image = expose(
        sharp.reshape(height, -1),
        soft.reshape(height, -1),
        lattice,
        STEP_PX,
        tone,
        noise_levels(tone, 0.15 * shot, shot),
        grain.patch.reshape(len(grain.patch), -1),
        grain.places,
    )
    return image.reshape(height, width, 3)


def draw_size(random: Generator, width_px: int) -> tuple[int, int]:
    """Choose the height of a picture by the shapes that phones and their owners cut."""
    across, down, _ = _SHAPES[random.choice(len(_SHAPES), p=[share for *_, share in _SHAPES])]
    return width_px, round(width_px * down / across)


def _add_table(
    scene: NDArray[np.uint8],
    leaf: Leaf,
    paper_map: PaperMap,
    random: Generator,
    sheet_mm: tuple[float, float],
) -> None:
    """Paint the table beside the sheet and where paper is missing, with the sheet's soft shadow."""
    height, width = scene.shape[:2]
    missing = np.empty((0, 0), np.uint8)
    paper = paper_map.nodes_mm
    near = np.minimum(paper, np.array(sheet_mm) - paper).min(axis=-1)
    cover = np.clip(near / 2 + 0.5, 0, 1).astype(np.float32)
    if leaf.missing is not None:
        missing = warp(leaf.missing, leaf.px_per_mm, paper_map, (width, height), (0,))
        cover *= 1 - cv2.resize(missing, cover.shape[::-1], interpolation=cv2.INTER_AREA) / 255
    shade = 1 - random.uniform(0.2, 0.6) * _shadow(cover, random)
    angle, per_mm = random.uniform(0, 2 * np.pi), random.uniform(2.0, 3.5)
    turn = per_mm * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    lay_on_table(
        scene,
        missing,
        paper_map.nodes_mm * leaf.px_per_mm,
        (sheet_mm[0] * leaf.px_per_mm, sheet_mm[1] * leaf.px_per_mm),
        make_table(random),
        paper_map.nodes_mm @ turn.T + random.uniform(0, 512, 2),
        int(paper_map.step_px),
        shade,
    )


def _shadow(cover: NDArray[np.float32], random: Generator) -> NDArray[np.float32]:
    """Give the soft shadow of what covers the table."""
    blurred = cv2.GaussianBlur(cover, (0, 0), random.uniform(0.5, 3))
    drop = np.array([[1, 0, random.normal(0, 0.7)], [0, 1, random.normal(0, 0.7)]])
    size = (cover.shape[1], cover.shape[0])
    shadow = cv2.warpAffine(blurred, drop, size, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(shadow, dtype=np.float32)


def _blur(scene: NDArray[np.uint8], random: Generator, focus_px: float) -> NDArray[np.uint8]:
    """Blur by defocus, and sometimes by a short straight shake."""
    if random.random() < 0.8:
        return _smooth(scene, focus_px)
    angle, length = random.uniform(0, np.pi), random.uniform(1, 3.5)
    reach = 3
    offset = np.arange(-reach, reach + 1)
    trail = np.zeros((2 * reach + 1, 2 * reach + 1))
    for part in np.linspace(-length / 2, length / 2, 9):
        x, y = offset - part * np.cos(angle), offset[:, None] - part * np.sin(angle)
        trail += np.exp(-0.5 * (x * x + y * y) / focus_px**2)
    return np.asarray(cv2.filter2D(scene, -1, trail / trail.sum()), dtype=np.uint8)


def _smooth(scene: NDArray[np.uint8], deviation_px: float) -> NDArray[np.uint8]:
    return np.asarray(cv2.GaussianBlur(scene, (0, 0), deviation_px), dtype=np.uint8)


def _focus(random: Generator, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Give the weight of more blur: below 0 where the phone sharpens what it sees sharp."""
    slope = random.normal(0, 0.15, 2)
    y, x = np.linspace(-1, 1, shape[0])[:, None], np.linspace(-1, 1, shape[1])
    away = slope[0] * y + slope[1] * x
    return np.asarray(random.uniform(-1.6, -0.3) + np.abs(away), dtype=np.float32)


def _exposure(gain: NDArray[np.float32], random: Generator) -> NDArray[np.float32]:
    """Give gains that bring the brighter paper near white and correct most of its color."""
    seen = np.percentile(gain[::8, ::8].reshape(-1, 3), 85, axis=0)
    balance = (seen.mean() / seen) ** random.uniform(0.5, 1.0)
    balance *= 1 + np.array([1.0, 0.0, -1.0]) * random.normal(0.02, 0.03)
    level = random.triangular(0.4, 0.55, 1.05) / seen.mean()
    return np.asarray(balance * level, dtype=np.float32)


def _tone(random: Generator) -> NDArray[np.float32]:
    """Give (T,) picture values of light 0 to 1: a display's gamma bent into an S."""
    light = np.linspace(0, 1, _TONE_STEPS)
    value = light ** (1 / random.uniform(2.0, 2.4))
    contrast = random.uniform(0.0, 0.35)
    value = (1 - contrast) * value + contrast * value * value * (3 - 2 * value)
    black, white = random.uniform(0, 12), random.uniform(243, 255)
    curve = black + (white - black) * value
    return np.asarray(curve, dtype=np.float32)
