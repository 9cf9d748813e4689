"""Track the printed grid of every sheet in a picture, crossing by crossing.

Parts of a grid that go on in step, parted by a torn strip or moire, are one sheet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.paper.darkness import measure_darkness
from ecgengine_plugins.rectifiers.gridness import measure_gridness, reduce_page
from ecgengine_plugins.rectifiers.mesh import tuning
from ecgengine_plugins.rectifiers.mesh.edges import grid_box
from ecgengine_plugins.rectifiers.mesh.gridcolor import in_grid_color
from ecgengine_plugins.rectifiers.mesh.growth import (
    PERIOD_MM,
    Mesh,
    PrintedLines,
    equal_lines,
    joined,
    link_crossings,
    printed_lines,
)
from ecgengine_plugins.rectifiers.mesh.raster import raster_waves, without_wave
from ecgengine_plugins.rectifiers.mesh.seeds import Seed, find_seeds
from ecgengine_plugins.rectifiers.mesh.surface import Surface, fit_surface


@dataclass(frozen=True, slots=True)
class LinkedGrid:
    """The linked crossings of a grid.

    Attributes:
        values: (H, W) gridness in the grid's color, without a screen's rasters.
        darkest: the same in the darkest color of each pixel.
        mesh: the crossings.
        cleaned: whether a raster was taken out.
    """

    values: NDArray[np.float32]
    darkest: NDArray[np.float32]
    mesh: Mesh
    cleaned: bool


@dataclass(frozen=True, slots=True)
class TrackedGrid:
    """A grid that was followed over a page.

    Attributes:
        linked: its linked crossings.
        nodes: (R, C, 2) x and y of its five-millimeter crossings on the page, pixels.
        surface: what was seen at each.
        box: rows and columns that hold the grid; the nodes go on around them.
        lines: which lines were seen.
        confidence: 0 to 1, from the share of the grid that was seen.
        residual_mm: rms distance of what was seen from the surface.
        bent_mm: how far nine in ten crossings are from an evenly stretched flat sheet, at most.
        buckled_mm: the same, with rows and columns shifted as a scanner's feed may shift them.
        turn_deg: angle of the rows of that flat sheet.
        share: how much of the page the grid fills, 0 to 1.
    """

    linked: LinkedGrid
    nodes: NDArray[np.float64]
    surface: Surface
    box: tuple[slice, slice]
    lines: PrintedLines
    confidence: float
    residual_mm: float
    bent_mm: float
    buckled_mm: float
    turn_deg: float
    share: float

    @property
    def lies_flat(self) -> bool:
        """Whether it is a scan that fills the picture, or drawn straight by a machine."""
        drawn = self.bent_mm < tuning.DRAWN_MM and abs(self.turn_deg) < tuning.DRAWN_DEG
        level = self.bent_mm < tuning.FLAT_MM and self.buckled_mm < tuning.LEVEL_MM
        return drawn or (level and self.share > tuning.FULL_SHARE)

    def outline(self, beyond: int = 0) -> NDArray[np.float64]:
        """(N, 2) points on the page around the grid, or some of its periods beyond, pixels."""
        wider = (slice(max(s.start - beyond, 0), s.stop + beyond) for s in self.box)
        nodes = self.nodes[tuple(wider)]
        sides = (nodes[0], nodes[1:, -1], nodes[-1, -2::-1], nodes[-2:0:-1, 0])
        return np.concatenate(sides)

    @property
    def area(self) -> float:
        """Square pixels of the page that the grid fills."""
        return float(cv2.contourArea(self.outline().astype(np.float32)))


def track_grids(image: NDArray[np.uint8]) -> list[TrackedGrid]:
    """Follow the grid of each sheet in an (H, W, 3) page, the largest first; none for no grid.

    Further sheets are sought where there is room for them beside those found; what goes on in step
    with one of them is another part of the same sheet.
    """
    reduced, scale = reduce_page(image)
    darkest = measure_gridness(reduced).values
    hypotheses = find_seeds(darkest)
    values = in_grid_color(reduced, darkest, hypotheses[0] if hypotheses else [])
    free = np.ones(values.shape, np.uint8)
    darkness = measure_darkness(reduced)
    page_area = image.shape[0] * image.shape[1]
    grids: list[TrackedGrid] = []
    for _ in range(tuning.MOST_SHEETS):
        largest = max((one.area for one in grids), default=0.0) / page_area
        least = tuning.LEAST_PART_AREA * largest if grids else tuning.LEAST_AREA
        linked = _link(values, darkest, darkness, free, hypotheses)
        if linked is None or linked.mesh.area < least * values.size:
            break
        grid = _fit_grid(linked, scale, page_area)
        if grid is None or (grids and not _is_paper(grid, grids)):
            break
        whole = _with_part(grids, grid, scale, page_area)
        if whole is not None:
            grids = whole
        elif grid.area >= tuning.LEAST_OTHER_AREA * largest * page_area:
            grids.append(grid)
        else:
            break
        outline = (grid.outline(tuning.RIM_PERIODS) + 0.5) / scale - 0.5
        cv2.fillPoly(free, [outline.round().astype(np.int32)], (0,))
        hypotheses = find_seeds(values * free, free > 0)
        if (
            max((seed.score for seeds in hypotheses for seed in seeds[:1]), default=0.0)
            < tuning.NOISE_SCORE
        ):
            break
    return sorted(grids, key=lambda one: -one.area)


def _with_part(
    grids: list[TrackedGrid], part: TrackedGrid, px_per_px: float, page_area: float
) -> list[TrackedGrid] | None:
    """Join a grid to that of the grids which it goes on with; None where it is of its own."""
    for index, one in enumerate(grids):
        offset = _goes_on(one, part)
        if offset is not None:
            mesh = joined(one.linked.mesh, part.linked.mesh, offset)
            whole = _fit_grid(replace(one.linked, mesh=mesh), px_per_px, page_area)
            return [*grids[:index], whole or one, *grids[index + 1 :]]
    return None


def _link(
    values: NDArray[np.float32],
    darkest: NDArray[np.float32],
    darkness: NDArray[np.float32],
    free: NDArray[np.uint8],
    hypotheses: list[list[Seed]],
) -> LinkedGrid | None:
    """Link the crossings of the clearest grid in what is free, and take out screens' rasters."""
    plain = values is darkest
    values = values * free
    darkest = values if plain else darkest * free
    mesh = link_crossings(values, darkness, hypotheses)
    cleaned = False
    for _ in range(tuning.MOST_RASTERS):
        waves = raster_waves(mesh.templates, mesh.frame) if mesh is not None else []
        if not waves:
            break
        for wave in waves:
            values = without_wave(values, wave)
            darkest = values if plain else without_wave(darkest, wave)
        mesh = link_crossings(values, darkness, find_seeds(values, free > 0))
        cleaned = True
    return None if mesh is None else LinkedGrid(values, darkest, mesh, cleaned)


