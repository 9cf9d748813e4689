"""The rectifier `mesh`: links the crossings of the grid one by one, on paper of any shape."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.errors import NoEcgFoundError
from ecgengine.flattening import resample_sheet
from ecgengine.page import Page
from ecgengine.sheet import GridFit, PageMap, PaperGrid, Sheet
from ecgengine.stages import Hints
from ecgengine_plugins.rectifiers.grid import GridRectifier
from ecgengine_plugins.rectifiers.gridness import measure_gridness
from ecgengine_plugins.rectifiers.mesh_growth import PERIOD_MM, link_crossings, printed_lines
from ecgengine_plugins.rectifiers.mesh_ink import measure_darkness
from ecgengine_plugins.rectifiers.mesh_paper import find_edges, grid_box
from ecgengine_plugins.rectifiers.mesh_seeds import find_seeds
from ecgengine_plugins.rectifiers.mesh_surface import Surface, fit_surface, refine_nodes
from ecgengine_plugins.rectifiers.options import GridOptions, MeshOptions
from ecgengine_plugins.rectifiers.turns import stand_upright

PARTS = 4
CHANCE, SURE = 0.2, 0.6
DOUBTFUL_MM, HIDDEN_SHARE = 0.3, 0.4
DRAWN_MM, DRAWN_DEG = 0.1, 0.1
FLAT_MM, FULL_SHARE, LEAST_AREA = 0.7, 0.6, 0.08
SMALLEST_PX = 48
REGION_MM = 20.0


class MeshRectifier:
    """Lays paper of any shape flat along its grid: curled, folded, crumpled, seen from aside.

    A page that lies flat already and fills the picture, as scans do, that is as straight as
    only drawn ones are, or that shows no grid, is left to the rectifier `grid`.
    """

    def __init__(self, options: MeshOptions) -> None:
        self._options = options
        self._flat = GridRectifier(GridOptions.model_validate({}))

    def rectify(self, page: Page, hints: Hints) -> Sheet:
        """Find grid and scale; raises NoEcgFoundError naming `--px-per-mm` when there is none.

        The sheet stands upright if its print tells; a mirrored page is refused.
        """
        return stand_upright(page.name, self._along_grid(page, hints))

    def _along_grid(self, page: Page, hints: Hints) -> Sheet:
        if hints.px_per_mm is not None or min(page.image.shape[:2]) < SMALLEST_PX:
            return self._flat.along_grid(page, hints)
        fabric = follow_grid(page.image)
        if fabric is None or fabric.confidence < self._options.min_confidence:
            return self._flat.along_grid(page, hints)
        if fabric.lies_flat:
            try:
                sheet = self._flat.along_grid(page, hints)
            except NoEcgFoundError:
                sheet = None
            if sheet is not None and sheet.scale_source == "grid":
                return sheet
        return _lay_flat(page.image, fabric, self._options.max_px_per_mm)


@dataclass(frozen=True, slots=True)
class Fabric:
    """A grid that was followed over a page.

    Attributes:
        nodes: (R, C, 2) x and y of its five-millimeter crossings on the page, pixels.
        surface: what was seen at each.
        box: rows and columns that hold the grid; the nodes go on around them.
        lines: whether light lines were seen, and whether the heavy ones differ from them.
        confidence: 0 to 1, from the share of the grid that was seen.
        residual_mm: rms distance of what was seen from the surface.
        bent_mm: how far nine in ten crossings are from an evenly stretched flat sheet, at most.
        turn_deg: angle of the rows of that flat sheet.
        share: how much of the page the grid fills, 0 to 1.
    """

    nodes: NDArray[np.float64]
    surface: Surface
    box: tuple[slice, slice]
    lines: tuple[bool, bool]
    confidence: float
    residual_mm: float
    bent_mm: float
    turn_deg: float
    share: float

    @property
    def lies_flat(self) -> bool:
        """Whether it is a scan that fills the picture, or drawn straight by a machine."""
        drawn = self.bent_mm < DRAWN_MM and abs(self.turn_deg) < DRAWN_DEG
        return drawn or (self.bent_mm < FLAT_MM and self.share > FULL_SHARE)


def follow_grid(image: NDArray[np.uint8]) -> Fabric | None:
    """Follow the grid of an (H, W, 3) page; None where there is none."""
    gridness = measure_gridness(image)
    values = gridness.values
    darkness = measure_darkness(image, values.shape)
    mesh = link_crossings(values, darkness, find_seeds(values))
    if mesh is None or mesh.area < LEAST_AREA * values.size:
        return None
    surface = fit_surface(values, mesh)
    if not surface.sure.any():
        return None
    box = grid_box(surface.sure)
    nodes = (surface.nodes + 0.5) * gridness.px_per_px - 0.5
    corners = nodes[box][[0, 0, -1, -1], [0, -1, -1, 0]].astype(np.float32)
    bent_mm, turn_deg = _bent(nodes, surface.sure)
    return Fabric(
        nodes,
        surface,
        box,
        printed_lines(mesh.templates),
        *_judge(surface, box),
        bent_mm=bent_mm,
        turn_deg=turn_deg,
        share=cv2.contourArea(corners) / (image.shape[0] * image.shape[1]),
    )


def _lay_flat(image: NDArray[np.uint8], fabric: Fabric, max_px_per_mm: float) -> Sheet:
    """Resample a page along its grid, cut at the edges of the paper."""
    cut = _cut(find_edges(image, fabric.nodes, fabric.box))
    fine = refine_nodes(fabric.nodes, PARTS)[cut]
    sides = (np.diff(fabric.nodes[fabric.box], axis=axis) for axis in (0, 1))
    finest = max(float(np.median(np.linalg.norm(side, axis=-1))) for side in sides)
    scale = min(finest / PERIOD_MM, max_px_per_mm)
    step = PERIOD_MM * scale / PARTS
    page_map = PageMap(fine, step, step)
    height, width = (int((count - 1) * step) + 1 for count in fine.shape[:2])
    origin_x, origin_y = (-part.start % PARTS * step for part in (cut[1], cut[0]))
    minor, major = fabric.lines
    places = [
        (np.arange(count) * PARTS - part.start) * step / side
        for count, part, side in zip(fabric.nodes.shape[:2], cut, (height, width), strict=True)
    ]
    return Sheet(
        image=resample_sheet(image, page_map, width, height),
        px_per_mm_x=scale,
        px_per_mm_y=scale,
        page_map=page_map,
        scale_source="grid",
        confidence=fabric.confidence,
        residual_mm=fabric.residual_mm,
        grid=PaperGrid(origin_x, origin_y, 1.0 if minor else None, PERIOD_MM if major else None),
        grid_fit=_fit_by_region(fabric.surface, *places, (height / scale, width / scale)),
        notes=_notes(fabric.surface, fabric.box),
    )


def _judge(surface: Surface, box: tuple[slice, slice]) -> tuple[float, float]:
    """Confidence from the share of the grid that was seen, and its rms distance (mm)."""
    sure = surface.sure[box]
    residual_mm = PERIOD_MM * float(np.sqrt(np.mean(surface.misses[box][sure] ** 2)))
    share = (float(sure.mean()) - CHANCE) / (SURE - CHANCE)
    return min(max(share, 0.0), 1.0) / (1 + (residual_mm / DOUBTFUL_MM) ** 2), residual_mm


def _bent(nodes: NDArray[np.float64], sure: NDArray[np.bool_]) -> tuple[float, float]:
    """How far nine in ten crossings are from a flat sheet, at most, mm; and its turn, degrees."""
    rows, columns = np.nonzero(sure)
    design = np.column_stack([columns, rows, np.ones(len(rows))])
    flat = np.linalg.lstsq(design, nodes[sure], rcond=None)[0]
    away_px = np.linalg.norm(nodes[sure] - design @ flat, axis=1)
    px_per_mm = np.sqrt(abs(np.linalg.det(flat[:2]))) / PERIOD_MM
    turn_deg = float(np.degrees(np.arctan2(flat[0, 1], flat[0, 0])))
    return float(np.quantile(away_px, 0.9) / max(px_per_mm, 1e-9)), turn_deg


def _cut(edges: tuple[float, float, float, float]) -> tuple[slice, slice]:
    """The rows and columns of a refined lattice that lie on the paper."""
    left, top, right, bottom = (edge * PARTS for edge in edges)
    return (
        slice(int(np.ceil(top)), int(bottom) + 1),
        slice(int(np.ceil(left)), int(right) + 1),
    )


def _fit_by_region(
    surface: Surface,
    down: NDArray[np.float64],
    across: NDArray[np.float64],
    size_mm: tuple[float, float],
) -> GridFit:
    """Gather what was seen of the grid in regions, from the places (0 to 1) of crossings."""
    rows, columns = (max(1, round(side / REGION_MM)) for side in size_mm)
    shape = surface.sure.shape
    region = (down * rows).astype(int)[:, None] * columns + (across * columns).astype(int)
    inside = ((down >= 0) & (down < 1))[:, None] & (across >= 0) & (across < 1)
    sure = inside & surface.sure

    def sums(of: NDArray[np.bool_], values: NDArray[np.float64]) -> NDArray[np.float64]:
        counted = np.bincount(region[of], values[of], minlength=rows * columns)
        return counted.reshape(rows, columns)

    found = sums(sure, np.ones(shape))
    with np.errstate(invalid="ignore"):
        residual_mm = PERIOD_MM * np.sqrt(sums(sure, surface.misses**2) / found)
    return GridFit(residual_mm, found / np.maximum(sums(inside, np.ones(shape)), 1.0))


def _notes(surface: Surface, box: tuple[slice, slice]) -> tuple[str, ...]:
    """Say where on the sheet the grid was not seen and its place is a guess."""
    sure = surface.sure[box]
    unseen = []
    for row, upper in zip(np.array_split(sure, 3), ("upper", "middle", "lower"), strict=True):
        for part, side in zip(
            np.array_split(row, 3, axis=1), ("left", "middle", "right"), strict=True
        ):
            if part.size and float(part.mean()) < HIDDEN_SHARE:
                unseen.append("middle" if upper == side else f"{upper} {side}")
    if not unseen:
        return ()
    return (f"The grid was hardly seen at the {', '.join(unseen)}; its place there is a guess.",)
