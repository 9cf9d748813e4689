"""Water and what is spilled: ink that runs, stains with tide lines, paper that dries in waves."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.wear import raise_spots, run_ink
from ecgengine_plugins.synth.picture import Color, Leaf, Print
from ecgengine_plugins.synth.relief import STEP_MM, bend, relief_shape
from ecgengine_plugins.synth.stains import CELL_MM, DEPTHS_MM, Box, Painter, Ramp, depth_in
from ecgengine_plugins.synth.texture import Field, fractal

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
    level = random.uniform(-0.1, 1.3) - 0.9 * severity
    wetness = fractal(random, shape, random.uniform(30, 90) / CELL_MM, 5, 0.55)
    wet = np.clip((wetness - np.float32(level)) * 260, 0, 60 + 195 * severity)
    wet_px = cv2.resize(wet.astype(np.uint8), (width, height), interpolation=cv2.INTER_LINEAR)
    near_mm = random.uniform(0.12, 0.25)
    far_mm = random.uniform(0.4, 1.4) * severity
    angle = random.uniform(0, np.pi)
    washed = random.uniform(0.1, 0.5) * severity
    feathers = fractal(random, shape, 2.5 / CELL_MM, 3, 0.8) * 0.35 + 1

    def run(ink: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
        if not ink.any():
            return ink
        near = _spread(ink, near_mm * share * scale, 0.0, angle, None)
        far = _spread(ink, far_mm * share * scale / 2, far_mm * share * scale * 3, angle, feathers)
        return run_ink(ink, near, far, wet_px, washed)

    fastness = random.uniform(0.3, 0.9)
    return replace(
        sheet,
        trace=run(sheet.trace, 1.0),
        text=run(sheet.text, 1.0),
        marks=run(sheet.marks, 1.3),
        grid=run(sheet.grid, fastness),
    )


def _spread(
    ink: NDArray[np.uint8], sigma_px: float, smear_px: float, angle: float, feathers: Field | None
) -> NDArray[np.uint8]:
    """Spread ink by a Gaussian and along a line, keeping about half of it where it was."""
    height, width = ink.shape
    factor = max(int(min(sigma_px, 4.0)), 1)
    small = ink
    if factor > 1:
        size = (width // factor, height // factor)
        small = cv2.resize(ink, size, interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(small, (0, 0), max(sigma_px / factor, 0.6)).astype(np.uint8)
    length = smear_px / factor
    if length > 2:
        side = int(length) | 1
        line = np.zeros((side, side), dtype=np.float32)
        reach = np.array([np.cos(angle), np.sin(angle)]) * (side // 2)
        ends = np.rint(side // 2 + np.stack([-reach, reach])).astype(int)
        cv2.line(line, ends[0].tolist(), ends[1].tolist(), 1.0)
        blurred = cv2.filter2D(blurred, -1, line / line.sum())
    if feathers is not None:
        gain = cv2.resize(feathers, blurred.shape[::-1], interpolation=cv2.INTER_LINEAR)
        blurred = cv2.multiply(blurred, gain, scale=2.0, dtype=cv2.CV_8U)
    if factor > 1:
        blurred = cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.max(blurred, cv2.convertScaleAbs(ink, alpha=0.62)), dtype=np.uint8)


def stain(leaf: Leaf, random: np.random.Generator) -> Leaf:
    """Stain a leaf with water, coffee or tea, and let it dry in waves; its ink stays visible."""
    image, scale = leaf.image.copy(), leaf.px_per_mm
    painter = Painter(image, scale, random)
    severity = random.uniform(0.2, 1.0)
    sheet = Box.whole(image, scale)
    wet = fractal(random, sheet.shape, random.uniform(40, 120) / CELL_MM, 6, 0.5)
    _flood(painter, sheet, wet, random, severity)
    for _ in range(random.poisson(1.2 * severity)):
        _cup_ring(painter, random, severity)
    for _ in range(random.poisson(1.5 * severity)):
        _splash(painter, random, severity)
    rows, columns = relief_shape(leaf)
    soaked = cv2.resize(wet, (columns, rows), interpolation=cv2.INTER_AREA)
    return _wave(replace(leaf, image=image), soaked, random, severity)


def _liquid(random: np.random.Generator) -> Color:
    shares = [share for _, share in _LIQUIDS]
    return _LIQUIDS[int(random.choice(len(_LIQUIDS), p=shares))][0]


def _tide(body: float, line: float, line_mm: float) -> NDArray[np.float64]:
    """Give the density of a dried stain by depth: a dark line where it ended, a pale inside.

    Solids travel to the rim of a drying drop: Deegan et al., "Capillary flow as the cause of ring
    stains from dried liquid drops", 1997.
    """
    inside = np.clip(DEPTHS_MM / 0.15 + 0.5, 0, 1)
    rim = np.exp(-np.maximum(DEPTHS_MM, 0) / line_mm)
    return inside * (body * (0.7 + 0.3 * np.exp(-np.maximum(DEPTHS_MM, 0) / 6.0)) + line * rim)


def _flood(
    painter: Painter, box: Box, wet: Field, random: np.random.Generator, severity: float
) -> None:
    """Yellow the whole sheet a little, and let water stand on part of it, more than once."""
    aged = np.abs(fractal(random, box.shape, 60 / CELL_MM, 3)) * 0.4 + 0.6
    absorbance = (0.04, 0.09, 0.22)
    depth = np.ones(box.shape, dtype=np.float32)
    yellow = random.uniform(0.1, 1.2) * severity
    painter.lay(box, depth, Ramp.dye(np.full(DEPTHS_MM.size, yellow), absorbance), aged)
    liquid = _liquid(random)
    for _ in range(random.integers(1, 4)):
        level = random.uniform(-0.6, 1.2)
        jitter = fractal(random, box.shape, 4 / CELL_MM, 3, 0.7) * 0.25
        depth = depth_in(wet > level) + jitter
        density = _tide(
            random.uniform(0.05, 0.35), random.uniform(0.2, 1.0), random.uniform(0.3, 1.2)
        )
        uneven = 0.75 + 0.25 * fractal(random, box.shape, 25 / CELL_MM, 4, 0.6)
        painter.lay(box, depth, Ramp.dye(density * severity, liquid), uneven, 0.08)


def _cup_ring(painter: Painter, random: np.random.Generator, severity: float) -> None:
    """Set down a wet cup: a ring of uneven width that lacks some of its round."""
    height, width = painter.image.shape[:2]
    x_mm = random.uniform(0, width / painter.px_per_mm)
    y_mm = random.uniform(0, height / painter.px_per_mm)
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
    density = _tide(random.uniform(0.2, 0.6), random.uniform(0.4, 1.3), random.uniform(0.15, 0.4))
    painter.lay(box, depth, Ramp.dye(density * (0.5 + severity), _liquid(random)), strength, 0.06)


def _splash(painter: Painter, random: np.random.Generator, severity: float) -> None:
    """Let drops fall around a place: a few big, most small, each with its own tide line."""
    height, width = painter.image.shape[:2]
    x_mm = random.uniform(0, width / painter.px_per_mm)
    y_mm = random.uniform(0, height / painter.px_per_mm)
    spread_mm = random.uniform(8, 45)
    box = Box.around(painter.image, painter.px_per_mm, (x_mm, y_mm), spread_mm * 2.2)
    if box.width < 2 or box.height < 2:
        return
    count = int(random.integers(3, 50))
    radius_mm = np.minimum(0.5 * random.lognormal(0.0, 0.9, count), 9.0)
    radius_mm[: random.integers(0, 3)] *= 5
    center_mm = np.array([x_mm, y_mm]) + random.standard_normal((count, 2)) * spread_mm * 0.7
    corner_mm = np.array([box.left, box.top]) / painter.px_per_mm
    spots = np.column_stack([(center_mm - corner_mm) / CELL_MM, radius_mm / CELL_MM])
    depth = np.full(box.shape, -20.0, dtype=np.float32)
    raise_spots(depth, spots.astype(np.float32), 2.0)
    depth *= np.float32(CELL_MM)
    depth += 0.2 * fractal(random, box.shape, 3 / CELL_MM, 3, 0.7)
    density = _tide(random.uniform(0.2, 0.9), random.uniform(0.4, 1.2), random.uniform(0.15, 0.4))
    painter.lay(box, depth, Ramp.dye(density * (0.4 + severity), _liquid(random)), 1.0, 0.06)


def _wave(leaf: Leaf, wet: Field, random: np.random.Generator, severity: float) -> Leaf:
    """Let wet paper dry in waves, which run more along the fibers than across."""
    shape = wet.shape
    long_mm, short_mm = random.uniform(40, 60), random.uniform(15, 30)
    cell = (long_mm, short_mm) if random.random() < 0.5 else (short_mm, long_mm)
    cell = (cell[0] / STEP_MM / 2, cell[1] / STEP_MM / 2)
    swollen = np.clip(0.55 + 0.45 * wet, 0.1, 1.5)
    lift = fractal(random, shape, cell, 3, 0.4) * swollen
    lift *= np.float32(random.uniform(0.3, 1.6) * severity)
    shift = np.dstack([fractal(random, shape, 35 / STEP_MM, 2, 0.3) for _ in range(2)])
    shift *= np.float32(random.uniform(0.03, 0.16) * severity)
    return bend(leaf, lift, shift)
