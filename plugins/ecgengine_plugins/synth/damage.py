"""Heavy damage: crumpling, folds, tears, holes, missing corners, tape, dirt and abrasion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.wear import bare_paper
from ecgengine_plugins.synth.creasing import chips, crumple, fold
from ecgengine_plugins.synth.picture import Leaf
from ecgengine_plugins.synth.relief import STEP_MM, bend, relief_shape
from ecgengine_plugins.synth.stains import CELL_MM, DEPTHS_MM, Box, Painter, Ramp
from ecgengine_plugins.synth.texture import Field, fractal

_FAR_MM = 20.0
_FIBER_RGB = (243, 240, 233)


def damage(leaf: Leaf, random: np.random.Generator) -> Leaf:
    """Damage a leaf badly: crumple, fold, tear, tape and soil it, and lose parts of it."""
    severity = random.uniform(0.15, 1.0)
    image = leaf.image.copy()
    paper = np.percentile(image[::16, ::16].reshape(-1, 3), 80, axis=0)
    painter = Painter(image, leaf.px_per_mm, random)
    leaf = _crease(replace(leaf, image=image), paper, random, severity)
    _soil(painter, random, severity)
    for _ in range(random.poisson(1.5 * severity)):
        _rub(painter, paper, random)
    leaf = replace(leaf, gone=_lose(painter, leaf.gone, random, severity))
    for _ in range(random.poisson(0.8)):
        _tape(painter, random)
    return leaf


def _crease(
    leaf: Leaf, paper: NDArray[np.float64], random: np.random.Generator, severity: float
) -> Leaf:
    """Crumple and fold a leaf, and break toner off its image along the creases."""
    shape = relief_shape(leaf)
    lift = np.zeros(shape, dtype=np.float32)
    creases = []
    if random.random() < 0.75:
        slope = random.uniform(0.06, 0.22) * (0.4 + severity)
        calm = np.clip(0.8 + 0.5 * fractal(random, shape, 90 / STEP_MM, 2), 0.1, 1.4)
        for facet_mm, share in ((random.uniform(28, 60), 1.0), (random.uniform(11, 20), 0.45)):
            part, lines = crumple(random, shape, facet_mm, slope * share)
            lift += part * calm
            creases.append(lines)
    for _ in range(random.integers(1, 4) if random.random() < 0.6 or not creases else 0):
        part, lines = fold(random, shape, random.choice([-1, 1]) * random.uniform(0.05, 0.22))
        lines[:, 4] = np.abs(lines[:, 4]) * 2
        lift += part
        creases.append(lines)
    size_px = (leaf.image.shape[1], leaf.image.shape[0])
    loss = random.uniform(0.02, 0.35) * severity
    bare = chips(np.concatenate(creases), size_px, leaf.px_per_mm, random, loss)
    bare_paper(leaf.image, bare, np.rint(paper).astype(np.uint8))
    shift = np.dstack([fractal(random, shape, 40 / STEP_MM, 3, 0.4) for _ in range(2)])
    shift *= np.float32(random.uniform(0.06, 0.28) * severity)
    return bend(leaf, lift, shift)


def _soil(painter: Painter, random: np.random.Generator, severity: float) -> None:
    """Rub dirt into a leaf in smears."""
    box = Box.whole(painter.image, painter.px_per_mm)
    cell = (random.uniform(15, 50) / CELL_MM, random.uniform(15, 50) / CELL_MM)
    smears = fractal(random, box.shape, cell, 6, 0.65) - np.float32(random.uniform(0.3, 1.2))
    density = np.full(DEPTHS_MM.size, random.uniform(0.4, 1.2))
    depth = np.ones(box.shape, dtype=np.float32)
    dirt = Ramp.dye(density, (0.28, 0.31, 0.37))
    painter.lay(box, depth, dirt, smears * np.float32(0.3 + 0.5 * severity))


def _rub(painter: Painter, paper: NDArray[np.float64], random: np.random.Generator) -> None:
    """Rub ink off in streaks."""
    box, x, y = _somewhere(painter, random, random.uniform(10, 30))
    cell = (2.5, 30.0) if random.random() < 0.5 else (30.0, 2.5)
    patch = random.uniform(6, 16) - np.hypot(x, y) * random.uniform(0.7, 1.5)
    depth = patch * 0.1 + fractal(random, box.shape, cell, 4, 0.8) * 0.8
    cover = np.clip(DEPTHS_MM / 1.2, 0, 0.85)
    clear = Ramp.dye(np.zeros(DEPTHS_MM.size), (0, 0, 0))
    painter.lay(box, depth, clear.under(cover, tuple(paper)), 1.0, 0.7)


def _somewhere(
    painter: Painter, random: np.random.Generator, far_mm: float
) -> tuple[Box, Field, Field]:
    """Choose a place; give the box around it, and x and y from it in millimeters."""
    height, width = painter.image.shape[:2]
    at = (
        random.uniform(0, width / painter.px_per_mm),
        random.uniform(0, height / painter.px_per_mm),
    )
    box = Box.around(painter.image, painter.px_per_mm, at, far_mm)
    x, y = box.grid_mm()
    return box, x - np.float32(at[0]), y - np.float32(at[1])


def _tape(painter: Painter, random: np.random.Generator) -> None:
    """Stick on a strip of tape: a little milky, yellowed by age, with soiled edges."""
    length_mm, width_mm = random.uniform(30, 120), random.choice([12.0, 15.0, 19.0, 25.0])
    box, x, y = _somewhere(painter, random, length_mm / 2 + 10)
    angle = random.choice([0, np.pi / 2]) + random.normal(0, 0.15)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    teeth = np.abs(across % 1.6 - 0.8) * 0.8
    depth = np.minimum(width_mm / 2 - np.abs(across), length_mm / 2 - np.abs(along) - teeth)
    inside = np.clip(DEPTHS_MM / 0.1 + 0.5, 0, 1)
    edge = np.exp(-np.maximum(DEPTHS_MM, 0) / 0.25)
    age = random.uniform(0.1, 1.0)
    density = inside * (0.35 + 0.65 * age + random.uniform(0.2, 0.9) * edge)
    tone = Ramp.dye(density, (0.06, 0.09 + 0.05 * age, 0.12 + 0.25 * age))
    milky = inside * random.uniform(0.04, 0.22)
    bubbles = 0.92 + 0.12 * fractal(random, box.shape, 6 / CELL_MM, 4, 0.7)
    painter.lay(box, depth, tone.under(milky, (228, 226, 214)), bubbles, 0.02)


def _lose(
    painter: Painter, gone: NDArray[np.uint8] | None, random: np.random.Generator, severity: float
) -> NDArray[np.uint8] | None:
    """Tear paper, and take away holes and corners; torn edges show white fibers."""
    box = Box.whole(painter.image, painter.px_per_mm)
    depth = np.full(box.shape, -_FAR_MM, dtype=np.float32)
    x, y = box.grid_mm()
    size_mm = (box.width / box.px_per_mm, box.height / box.px_per_mm)
    for _ in range(random.poisson(2.0 * severity)):
        _tear(depth, x, y, size_mm, random)
    for _ in range(random.poisson(0.9 * severity)):
        side = [random.choice([0, length]) for length in size_mm]
        slant = random.uniform(0.35, 1.2)
        reach = np.abs(x - side[0]) * np.cos(slant) + np.abs(y - side[1]) * np.sin(slant)
        np.maximum(depth, random.uniform(4, 38) - reach, out=depth)
    for _ in range(random.poisson(1.2 * severity)):
        center = [random.uniform(0, length) for length in size_mm]
        stretch = random.uniform(0.6, 1.6)
        radius = min(random.lognormal(0.7, 0.7), 9.0)
        away = np.hypot((x - center[0]) * stretch, (y - center[1]) / stretch)
        np.maximum(depth, radius - away, out=depth)
    rough = fractal(random, box.shape, 8 / CELL_MM, 5, 0.6)
    depth += np.clip(rough, -2, 2) * np.float32(0.7) * (depth > -_FAR_MM / 2)
    fibers = 0.35 + 0.45 * np.abs(fractal(random, box.shape, 12 / CELL_MM, 4, 0.6))
    cover = np.clip(DEPTHS_MM / 0.15, 0, 0.95)
    clear = Ramp.dye(np.zeros(DEPTHS_MM.size), (0, 0, 0))
    painter.lay(box, depth + fibers, clear.under(cover, _FIBER_RGB), 1.0, 0.12)
    _punch(depth, x, y, random)
    if depth.max() <= 0:
        return gone
    lost = (
        np.zeros((*painter.image.shape[:2], 1), np.uint8)
        if gone is None
        else gone[:, :, None].copy()
    )
    absent = Ramp(np.ones((DEPTHS_MM.size, 1)), np.zeros((DEPTHS_MM.size, 1)))
    cut = np.clip(DEPTHS_MM * painter.px_per_mm + 0.5, 0, 1)
    painter.onto(lost).lay(box, depth, absent.under(cut, (255,)), 1.0, 0.06)
    return lost[:, :, 0]


def _tear(
    depth: Field, x: Field, y: Field, size_mm: tuple[float, float], random: np.random.Generator
) -> None:
    """Tear in from an edge along a wandering line; the gap narrows toward its end."""
    side = int(random.integers(0, 4))
    start = np.array([random.uniform(0.05, 0.95) * length for length in size_mm])
    start[side % 2] = 0 if side < 2 else size_mm[side % 2]
    inward = np.zeros(2)
    inward[side % 2] = 1 if side < 2 else -1
    heading = np.arctan2(inward[1], inward[0]) + random.normal(0, 0.4)
    length_mm = random.uniform(8, 75)
    steps = int(length_mm / 3) + 2
    gap_mm = max(random.normal(0.4, 0.8), -0.05)
    at = start - 2.0 * inward
    for n in range(steps):
        heading += random.normal(0, 0.22)
        step = np.array([np.cos(heading), np.sin(heading)]) * 3.0
        near = [
            slice(*np.searchsorted(line, [at[k] - 12, at[k] + 12]))
            for k, line in ((0, x[0]), (1, y[:, 0]))
        ]
        px, py = x[:, near[0]] - at[0], y[near[1]] - at[1]
        part = np.clip((px * step[0] + py * step[1]) / 9.0, 0, 1)
        away = np.hypot(px - part * step[0], py - part * step[1])
        half_mm = gap_mm * (1 - (n + part) / steps) - 0.1
        view = depth[near[1], near[0]]
        np.maximum(view, half_mm - away, out=view)
        at = at + step


def _punch(depth: Field, x: Field, y: Field, random: np.random.Generator) -> None:
    """Punch two filing holes 80 mm apart (ISO 838) along an edge of some sheets."""
    if random.random() > 0.25:
        return
    middle = np.array([x.mean(), y.mean()]) + random.normal(0, 2, 2)
    along = int(random.integers(0, 2))
    for offset in (-40.0, 40.0):
        center = np.array([12.0, 12.0])
        center[along] = middle[along] + offset
        away = np.hypot(x - np.float32(center[0]), y - np.float32(center[1]))
        np.maximum(depth, 3.0 - away, out=depth)