def _fit_grid(linked: LinkedGrid, px_per_px: float, page_area: float) -> TrackedGrid | None:
    """Fit a surface to a linked grid; None where too little of it is seen."""
    mesh = linked.mesh
    surface = fit_surface(linked.values, linked.darkest, mesh)
    if not surface.sure.any():
        return None
    box = grid_box(surface.sure)
    lines = printed_lines(mesh.templates)
    confidence, residual_mm = _judge(surface, box)
    doubtful = not linked.cleaned or equal_lines(mesh.templates) > 0
    held = float(surface.sure[np.pad(mesh.trust, tuning.MARGIN_PERIODS) > 0].mean())
    if (
        not lines.light
        and doubtful
        and (confidence < tuning.LEAST_SPARSE_CONFIDENCE or held < tuning.LEAST_SPARSE_SURE)
    ):
        return None
    nodes = (surface.nodes + 0.5) * px_per_px - 0.5
    corners = nodes[box][[0, 0, -1, -1], [0, -1, -1, 0]].astype(np.float32)
    bent_mm, buckled_mm, turn_deg = _bent(nodes, surface.sure)
    return TrackedGrid(
        linked,
        nodes,
        surface,
        box,
        lines,
        confidence,
        residual_mm,
        bent_mm=bent_mm,
        buckled_mm=buckled_mm,
        turn_deg=turn_deg,
        share=cv2.contourArea(corners) / page_area,
    )


