"""Damage a leaf badly: crumpling, folds, tears, holes, missing corners, tape, dirt, abrasion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.synth.creasing import BEND, chip, crumple, fold
from ecgengine_plugins.synth.picture import Leaf
from ecgengine_plugins.synth.relief import STEP_MM, bend, relief_shape
from ecgengine_plugins.synth.stains import CELL_MM, DEPTHS_MM, Box, Painter, Ramp
from ecgengine_plugins.synth.texture import Field, fractal

_FAR_MM = 20.0
_TEAR_STEP_MM = 2.0
_FIBER_RGB = (243, 240, 233)


def damage(leaf: Leaf, random: np.random.Generator) -> Leaf:
    """Damage a leaf badly: crumple, fold, tear, tape and soil it, and lose parts of it."""
    severity = random.uniform(0.15, 1.0)
    image = leaf.image.copy()
    paper = _paper_rgb(image)
    painter = Painter(image, leaf.px_per_mm, random)
    leaf = _crease(replace(leaf, image=image), paper, random, severity)
    _soil(painter, random, severity)
    for _ in range(random.poisson(2.5 * severity)):
        _rub(painter, paper, random)
    leaf = replace(leaf, missing=_lose(painter, leaf.missing, random, severity))
    for _ in range(random.poisson(0.8)):
        _tape(painter, random)
    return leaf


def _paper_rgb(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Guess the color of bare paper: that of the brightest tenth of some pixels."""
    pixels = image[5::13, 5::17].reshape(-1, 3)
    light = pixels.sum(axis=1, dtype=np.int64)
    return np.asarray(np.median(pixels[light >= np.quantile(light, 0.9)], axis=0))


def _crease(
    leaf: Leaf, paper: NDArray[np.float64], random: np.random.Generator, severity: float
) -> Leaf:
    """Crumple and fold a leaf, and break toner off its image along the creases."""
    shape = relief_shape(leaf)
    lift = np.zeros(shape, dtype=np.float32)
    creases = []
    if random.random() < 0.75:
        slope = random.uniform(0.06, 0.17) * (0.4 + severity)
        calm = np.clip(0.8 + 0.5 * fractal(random, shape, 90 / STEP_MM, 2), 0.1, 1.4)
        for facet_mm, share in ((random.uniform(28, 60), 1.0), (random.uniform(11, 20), 0.45)):
            part, lines = crumple(random, shape, facet_mm, slope * share)
            lift += part * calm
            creases.append(lines)
    for _ in range(random.integers(1, 4) if random.random() < 0.6 or not creases else 0):
        part, lines = fold(random, shape, random.choice([-1, 1]) * random.uniform(0.05, 0.22))
        lines[:, BEND] = np.abs(lines[:, BEND]) * 2
        lift += part
        creases.append(lines)
    loss = random.uniform(0.05, 0.6) * severity
    chip(leaf.image, leaf.px_per_mm, np.concatenate(creases), paper, random, loss)
    shift = np.dstack([fractal(random, shape, 40 / STEP_MM, 3, 0.4) for _ in range(2)])
    shift *= np.float32(random.uniform(0.06, 0.28) * severity)
    return bend(leaf, lift, shift)


def _soil(painter: Painter, random: np.random.Generator, severity: float) -> None:
    """Rub dirt into a leaf in smears, most of it faint."""
    shape = Box.whole(painter.image, painter.px_per_mm).shape
    cell = (random.uniform(15, 50) / CELL_MM, random.uniform(15, 50) / CELL_MM)
    smears = fractal(random, shape, cell, 6, 0.7) - np.float32(random.uniform(0.0, 1.2))
    density = np.maximum(smears, 0) * np.float32(random.uniform(0.05, 0.5) * severity)
    painter.tint(density[:, :, None] * np.array((0.28, 0.31, 0.37), dtype=np.float32))


def _rub(painter: Painter, paper: NDArray[np.float64], random: np.random.Generator) -> None:
    """Rub ink off in streaks."""
    box, x, y = _somewhere(painter, random, 36.0)
    cell = (2.5, 30.0) if random.random() < 0.5 else (30.0, 2.5)
    patch = random.uniform(5, 22) - np.hypot(x, y) * random.uniform(0.7, 1.5)
    depth = patch * 0.1 + fractal(random, box.shape, cell, 4, 0.8) * 0.8
    cover = np.clip(DEPTHS_MM / 1.2, 0, 0.8)
    painter.lay(box, depth, Ramp.coat(cover, paper), 1.0, 0.7)


def _somewhere(
    painter: Painter, random: np.random.Generator, far_mm: float
) -> tuple[Box, Field, Field]:
    """Choose a place; give the box around it, and x and y from it in millimeters."""
    x_mm, y_mm = random.uniform(0, painter.size_mm)
    box = Box.around(painter.image, painter.px_per_mm, (x_mm, y_mm), far_mm)
    x, y = box.grid_mm()
    return box, x - np.float32(x_mm), y - np.float32(y_mm)


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
    age = random.uniform(0.0, 1.0) ** 2
    density = inside * (0.35 + 0.65 * age + random.uniform(0.3, 1.2) * edge)
    tone = Ramp.dye(density, (0.06 + 0.02 * age, 0.07 + 0.06 * age, 0.09 + 0.25 * age))
    milky = inside * random.uniform(0.04, 0.22)
    bubbles = 0.92 + 0.12 * fractal(random, box.shape, 6 / CELL_MM, 4, 0.7)
    painter.lay(box, depth, tone.under(milky, (228, 226, 214)), bubbles, 0.02)


