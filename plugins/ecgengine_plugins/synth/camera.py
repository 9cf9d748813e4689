"""A printed sheet on a table, photographed with a phone."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ecgengine.case import PaperMap
from ecgengine_kernels.camera import expose, lay_on_table
from ecgengine_plugins.synth.lens import aim, rest, see_sheet
from ecgengine_plugins.synth.light import STEP_PX, Light, enlarge, shine
from ecgengine_plugins.synth.noise import make_grain, noise_levels
from ecgengine_plugins.synth.picture import Leaf, Shot
from ecgengine_plugins.synth.table import make_table
from ecgengine_plugins.synth.warping import warp

_SHAPES = ((4, 3, 0.5), (22, 17, 0.2), (16, 9, 0.3))
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
        random: the only source of chance.
        width_px: width of the picture; its height follows one of the usual shapes.
        tilt_deg: how far the camera looks from straight down; by default mostly below 20.
    """
    size_px = draw_size(random, width_px)
    height, width = leaf.image.shape[:2]
    sheet_mm = (width / leaf.px_per_mm, height / leaf.px_per_mm)
    relief = rest(random, sheet_mm) if leaf.relief is None else leaf.relief
    pose = aim(random, sheet_mm, size_px, tilt_deg=tilt_deg)
    paper_map = see_sheet(pose, size_px, relief, sheet_mm)

    border = tuple(int(value) for value in np.median(leaf.image[:2].reshape(-1, 3), axis=0))
    scene = warp(leaf.image, leaf.px_per_mm, paper_map, size_px, border)
    _add_table(scene, leaf, paper_map, random, sheet_mm)
    light = shine(random, paper_map, size_px, relief, sheet_mm)
    image = develop(scene, light, random, focus_px=random.uniform(0.5, 1.3))
    return Shot(image, paper_map, int(random.integers(75, 96)))


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
        random: the only source of chance.
        focus_px: standard deviation of the lens blur in pixels.
    """
    height, width = scene.shape[:2]
    sharp = _blur(scene, random, focus_px)
    soft = cv2.GaussianBlur(sharp, (0, 0), 1.2 + focus_px)
    mix = _focus(random, light.veil.shape)
    lattice = np.dstack([light.gain * _exposure(light.gain, random), light.veil, mix])
    tone = _tone(random)
    shot = random.uniform(0.004, 0.02)
    grain = make_grain(random, (width, height), blur_px=random.uniform(0.5, 0.9))
    noise = noise_levels(tone[1], 0.15 * shot, shot)
    linear = ((np.arange(256, dtype=np.float32) / 255) ** 2.2).astype(np.float32)
    lattice = np.ascontiguousarray(lattice, dtype=np.float32)
    return expose(sharp, soft, lattice, STEP_PX, linear, tone, grain.patch, grain.places, noise)


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
    """Paint the table beside the sheet and where it is gone, with the sheet's soft shadow."""
    height, width = scene.shape[:2]
    gone = np.empty((0, 0), np.uint8)
    paper = enlarge(paper_map, (width, height))
    near = np.minimum(paper, np.array(sheet_mm, np.float32) - paper).min(axis=-1)
    cover = np.clip(near + 0.5, 0, 1)
    if leaf.gone is not None:
        gone = warp(leaf.gone, leaf.px_per_mm, paper_map, (width, height), (0,))
        rows, columns = cover.shape
        less = cv2.resize(gone, (columns, rows), interpolation=cv2.INTER_AREA)
        cover *= 1 - less.astype(np.float32) / 255
    blur = random.uniform(2, 12)
    drop = np.array([[1, 0, random.normal(0, 3)], [0, 1, random.normal(0, 3)]])
    shadow = cv2.warpAffine(
        cv2.GaussianBlur(cover, (0, 0), blur),
        drop,
        cover.shape[::-1],
        borderMode=cv2.BORDER_REPLICATE,
    )
    shade = (1 - random.uniform(0.2, 0.6) * shadow).astype(np.float32)
    angle, per_mm = random.uniform(0, 2 * np.pi), random.uniform(2.0, 3.5)
    turn = per_mm * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    lay_on_table(
        scene,
        gone,
        paper_map.nodes_mm * leaf.px_per_mm,
        (sheet_mm[0] * leaf.px_per_mm, sheet_mm[1] * leaf.px_per_mm),
        make_table(random),
        paper_map.nodes_mm @ turn.T + random.uniform(0, 512, 2),
        int(paper_map.step_px),
        shade,
        STEP_PX,
    )


def _blur(scene: NDArray[np.uint8], random: Generator, focus_px: float) -> NDArray[np.uint8]:
    """Blur by defocus, and sometimes by a short straight shake."""
    if random.random() < 0.8:
        return cv2.GaussianBlur(scene, (0, 0), focus_px)
    angle, length = random.uniform(0, np.pi), random.uniform(1, 4)
    reach = 4
    offset = np.arange(-reach, reach + 1)
    trail = np.zeros((2 * reach + 1, 2 * reach + 1))
    for part in np.linspace(-length / 2, length / 2, 9):
        x, y = offset - part * np.cos(angle), offset[:, None] - part * np.sin(angle)
        trail += np.exp(-0.5 * (x * x + y * y) / focus_px**2)
    return cv2.filter2D(scene, -1, trail / trail.sum())


def _focus(random: Generator, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Give the weight of more blur: below 0 where the phone sharpens what it sees sharp."""
    slope = random.normal(0, 0.15, 2)
    y, x = np.linspace(-1, 1, shape[0])[:, None], np.linspace(-1, 1, shape[1])
    away = slope[0] * y + slope[1] * x
    return (random.uniform(-0.7, 0.1) + np.abs(away)).astype(np.float32)


def _exposure(gain: NDArray[np.float32], random: Generator) -> NDArray[np.float32]:
    """Give gains that bring the brighter paper near white and correct most of its color."""
    seen = np.percentile(gain[::8, ::8].reshape(-1, 3), 85, axis=0)
    balance = (seen.mean() / seen) ** random.uniform(0.5, 1.0)
    balance *= 1 + np.array([1.0, 0.0, -1.0]) * random.normal(0.02, 0.03)
    return (balance / seen.mean() * random.uniform(0.5, 1.0)).astype(np.float32)


def _tone(random: Generator) -> NDArray[np.float32]:
    """Give (3, T) picture values of light 0 to 1: a display's gamma bent into an S."""
    light = np.linspace(0, 1, _TONE_STEPS)
    value = light ** (1 / random.uniform(2.0, 2.4))
    contrast = random.uniform(0.0, 0.35)
    value = (1 - contrast) * value + contrast * value * value * (3 - 2 * value)
    black, white = random.uniform(0, 12), random.uniform(243, 255)
    curve = black + (white - black) * value
    return np.ascontiguousarray(np.broadcast_to(curve, (3, _TONE_STEPS)), dtype=np.float32)
