"""Creases and folds: paper bends sharply along straight lines, and toner breaks off there."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.wear import upper_envelope
from ecgengine_plugins.synth.relief import STEP_MM
from ecgengine_plugins.synth.texture import Field, fractal

_LUCK_MM = 2.0

Segments = NDArray[np.float32]
"""(N, 5): x and y of the middle of a piece of a crease and its direction, in millimeters, then how
sharply the paper bends there, in millimeters of rise per millimeter."""

AT, WAY, BEND = slice(0, 2), slice(2, 4), 4
"""Columns of segments."""


def crumple(
    random: np.random.Generator, shape: tuple[int, int], facet_mm: float, slope: float
) -> tuple[Field, Segments]:
    """Crumple a sheet into plane facets.

    The upper envelope of the planes 2 s x - s^2 over random sites s bends along the edges of the
    sites' Voronoi cells only; the difference of two such envelopes has ridges and valleys.

    Args:
        random: where the sites come from.
        shape: rows and columns of the sheet's lattice, `STEP_MM` apart.
        facet_mm: typical size of facets.
        slope: typical slope of facets.

    Returns:
        The (R, C) lift in millimeters, and the creases.
    """
    lift = np.zeros(shape, dtype=np.float32)
    creases = []
    for sign in (1, -1):
        planes = _planes(random, shape, facet_mm) * np.float32(slope / facet_mm)
        surface, owner = upper_envelope(planes, facet_mm / STEP_MM, *shape)
        lift += np.float32(sign) * surface
        creases.append(_crossings(owner, planes.reshape(-1, 3)))
    # What is left of slow hills would lift the sheet far off the table.
    side = int(2 * facet_mm / STEP_MM)
    lift -= cv2.blur(cv2.blur(lift, (side, side)), (side, side))
    return lift, np.concatenate(creases)


def _planes(random: np.random.Generator, shape: tuple[int, int], facet_mm: float) -> Field:
    """Give (P, Q, 3) planes, one for each cell of a lattice that reaches beyond the sheet."""
    rows, columns = (int(np.ceil(side * STEP_MM / facet_mm)) + 2 for side in shape)
    corners = np.stack(np.meshgrid(np.arange(columns) - 1, np.arange(rows) - 1), axis=2)
    sites = (corners + random.random(corners.shape)) * facet_mm
    lifts = random.normal(0, facet_mm**2 / 8, (rows, columns))
    # A plane common to all changes no crease, and keeps the numbers small.
    middle = np.array([shape[1], shape[0]]) * STEP_MM / 2
    base = lifts - (sites**2).sum(axis=2)
    planes = np.dstack([2 * (sites - middle) * STEP_MM, base])
    return planes.astype(np.float32)


def _crossings(owner: NDArray[np.int32], planes: Field) -> Segments:
    """Find where lattice lines cross from one plane to another: points on creases, in order."""
    found = []
    for axis in (0, 1):
        near, far = (owner[:-1], owner[1:]) if axis == 0 else (owner[:, :-1], owner[:, 1:])
        row, column = np.nonzero(near != far)
        slope_x, slope_y, base = (planes[far[row, column]] - planes[near[row, column]]).T
        rate = slope_y if axis == 0 else slope_x
        rate = np.where(rate == 0, 1, rate)
        away = np.clip(-(slope_x * column + slope_y * row + base) / rate, 0, 1)
        bend = np.hypot(slope_x, slope_y) / STEP_MM
        x, y = (column, row + away) if axis == 0 else (column + away, row)
        x, y = x * STEP_MM, y * STEP_MM
        way = (-slope_y / (bend * STEP_MM), slope_x / (bend * STEP_MM))
        found.append(np.column_stack([x, y, *way, bend]))
    return np.concatenate(found).astype(np.float32)


def fold(
    random: np.random.Generator, shape: tuple[int, int], slope: float, askew: float = 0.15
) -> tuple[Field, Segments]:
    """Fold a sheet along one straight line that halves or quarters it, and open it again.

    Args:
        random: where the line lies.
        shape: rows and columns of the sheet's lattice, `STEP_MM` apart.
        slope: how steeply the paper rises beside the line.
        askew: share of folds that run at any angle.

    Returns:
        The (R, C) lift in millimeters, and the crease.
    """
    size = np.array([shape[1], shape[0]]) * STEP_MM
    across = int(random.integers(0, 2))
    normal_angle = (0 if across == 0 else np.pi / 2) + random.normal(0, 0.02)
    if random.random() < askew:
        normal_angle = random.uniform(0, np.pi)
    normal = np.array([np.cos(normal_angle), np.sin(normal_angle)])
    at = size * random.choice([0.25, 1 / 3, 0.5, 0.5, 2 / 3, 0.75]) + random.normal(0, 4, 2)
    x = (np.arange(shape[1]) * STEP_MM)[None, :] - at[0]
    y = (np.arange(shape[0]) * STEP_MM)[:, None] - at[1]
    away = x * normal[0] + y * normal[1]
    reach_mm = random.uniform(12, 40)
    lift = slope * reach_mm * np.exp(-np.abs(away) / reach_mm)
    along = np.arange(-size.max() * 1.5, size.max() * 1.5, STEP_MM * 0.8)
    points = at + along[:, None] * np.array([-normal[1], normal[0]])
    count = len(along)
    parts = [
        points,
        np.full(count, -normal[1]),
        np.full(count, normal[0]),
        np.full(count, 2 * slope),
    ]
    return lift.astype(np.float32), np.column_stack(parts).astype(np.float32)


def chip(
    image: NDArray[np.uint8],
    px_per_mm: float,
    creases: Segments,
    paper_rgb: NDArray[np.float64],
    random: np.random.Generator,
    loss: float,
) -> None:
    """Break toner off along creases, in place: thin bare lines with many gaps.

    Args:
        image: (H, W, 3) uint8.
        px_per_mm: pixels per millimeter.
        creases: where, and how sharp; sharper creases lose more.
        paper_rgb: color of bare paper.
        random: what breaks.
        loss: share of a crease of slope 0.3 that becomes bare.
    """
    height, width = image.shape[:2]
    cells = (int(height / px_per_mm / _LUCK_MM) + 1, int(width / px_per_mm / _LUCK_MM) + 1)
    luck = fractal(random, cells, 6, 3, 0.8)
    pieces = np.repeat(creases, 2, axis=0)
    at = pieces[:, AT] + pieces[:, WAY] * random.uniform(-0.6, 0.6, (len(pieces), 1))
    at += random.normal(0, 0.09, at.shape)
    column, row = np.clip((at / _LUCK_MM).astype(int), 0, np.array(cells[::-1]) - 1).T
    probability = (
        loss
        * np.minimum(pieces[:, BEND] / 0.3, 2.0)
        * np.exp(0.9 * luck[row, column].astype(np.float64))
    )
    broken = random.random(len(pieces)) < probability
    half = pieces[broken, WAY] * (random.exponential(0.35, (broken.sum(), 1)) + 0.05)
    ends = np.stack([at[broken] - half, at[broken] + half], axis=1)
    fixed = np.rint((ends * px_per_mm - 0.5) * 16).astype(np.int32)
    thick = random.random(len(fixed)) < 0.3
    thin_px = max(round(0.12 * px_per_mm), 1)
    for chosen, thickness in ((~thick, thin_px), (thick, 2 * thin_px)):
        cv2.polylines(
            image, list(fixed[chosen]), False, paper_rgb.tolist(), thickness, cv2.LINE_AA, 4
        )