def _is_paper(grid: TrackedGrid, others: list[TrackedGrid]) -> bool:
    """Tell a further sheet from other things with even lines.

    Lines of text run nearly as evenly as those of a grid, but not quite; threads of cloth do, but
    none of them is heavier.
    """
    even = (
        grid.confidence >= tuning.LEAST_OTHER_CONFIDENCE
        and grid.residual_mm < tuning.MOST_OTHER_RESIDUAL_MM
    )
    return even and (grid.lines.heavy or not any(other.lines.heavy for other in others))


def _goes_on(one: TrackedGrid, other: TrackedGrid) -> tuple[int, int] | None:
    """Tell whether a grid is that of the same sheet, beyond a gap: its lines go on in step.

    Paper may bend, so only crossings near the other grid are compared, each with the nearest of the
    surface there. Gives the row and column of the one that the first of the other lie on; None
    where the sheets are two.
    """
    theirs = other.nodes[other.surface.sure]
    lattice = one.nodes.reshape(-1, 2)
    away = np.linalg.norm(theirs[:, None] - lattice[None], axis=-1)
    near = np.argsort(away.min(axis=1))[: tuning.BORDER_NODES]
    row, column = np.divmod(away[near].argmin(axis=1), one.nodes.shape[1])
    frames = np.stack([np.gradient(one.nodes, axis=axis)[row, column] for axis in (0, 1)], axis=1)
    beyond = (theirs[near] - one.nodes[row, column])[:, None] @ np.linalg.inv(frames)
    steps = np.column_stack([row, column]) + beyond[:, 0] - np.argwhere(other.surface.sure)[near]
    middle = np.median(steps, axis=0)
    in_step = np.abs(middle - np.round(middle)).max() < tuning.IN_STEP_PERIODS
    if not in_step or np.median(np.abs(steps - middle), axis=0).max() > tuning.PARALLEL_PERIODS:
        return None
    return round(float(middle[0])), round(float(middle[1]))


def _judge(surface: Surface, box: tuple[slice, slice]) -> tuple[float, float]:
    """Confidence from the share of the grid that was seen, and its rms distance (mm)."""
    sure = surface.sure[box]
    residual_mm = PERIOD_MM * float(np.sqrt(np.mean(surface.residuals[box][sure] ** 2)))
    share = (float(sure.mean()) - tuning.NO_CONFIDENCE) / (
        tuning.FULL_CONFIDENCE - tuning.NO_CONFIDENCE
    )
    return min(max(share, 0.0), 1.0) / (1 + (residual_mm / tuning.DOUBTFUL_MM) ** 2), residual_mm


def _bent(nodes: NDArray[np.float64], sure: NDArray[np.bool_]) -> tuple[float, float, float]:
    """How far nine in ten crossings are from a flat sheet, at most, mm; and its turn, degrees.

    First from an evenly stretched one, then from one whose rows and columns may be shifted.
    """
    rows, columns = np.nonzero(sure)
    flat = _plane(nodes[sure], columns, rows)
    away = np.full(nodes.shape, np.nan)
    away[sure] = nodes[sure] - np.column_stack([columns, rows]) @ flat[:2] - flat[2]
    mm_per_px = PERIOD_MM / max(float(np.sqrt(abs(np.linalg.det(flat[:2])))), 1e-9)
    bent_mm = mm_per_px * np.quantile(np.linalg.norm(away[sure], axis=1), 0.9)
    seen = away[np.ix_(sure.any(axis=1), sure.any(axis=0))]
    for axis in (0, 1):
        seen -= np.nanmedian(seen, axis=axis, keepdims=True)
    buckled_mm = mm_per_px * np.nanquantile(np.linalg.norm(seen, axis=-1), 0.9)
    turn_deg = float(np.degrees(np.arctan2(flat[0, 1], flat[0, 0])))
    return float(bent_mm), float(buckled_mm), turn_deg


def _plane(
    points: NDArray[np.float64], columns: NDArray[np.intp], rows: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Fit (3, 2): steps along columns and rows, and the place of node (0, 0), by least squares."""
    design = np.column_stack([columns, rows, np.ones(len(rows))])
    return np.asarray(np.linalg.lstsq(design, points, rcond=None)[0], dtype=np.float64)
