"""Creases and folds: paper bends sharply along straight lines, and toner breaks off there."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.synth.relief import STEP_MM
from ecgengine_plugins.synth.texture import Field, fractal

Segments = NDArray[np.float32]
"""(N, 5): x and y of the middle of a piece of a crease and its direction, in millimeters, then how
sharply the paper bends there, in millimeters of rise per millimeter."""


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
        sites = _sites(random, shape, facet_mm)
        scale = slope / (facet_mm * 0.8)
        heights = random.normal(0, facet_mm**2 / 8, len(sites)).astype(np.float32)
        surface, owner, planes = _envelope(sites, heights, shape)
        lift += np.float32(sign * scale) * surface
        creases.append(_crossings(owner, planes * np.float32(scale)))
    lift -= lift.mean()
    return lift, np.concatenate(creases)


def _sites(random: np.random.Generator, shape: tuple[int, int], facet_mm: float) -> Field:
    """Scatter points evenly, one in each cell of a lattice that reaches beyond the sheet."""
    rows, columns = (int(np.ceil(side * STEP_MM / facet_mm)) + 2 for side in shape)
    y, x = np.mgrid[-1 : rows - 1, -1 : columns - 1].astype(np.float32)
    corners = np.stack([x.ravel(), y.ravel()], axis=1)
    jitter = random.random(corners.shape, dtype=np.float32)
    return (corners + jitter) * np.float32(facet_mm)


def _envelope(
    sites: Field, heights: Field, shape: tuple[int, int]
) -> tuple[Field, NDArray[np.int16], Field]:
    """Give the upper envelope of the sites' planes, whose plane is on top, and the planes."""
    x = (np.arange(shape[1]) * STEP_MM).astype(np.float32)[None, :]
    y = (np.arange(shape[0]) * STEP_MM).astype(np.float32)[:, None]
    planes = np.column_stack([2 * sites, heights - (sites**2).sum(axis=1)])
    middle = np.float32([2 * x.mean(), 2 * y.mean()])
    # A plane common to all changes no crease, and keeps the numbers small.
    planes[:, :2] -= middle
    surface = np.full(shape, -np.inf, dtype=np.float32)
    owner = np.zeros(shape, dtype=np.int16)
    for index, (along, down, base) in enumerate(planes):
        plane = x * along + (y * down + base)
        on_top = plane > surface
        np.copyto(surface, plane, where=on_top)
        owner[on_top] = index
    return surface, owner, planes


def _crossings(owner: NDArray[np.int16], planes: Field) -> Segments:
    """Find where lattice lines cross from one plane to another: points on creases, in order."""
    found = []
    for axis in (0, 1):
        near, far = (owner[:-1], owner[1:]) if axis == 0 else (owner[:, :-1], owner[:, 1:])
        row, column = np.nonzero(near != far)
        step = planes[far[row, column]] - planes[near[row, column]]
        x, y = column * np.float32(STEP_MM), row * np.float32(STEP_MM)
        rate = step[:, 1] if axis == 0 else step[:, 0]
        away = -(step[:, 0] * x + step[:, 1] * y + step[:, 2]) / np.where(rate == 0, 1, rate)
        away = np.clip(away, 0, STEP_MM)
        bend = np.hypot(step[:, 0], step[:, 1])
        x, y = (x, y + away) if axis == 0 else (x + away, y)
        found.append(np.column_stack([x, y, -step[:, 1] / bend, step[:, 0] / bend, bend]))
    return np.concatenate(found).astype(np.float32)


def fold(
    random: np.random.Generator, shape: tuple[int, int], slope: float
) -> tuple[Field, Segments]:
    """Fold a sheet along one straight line that halves or quarters it, and open it again.

    Args:
        random: where the line lies.
        shape: rows and columns of the sheet's lattice, `STEP_MM` apart.
        slope: how steeply the paper rises beside the line.

    Returns:
        The (R, C) lift in millimeters, and the crease.
    """
    size = np.array([shape[1], shape[0]]) * STEP_MM
    across = int(random.integers(0, 2))
    normal_angle = (0 if across == 0 else np.pi / 2) + random.normal(0, 0.02)
    if random.random() < 0.15:
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


def chips(
    creases: Segments,
    size_px: tuple[int, int],
    px_per_mm: float,
    random: np.random.Generator,
    loss: float,
) -> NDArray[np.uint8]:
    """Draw where toner has broken off along creases: thin lines with many gaps.

    Args:
        creases: where, and how sharp; sharper creases lose more.
        size_px: width and height of the result.
        px_per_mm: pixels per millimeter.
        random: what breaks.
        loss: share of a crease of slope 0.3 that is bare.

    Returns:
        (H, W) uint8 share of each pixel that is bare.
    """
    width, height = size_px
    bare = np.zeros((height, width), dtype=np.uint8)
    cells = (int(height / px_per_mm / 2) + 1, int(width / px_per_mm / 2) + 1)
    luck = fractal(random, cells, 6, 3, 0.8)
    pieces = np.repeat(creases, 3, axis=0)
    pieces[:, :2] += pieces[:, 2:4] * random.uniform(-0.6, 0.6, (len(pieces), 1))
    pieces[:, :2] += random.normal(0, 0.09, (len(pieces), 2))
    row = np.clip((pieces[:, 1] / 2).astype(int), 0, cells[0] - 1)
    column = np.clip((pieces[:, 0] / 2).astype(int), 0, cells[1] - 1)
    chance = loss * np.minimum(pieces[:, 4] / 0.3, 2.0) * np.exp(0.9 * luck[row, column])
    pieces = pieces[random.random(len(pieces)) < chance]
    half_mm = random.exponential(0.25, len(pieces))[:, None] + 0.05
    ends = np.stack(
        [pieces[:, :2] - pieces[:, 2:4] * half_mm, pieces[:, :2] + pieces[:, 2:4] * half_mm], 1
    )
    fixed = np.rint((ends * px_per_mm - 0.5) * 16).astype(np.int32)
    thick = random.random(len(pieces)) < 0.3
    thin_px = max(round(0.12 * px_per_mm), 1)
    for chosen, thickness in ((~thick, thin_px), (thick, 2 * thin_px)):
        cv2.polylines(bare, list(fixed[chosen]), False, 255, thickness, cv2.LINE_AA, 4)
    return bare
