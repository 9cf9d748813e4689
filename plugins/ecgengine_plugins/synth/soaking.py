"""Soak and stain paper: ink that runs, stains with tide lines, paper that dries in waves."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.wear import run_ink
from ecgengine_plugins.synth.picture import Color, Leaf, Print
from ecgengine_plugins.synth.relief import STEP_MM, bend, relief_shape
from ecgengine_plugins.synth.stains import CELL_MM, DEPTHS_MM, Box, Painter, Ramp, depth_in
from ecgengine_plugins.synth.texture import Field, enlarge, fractal

_LIQUIDS: tuple[tuple[Color, float], ...] = (
    # absorbance of a layer of density one, and how often it is spilled
    ((0.24, 0.46, 0.85), 0.4),  # coffee
    ((0.13, 0.28, 0.62), 0.3),  # tea
    ((0.10, 0.15, 0.27), 0.3),  # dirty water
)


def soak(sheet: Print, random: np.random.Generator) -> Print:
    """Let water run over a print: its ink spreads, fades and smears along a direction."""
    width, height = sheet.size_px
    scale = sheet.px_per_mm
    shape = (round(height / scale / CELL_MM) + 1, round(width / scale / CELL_MM) + 1)
    severity = random.uniform(0.2, 1.0)
    level = random.uniform(0.9, 1.5) - 1.5 * severity
    wetness = fractal(random, shape, random.uniform(30, 90) / CELL_MM, 5, 0.55)
    wet = np.clip((wetness - np.float32(level)) * 260, 0, 60 + 195 * severity)
    near_px = random.uniform(0.12, 0.25) * scale
    far_px = random.uniform(0.3, 1.2) * severity * scale
    line = _line(random.uniform(0, np.pi), random.choice([0.0, 2.0, 5.0]) * far_px / 4)
    kept = int(255 * (0.65 - random.uniform(0.0, 0.45) * severity))
    # Pictures four times smaller hold what has run; the last few rows and columns stay dry.
    rows, columns = height // 4 * 4, width // 4 * 4
    wet_px = enlarge(wet.astype(np.uint8), (rows, columns))
    tufts = np.clip(fractal(random, shape, 2.5 / CELL_MM, 3, 0.8) * 48 + 160, 32, 255)
    feathers = enlarge(tufts.astype(np.uint8), (rows // 4, columns // 4))

    def run(ink: NDArray[np.uint8], fluid: float) -> NDArray[np.uint8]:
        if not ink.any() or not wet.any():
            return ink
        part = np.ascontiguousarray(ink[:rows, :columns])
        half = _shrink(part)
        near = _blur(half, near_px * fluid / 2)
        far = _blur(_shrink(half), far_px * fluid / 4)
        far = np.asarray(cv2.filter2D(far, -1, line), dtype=np.uint8)
        cv2.multiply(far, feathers, dst=far, scale=1 / 100)
        near, far = enlarge(near, part.shape), enlarge(far, part.shape)
        result = ink.copy()
        result[:rows, :columns] = run_ink(part, near, far, wet_px, kept)
        return result

    fastness = random.uniform(0.0, 0.8)
    return replace(
        sheet,
        trace=run(sheet.trace, 1.0),
        text=run(sheet.text, 1.0),
        marks=run(sheet.marks, 1.3),
        grid=run(sheet.grid, fastness) if fastness > 0.3 else sheet.grid,
    )


def _shrink(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Halve a picture's sides."""
    size = (ink.shape[1] // 2, ink.shape[0] // 2)
    return np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _blur(ink: NDArray[np.uint8], sigma_px: float) -> NDArray[np.uint8]:
    return np.asarray(cv2.GaussianBlur(ink, (0, 0), max(sigma_px, 0.5)), dtype=np.uint8)


def _line(angle: float, length_px: float) -> NDArray[np.float32]:
    """Make the kernel of a smear along a line."""
    side = int(length_px) | 1
    line = np.zeros((side, side), dtype=np.float32)
    reach = np.array([np.cos(angle), np.sin(angle)]) * (side // 2)
    ends = np.rint(side // 2 + np.stack([-reach, reach])).astype(int)
    cv2.line(line, ends[0].tolist(), ends[1].tolist(), 1.0)
    return np.asarray(line / line.sum())


def stain(leaf: Leaf, random: np.random.Generator) -> Leaf:
    """Stain a leaf with water, coffee or tea, and let it dry in waves; its ink stays visible."""
    image = leaf.image.copy()
    painter = Painter(image, leaf.px_per_mm, random)
    severity = random.uniform(0.2, 1.0)
    sheet = Box.whole(image, leaf.px_per_mm)
    wet = fractal(random, sheet.shape, random.uniform(40, 120) / CELL_MM, 6, 0.5)
    _flood(painter, sheet, wet, random, severity)
    for _ in range(random.poisson(1.2 * severity)):
        _cup_ring(painter, random, severity)
    for _ in range(random.poisson(1.5 * severity)):
        _splash(painter, random, severity)
    return _wave(replace(leaf, image=image), wet, random, severity)


def _liquid(random: np.random.Generator) -> Color:
    shares = [share for _, share in _LIQUIDS]
    return _LIQUIDS[int(random.choice(len(_LIQUIDS), p=shares))][0]


def _rim(density: float, body: float, line_mm: float) -> NDArray[np.float64]:
    """Give the density of a dried stain by depth: a dark line where it ended, a pale inside.

    Solids travel to the rim of a drying drop: Deegan et al., "Capillary flow as the cause of ring
    stains from dried liquid drops", 1997.
    """
    inside = np.clip(DEPTHS_MM / 0.15 + 0.5, 0, 1)
    return inside * (body + density * np.exp(-np.maximum(DEPTHS_MM, 0) / line_mm))


def _flood(
    painter: Painter, box: Box, wet: Field, random: np.random.Generator, severity: float
) -> None:
    """Yellow the whole sheet a little, and let water stand on part of it, more than once."""
    aged = np.abs(fractal(random, box.shape, 60 / CELL_MM, 3)) * np.float32(0.4) + np.float32(0.6)
    aged *= np.float32(random.uniform(0.1, 1.2) * severity)
    liquid = _liquid(random)
    uneven = fractal(random, box.shape, 25 / CELL_MM, 5, 0.6) * np.float32(0.25) + np.float32(0.75)
    water = np.zeros(box.shape, dtype=np.float32)
    lines = []
    for _ in range(random.integers(1, 4)):
        jitter = fractal(random, box.shape, 4 / CELL_MM, 3, 0.7) * np.float32(0.25)
        depth = depth_in(wet > random.uniform(-0.6, 1.2)) + jitter
        # What lies far inside is smooth; only the line needs the picture's own resolution.
        within = np.clip(depth / np.float32(CELL_MM) + np.float32(0.5), 0, 1)
        faint = np.float32(random.uniform(0.05, 0.35) * severity)
        water += within * faint * (np.float32(0.7) + np.float32(0.3) / (1 + np.abs(depth) / 5))
        density = _rim(random.uniform(0.2, 1.0) * severity, 0.0, random.uniform(0.3, 1.2))
        lines.append((depth, Ramp.dye(np.where(density < 0.01, 0, density), liquid)))
    yellow = np.array((0.04, 0.09, 0.22), dtype=np.float32)
    brown = np.array(liquid, dtype=np.float32)
    optical = aged[:, :, None] * yellow
    optical += (water * uneven)[:, :, None] * brown
    painter.tint(optical)
    for depth, ramp in lines:
        painter.lay(box, depth, ramp, uneven, 0.08)


def _cup_ring(painter: Painter, random: np.random.Generator, severity: float) -> None:
    """Set down a wet cup: a ring of uneven width that lacks some of its round."""
    x_mm, y_mm = random.uniform(0, painter.size_mm)
    radius_mm = random.uniform(28, 48)
    box = Box.around(painter.image, painter.px_per_mm, (x_mm, y_mm), radius_mm + 8)
    x, y = box.grid_mm()
    round_mm = np.hypot(x - x_mm, y - y_mm)
    half_mm = random.uniform(0.5, 1.6)
    width_mm = half_mm * (1 + 0.6 * fractal(random, box.shape, 25 / CELL_MM, 4, 0.6))
    depth = width_mm - np.abs(
        round_mm - radius_mm + 0.25 * fractal(random, box.shape, 12 / CELL_MM)
    )
    missing = random.uniform(-0.6, 0.6)
    strength = 0.6 + 0.6 * fractal(random, box.shape, 30 / CELL_MM, 4, 0.6) - missing
    density = _rim(random.uniform(0.4, 1.3), random.uniform(0.2, 0.6), random.uniform(0.15, 0.4))
    painter.lay(box, depth, Ramp.dye(density * (0.5 + severity), _liquid(random)), strength, 0.06)


def _splash(painter: Painter, random: np.random.Generator, severity: float) -> None:
    """Let drops fall around a place: a few big, most small, each with its own tide line."""
    x_mm, y_mm = random.uniform(0, painter.size_mm)
    spread_mm = random.uniform(8, 45)
    box = Box.around(painter.image, painter.px_per_mm, (x_mm, y_mm), spread_mm * 2.2)
    count = int(random.integers(3, 50))
    radius_mm = np.minimum(0.5 * random.lognormal(0.0, 0.9, count), 9.0)
    radius_mm[: random.integers(0, 3)] *= 5
    center_mm = np.array([x_mm, y_mm]) + random.standard_normal((count, 2)) * spread_mm * 0.7
    depth = box.depth_in_spots(np.column_stack([center_mm, radius_mm]), 2.0)
    depth += 0.2 * fractal(random, box.shape, 3 / CELL_MM, 3, 0.7)
    density = _rim(random.uniform(0.4, 1.2), random.uniform(0.2, 0.9), random.uniform(0.15, 0.4))
    painter.lay(box, depth, Ramp.dye(density * (0.4 + severity), _liquid(random)), 1.0, 0.06)


def _wave(leaf: Leaf, wet: Field, random: np.random.Generator, severity: float) -> Leaf:
    """Let wet paper dry in waves, which run more along the fibers than across."""
    shape = relief_shape(leaf)
    nodes = (
        np.minimum(np.arange(count) * STEP_MM / CELL_MM, most - 1).astype(int)
        for count, most in zip(shape, wet.shape, strict=True)
    )
    long_mm, short_mm = random.uniform(40, 60), random.uniform(15, 30)
    cell = (long_mm, short_mm) if random.random() < 0.5 else (short_mm, long_mm)
    cell = (cell[0] / STEP_MM / 2, cell[1] / STEP_MM / 2)
    swollen = np.clip(0.55 + 0.45 * wet[np.ix_(*nodes)], 0.1, 1.5)
    lift = fractal(random, shape, cell, 3, 0.4) * swollen
    lift *= np.float32(random.uniform(0.3, 1.6) * severity)
    shift = np.dstack([fractal(random, shape, 35 / STEP_MM, 2, 0.3) for _ in range(2)])
    shift *= np.float32(random.uniform(0.03, 0.16) * severity)
    return bend(leaf, lift, shift)
