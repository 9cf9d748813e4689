"""Let mould grow: colonies of spots on damp paper, with fuzzy edges, that hide the ink below."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.synth.picture import Color, Leaf
from ecgengine_plugins.synth.stains import CELL_MM, DEPTHS_MM, Box, Painter, Ramp
from ecgengine_plugins.synth.texture import Field, fractal


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
    _Mould((232, 230, 222), (212, 213, 200), (0.10, 0.14, 0.24), 0.75, 2.0, 0.12),  # white
)


def mould(leaf: Leaf, random: np.random.Generator) -> Leaf:
    """Let mould grow on a leaf: clusters of spots of several kinds on yellowed paper."""
    image = leaf.image.copy()
    painter = Painter(image, leaf.px_per_mm, random)
    severity = random.uniform(0.15, 1.0)
    damp = _dampen(painter, random, severity)
    shares = np.array([kind.often for kind in _KINDS])
    kinds = random.choice(len(_KINDS), size=int(random.integers(1, 4)), p=shares, replace=False)
    _scatter(painter, _KINDS[int(kinds[0])], damp, random, severity)
    for _ in range(2 + random.poisson(15.0 * severity**1.5)):
        _cluster(painter, _KINDS[int(random.choice(kinds))], random, severity)
    return replace(leaf, image=image)


def _dampen(painter: Painter, random: np.random.Generator, severity: float) -> Field:
    """Yellow the paper where it stayed damp; give where that was."""
    shape = Box.whole(painter.image, painter.px_per_mm).shape
    damp = fractal(random, shape, random.uniform(50, 110) / CELL_MM, 6, 0.55)
    density = np.exp(damp * np.float32(0.6)) * np.float32(0.45)
    density *= np.float32(random.uniform(0.3, 1.6) * severity)
    painter.tint(density[:, :, None] * np.array((0.10, 0.17, 0.34), dtype=np.float32))
    return damp


def _scatter(
    painter: Painter, kind: _Mould, damp: Field, random: np.random.Generator, severity: float
) -> None:
    """Sow single small spots all over where the paper was damp."""
    box = Box.whole(painter.image, painter.px_per_mm)
    count = random.poisson(60 + 700 * severity * random.random())
    at_mm = random.random((count, 2)) * painter.size_mm
    column, row = (at_mm / CELL_MM * 0.999).astype(int).T
    here = damp[np.minimum(row, damp.shape[0] - 1), np.minimum(column, damp.shape[1] - 1)]
    at_mm = at_mm[random.random(count) < 1 / (1 + np.exp(-4 * (here - random.uniform(0, 1))))]
    radius_mm = 0.5 * kind.radius_mm * random.lognormal(-0.7, 0.8, len(at_mm))
    _grow(painter, box, np.column_stack([at_mm, radius_mm]), kind, random, severity)


def _cluster(painter: Painter, kind: _Mould, random: np.random.Generator, severity: float) -> None:
    """Grow one colony: spots around a place, dense in its middle."""
    center_mm = random.uniform(0, painter.size_mm)
    spread_mm = random.uniform(6, 16) * (0.5 + 1.5 * severity)
    box = Box.around(painter.image, painter.px_per_mm, tuple(center_mm), spread_mm * 2.6)
    spots = _spots(kind, random, spread_mm, severity)
    spots[:, :2] += center_mm
    _grow(painter, box, spots, kind, random, severity)


def _grow(
    painter: Painter,
    box: Box,
    spots_mm: NDArray[np.float64],
    kind: _Mould,
    random: np.random.Generator,
    severity: float,
) -> None:
    """Paint (N, 3) spots (x, y, radius) with a fringe of threads around each."""
    depth = box.depth_in_spots(spots_mm, 3.0)
    rugged = fractal(random, box.shape, 5 / CELL_MM, 4, 0.75)
    depth += np.clip(rugged, -2.5, 2.5) * np.float32(0.45 * kind.radius_mm)
    strength = fractal(random, box.shape, 8 / CELL_MM, 4, 0.7) * np.float32(0.2) + np.float32(0.85)
    painter.lay(box, depth, _ramp(kind, random, severity), strength, random.uniform(0.2, 0.5))


def _spots(
    kind: _Mould, random: np.random.Generator, spread_mm: float, severity: float
) -> NDArray[np.float64]:
    """Give x, y and radius (N, 3) of a colony's spots around its middle, in millimeters."""
    count = int(random.integers(15, 50) + 220 * severity * random.random())
    away = random.standard_normal((count, 2)) * spread_mm * (0.2 + 0.8 * random.random((count, 1)))
    radius = kind.radius_mm * random.lognormal(-0.4, 0.75, count)
    radius *= np.exp(-0.5 * (np.hypot(*away.T) / spread_mm) ** 2) + 0.25
    return np.column_stack([away, np.minimum(radius, 9.0)])


def _ramp(kind: _Mould, random: np.random.Generator, severity: float) -> Ramp:
    """Give a mould's colors by depth: stained halo, thin fuzz, then felt that hides all."""
    halo = 0.9 * np.exp(np.minimum(DEPTHS_MM, 0) / 1.2) * np.clip((DEPTHS_MM + 3) / 1.5, 0, 1)
    age = (1 - np.exp(-np.maximum(DEPTHS_MM, 0) / random.uniform(0.4, 1.6)))[:, None]
    color = np.array(kind.young_rgb) * (1 - age) + np.array(kind.old_rgb) * age
    color = np.clip(color + random.uniform(-14, 14) + random.uniform(-6, 6, 3), 0, 255)
    fuzz = np.clip((DEPTHS_MM + 0.5) / random.uniform(0.6, 1.6), 0, 1)
    cover = kind.cover * fuzz**1.5 * random.uniform(0.8, 1.0)
    return Ramp.dye(halo * (0.4 + severity), kind.halo).under(cover, color)