def _lose(
    painter: Painter,
    missing: NDArray[np.uint8] | None,
    random: np.random.Generator,
    severity: float,
) -> NDArray[np.uint8] | None:
    """Tear paper, and take away holes and corners; torn edges show white fibers."""
    box = Box.whole(painter.image, painter.px_per_mm)
    depth = np.full(box.shape, -_FAR_MM, dtype=np.float32)
    x, y = box.grid_mm()
    for _ in range(random.poisson(1.2 * severity)):
        corner = [random.choice([0, length]) for length in painter.size_mm]
        slant = random.uniform(0.35, 1.2)
        reach = np.abs(x - corner[0]) * np.cos(slant) + np.abs(y - corner[1]) * np.sin(slant)
        np.maximum(depth, random.uniform(5, 50) - reach, out=depth)
    for _ in range(random.poisson(2.5 * severity)):
        _hole(depth, x, y, painter.size_mm, random)
    depth += np.clip(fractal(random, box.shape, 30 / CELL_MM, 7, 0.6), -2, 2) * np.float32(1.2)
    rifts = np.full(box.shape, -_FAR_MM, dtype=np.float32)
    for _ in range(random.poisson(4.0 * severity)):
        _tear(rifts, x, y, painter.size_mm, random)
    fibers = np.abs(fractal(random, box.shape, 10 / CELL_MM, 4, 0.6)) * np.float32(0.7)
    fibers += np.float32(0.12)
    np.maximum(depth, rifts + fibers * np.float32(0.2) + np.float32(0.1), out=depth)
    cover = np.clip(DEPTHS_MM / 0.15, 0, 0.95)
    cover[DEPTHS_MM > 2.0] = 0
    painter.lay(box, depth + fibers, Ramp.coat(cover, _FIBER_RGB), 1.0, 0.12)
    if random.random() < 0.25:
        _punch(depth, x, y, painter.size_mm, random)
    if depth.max() <= 0:
        return missing
    cut = np.clip(DEPTHS_MM * painter.px_per_mm + 0.5, 0, 1)
    shape = (*painter.image.shape[:2], 1)
    lost = np.zeros(shape, np.uint8) if missing is None else missing.reshape(shape).copy()
    painter.onto(lost).lay(box, depth, Ramp.coat(cut, (255,)), 1.0, 0.06)
    return lost[:, :, 0]


def _hole(
    depth: Field, x: Field, y: Field, size_mm: tuple[float, float], random: np.random.Generator
) -> None:
    """Break a hole of any shape into the sheet."""
    at = random.uniform(0, size_mm)
    radius_mm = min(random.lognormal(0.9, 0.8), 14.0)
    rows, columns = _near(x, y, at, 2 * radius_mm + 5)
    px, py = x[:, columns] - np.float32(at[0]), y[rows] - np.float32(at[1])
    angle = np.arctan2(py, px)
    edge = np.ones_like(angle)
    for lobes in range(1, 6):
        swell = random.uniform(0, 0.45) / lobes
        edge += np.float32(swell) * np.cos(lobes * angle + np.float32(random.uniform(0, 2 * np.pi)))
    view = depth[rows, columns]
    np.maximum(view, radius_mm * edge - np.hypot(px, py), out=view)


def _near(x: Field, y: Field, at: NDArray[np.float64], far_mm: float) -> tuple[slice, slice]:
    """Give the rows and columns of a field that lie within a distance from a point."""
    rows = np.searchsorted(y[:, 0], [at[1] - far_mm, at[1] + far_mm])
    columns = np.searchsorted(x[0], [at[0] - far_mm, at[0] + far_mm])
    return slice(*rows.tolist()), slice(*columns.tolist())


def _tear(
    depth: Field, x: Field, y: Field, size_mm: tuple[float, float], random: np.random.Generator
) -> None:
    """Tear in from an edge along a wandering line; the gap narrows toward its end."""
    axis, far = int(random.integers(0, 2)), int(random.integers(0, 2))
    inward = np.zeros(2)
    inward[axis] = 1 - 2 * far
    at = random.uniform(0.05, 0.95, 2) * size_mm
    at[axis] = far * size_mm[axis] - 2 * inward[axis]
    straight = np.arctan2(inward[1], inward[0]) + random.normal(0, 0.4)
    bend = 0.0
    steps = int(random.uniform(8, 75) / _TEAR_STEP_MM) + 2
    gap_mm = max(random.normal(0.3, 0.6), 0.0)
    for n in range(steps):
        bend = 0.85 * bend + random.normal(0, 0.25)
        ahead = np.array([np.cos(straight + bend), np.sin(straight + bend)])
        rows, columns = _near(x, y, at, 10)
        px, py = x[:, columns] - np.float32(at[0]), y[rows] - np.float32(at[1])
        along = np.clip(px * ahead[0] + py * ahead[1], 0, _TEAR_STEP_MM)
        away = np.hypot(px - along * ahead[0], py - along * ahead[1])
        half_mm = gap_mm * (1 - (n + along / _TEAR_STEP_MM) / steps)
        view = depth[rows, columns]
        np.maximum(view, half_mm - away, out=view)
        at = at + ahead * _TEAR_STEP_MM


def _punch(
    depth: Field, x: Field, y: Field, size_mm: tuple[float, float], random: np.random.Generator
) -> None:
    """Punch two filing holes 80 mm apart, 12 mm from an edge (ISO 838)."""
    along = int(random.integers(0, 2))
    center = np.full(2, 12.0) + random.normal(0, 1, 2)
    for offset in (-40.0, 40.0):
        center[along] = size_mm[along] / 2 + offset
        away = np.hypot(x - np.float32(center[0]), y - np.float32(center[1]))
        np.maximum(depth, 3.0 - away, out=depth)
