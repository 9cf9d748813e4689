"""Mould: colonies of spots on damp paper, with fuzzy edges, that hide the ink below."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.wear import raise_spots
from ecgengine_plugins.synth.picture import Color, Leaf
from ecgengine_plugins.synth.stains import CELL_MM, DEPTHS_MM, Box, Painter, Ramp
from ecgengine_plugins.synth.texture import fractal


@dataclass(frozen=True, slots=True)
class _Mould:
    """How one kind of mould looks.

    Attributes:
        young_rgb: its color at the edge.
        old_rgb: its color where it has grown longest.
        halo: absorbance of the paper around it.
        cover: share of what lies below that it hides.
        radius_mm: typical radius of a spot.
        often: how often it grows.
    """

    young_rgb: Color
    old_rgb: Color
    halo: Color
    cover: float
    radius_mm: float
    often: float


_KINDS = (
    _Mould((96, 98, 84), (30, 34, 30), (0.10, 0.14, 0.25), 0.90, 1.3, 0.34),  # greenish black
    _Mould((150, 148, 138), (84, 86, 80), (0.08, 0.12, 0.20), 0.75, 1.8, 0.18),  # gray
    _Mould((128, 100, 70), (78, 54, 34), (0.10, 0.20, 0.38), 0.75, 1.2, 0.20),  # brown
    _Mould((186, 124, 66), (150, 82, 36), (0.06, 0.22, 0.50), 0.50, 0.5, 0.16),  # rust, foxing
    _Mould((222, 220, 210), (200, 202, 186), (0.10, 0.14, 0.22), 0.75, 2.2, 0.12),  # white
)


def mould(leaf: Leaf, random: np.random.Generator) -> Leaf:
    """Let mould grow on a leaf: clusters of spots of several kinds on yellowed paper."""
    image = leaf.image.copy()
    painter = Painter(image, leaf.px_per_mm, random)
    severity = random.uniform(0.15, 1.0)
    _dampen(painter, random, severity)
    shares = np.array([kind.often for kind in _KINDS])
    kinds = random.choice(len(_KINDS), size=int(random.integers(1, 4)), p=shares, replace=False)
    for _ in range(1 + random.poisson(4.0 * severity)):
        _cluster(painter, _KINDS[int(random.choice(kinds))], random, severity)
    return replace(leaf, image=image)


def _dampen(painter: Painter, random: np.random.Generator, severity: float) -> None:
    """Yellow the paper, more where it stayed damp."""
    box = Box.whole(painter.image, painter.px_per_mm)
    damp = 0.5 + 0.4 * fractal(random, box.shape, random.uniform(50, 110) / CELL_MM, 6, 0.55)
    density = np.full(DEPTHS_MM.size, random.uniform(0.3, 1.6) * severity)
    depth = np.ones(box.shape, dtype=np.float32)
    painter.lay(box, depth, Ramp.dye(density, (0.10, 0.17, 0.34)), damp)


def _cluster(painter: Painter, kind: _Mould, random: np.random.Generator, severity: float) -> None:
    """Grow one colony: spots around a place, dense in its middle, each spot with its own fringe."""
    height, width = painter.image.shape[:2]
    x_mm = random.uniform(0, width / painter.px_per_mm)
    y_mm = random.uniform(0, height / painter.px_per_mm)
    spread_mm = random.uniform(6, 14) * (0.5 + 1.5 * severity)
    box = Box.around(painter.image, painter.px_per_mm, (x_mm, y_mm), spread_mm * 2.6)
    spots = _spots(kind, random, spread_mm, severity)
    spots[:, :2] += np.array([x_mm, y_mm]) - np.array([box.left, box.top]) / box.px_per_mm
    depth = np.full(box.shape, -20.0, dtype=np.float32)
    raise_spots(depth, (spots / CELL_MM).astype(np.float32), 5.0 / CELL_MM)
    depth *= np.float32(CELL_MM)
    rugged = fractal(random, box.shape, 5 / CELL_MM, 4, 0.75)
    depth += np.clip(rugged, -2.5, 2.5) * np.float32(0.45 * kind.radius_mm)
    # The paper between neighboring spots is stained all over, thinly and unevenly.
    strength = 0.85 + 0.2 * fractal(random, box.shape, 8 / CELL_MM, 4, 0.7)
    painter.lay(box, depth, _ramp(kind, random, severity), strength, random.uniform(0.2, 0.5))


def _spots(
    kind: _Mould, random: np.random.Generator, spread_mm: float, severity: float
) -> NDArray[np.float64]:
    """Give x, y and radius (N, 3) of a colony's spots around its middle, in millimeters."""
    count = int(random.integers(10, 40) + 150 * severity * random.random())
    away = random.standard_normal((count, 2)) * spread_mm * (0.2 + 0.8 * random.random((count, 1)))
    radius = kind.radius_mm * random.lognormal(-0.6, 0.75, count)
    radius *= np.exp(-0.5 * (np.hypot(*away.T) / spread_mm) ** 2) + 0.25
    return np.column_stack([away, np.minimum(radius, 9.0)])


def _ramp(kind: _Mould, random: np.random.Generator, severity: float) -> Ramp:
    """Give a mould's colors by depth: stained halo, thin fuzz, then felt that hides all."""
    halo = 0.9 * np.exp(np.minimum(DEPTHS_MM, 0) / 1.2)
    age = (1 - np.exp(-np.maximum(DEPTHS_MM, 0) / random.uniform(0.4, 1.6)))[:, None]
    color = np.array(kind.young_rgb) * (1 - age) + np.array(kind.old_rgb) * age
    color = np.clip(color + random.uniform(-14, 14, 3), 0, 255)
    fuzz = np.clip((DEPTHS_MM + 0.5) / random.uniform(0.6, 1.6), 0, 1)
    cover = kind.cover * fuzz**1.5 * random.uniform(0.8, 1.0)
    return Ramp.dye(halo * (0.4 + severity), kind.halo).under(cover, color)
