"""The rectifier `mesh`: links the crossings of the grid one by one, on paper of any shape."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
MOST_SHEETS, LEAST_OTHER, SURE_OTHER, EVEN_OTHER_MM = 8, 0.15, 0.5, 0.015
RIM = 2
IN_STEP, PARALLEL = 0.1, 0.15
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
        least = self._options.min_confidence
        fabrics = [fabric for fabric in follow_grids(page.image) if fabric.confidence >= least]
        if hints.sheet >= max(len(fabrics), 1):
            raise NoEcgFoundError(
                f"{page.name}: sheet {hints.sheet + 1} was asked for, but the picture shows "
                f"{max(len(fabrics), 1)}. Digitize it without naming a sheet."
            )
        if not fabrics:
            return self._flat.along_grid(page, hints)
        if len(fabrics) == 1 and fabrics[0].lies_flat:
            try:
                sheet = self._flat.along_grid(page, hints)
            except NoEcgFoundError:
                sheet = None
            if sheet is not None and sheet.scale_source == "grid":
                return sheet
        fabric = fabrics.pop(hints.sheet)
        sheet = _lay_flat(_without(page.image, fabrics), fabric, self._options.max_px_per_mm)
        return _one_of(sheet, hints.sheet, len(fabrics)) if fabrics else sheet


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


    def outline(self, beyond: int = 0) -> NDArray[np.float64]:
        """(N, 2) points on the page around the grid, or some of its periods beyond, pixels."""
        nodes = self.nodes[tuple(slice(s.start - beyond, s.stop + beyond) for s in self.box)]
        sides = (nodes[0], nodes[1:, -1], nodes[-1, -2::-1], nodes[-2:0:-1, 0])
        return np.concatenate(sides)

    @property
    def area(self) -> float:
        """Square pixels of the page that the grid fills."""
        return float(cv2.contourArea(self.outline().astype(np.float32)))


def follow_grids(image: NDArray[np.uint8]) -> list[Fabric]:
    """Follow the grid of each sheet in an (H, W, 3) page, the largest first; none for no grid.

    Further sheets are sought where there is room for them beside those found.
    """
    gridness = measure_gridness(image)
    values = gridness.values
    darkness = measure_darkness(image, values.shape)
    page_area = image.shape[0] * image.shape[1]
    least = LEAST_AREA
    fabrics: list[Fabric] = []
    for _ in range(MOST_SHEETS):
        fabric = _follow(values, darkness, gridness.px_per_px, page_area, least)
        if fabric is None:
            break
        # Lines of text run nearly as evenly as those of a grid, but not quite.
        even = fabric.confidence >= SURE_OTHER and fabric.residual_mm < EVEN_OTHER_MM
        if fabrics and not (even and fabric.area >= least * page_area):
            break
        if not any(_goes_on(one, fabric) for one in fabrics):
            fabrics.append(fabric)
        outline = (fabric.outline(RIM) + 0.5) / gridness.px_per_px - 0.5
        values = cv2.fillPoly(values.copy(), [outline.round().astype(np.int32)], (0.0,))
        least = LEAST_OTHER * max(one.area for one in fabrics) / page_area
    return sorted(fabrics, key=lambda one: -one.area)


def _follow(
    values: NDArray[np.float32],
    darkness: NDArray[np.float32],
    px_per_px: float,
    page_area: float,
    least: float,
) -> Fabric | None:
    """Follow the clearest grid of (H, W) gridness; None for less than a share of the page."""
    mesh = link_crossings(values, darkness, find_seeds(values))
    if mesh is None or mesh.area < least * values.size:
        return None
    surface = fit_surface(values, mesh)
    if not surface.sure.any():
        return None
    box = grid_box(surface.sure)
    nodes = (surface.nodes + 0.5) * px_per_px - 0.5
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
        share=cv2.contourArea(corners) / page_area,
    )


def _goes_on(one: Fabric, other: Fabric) -> bool:
    """Tell whether a grid is that of the same sheet, beyond a gap: its lines go on in step."""
    plane = _plane(one.nodes, one.surface.sure)
    rows, columns = np.nonzero(other.surface.sure)
    there = (other.nodes[rows, columns] - plane[2]) @ np.linalg.inv(plane[:2])
    steps = there - np.column_stack([columns, rows])
    middle = np.median(steps, axis=0)
    in_step = np.abs(middle - np.round(middle)).max() < IN_STEP
    return bool(in_step and np.median(np.abs(steps - middle), axis=0).max() < PARALLEL)


def _without(image: NDArray[np.uint8], others: list[Fabric]) -> NDArray[np.uint8]:
    """Paint other sheets white, so that nothing of them is read."""
    if not others:
        return image
    outlines = [other.outline(RIM).round().astype(np.int32) for other in others]
    return np.asarray(cv2.fillPoly(image.copy(), outlines, (255, 255, 255)), dtype=np.uint8)


def _one_of(sheet: Sheet, index: int, others: int) -> Sheet:
    """Say which of several sheets in a picture this is."""
    note = (
        f"The picture shows {others + 1} sheets; the largest was taken (--all gives each)."
        if index == 0
        else f"This is sheet {index + 1} of the {others + 1} in the picture, the largest first."
    )
    return replace(sheet, others=others, notes=(*sheet.notes, note))


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
    flat = _plane(nodes, sure)
    away_px = np.linalg.norm(nodes[sure] - np.column_stack([columns, rows]) @ flat[:2] - flat[2], axis=1)
    px_per_mm = np.sqrt(abs(np.linalg.det(flat[:2]))) / PERIOD_MM
    turn_deg = float(np.degrees(np.arctan2(flat[0, 1], flat[0, 0])))
    return float(np.quantile(away_px, 0.9) / max(px_per_mm, 1e-9)), turn_deg


def _plane(nodes: NDArray[np.float64], sure: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Fit (3, 2): steps along columns and rows, and the place of node (0, 0), by least squares."""
    rows, columns = np.nonzero(sure)
    design = np.column_stack([columns, rows, np.ones(len(rows))])
    plane: NDArray[np.float64] = np.linalg.lstsq(design, nodes[sure], rcond=None)[0]
    return plane


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
