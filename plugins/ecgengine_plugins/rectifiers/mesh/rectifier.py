"""The rectifier `mesh`: links the crossings of the grid one by one, on paper of any shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.hints import Hints
from ecgengine.data.page import Page
from ecgengine.data.sheet import PaperGrid, Sheet
from ecgengine.errors import NoEcgFoundError
from ecgengine.geometry.flattening import resample_sheet
from ecgengine.geometry.page_map import PageMap
from ecgengine_plugins.rectifiers.grid.rectifier import GridRectifier
from ecgengine_plugins.rectifiers.mesh import tuning
from ecgengine_plugins.rectifiers.mesh.edges import find_edges
from ecgengine_plugins.rectifiers.mesh.growth import PERIOD_MM
from ecgengine_plugins.rectifiers.mesh.surface import Surface, refine_nodes
from ecgengine_plugins.rectifiers.mesh.tracking import TrackedGrid, track_grids
from ecgengine_plugins.rectifiers.options import MeshOptions
from ecgengine_plugins.rectifiers.orientation import stand_upright
from ecgengine_plugins.rectifiers.regions import fit_by_region

PARTS = 4
SMALLEST_PX = 48


class MeshRectifier:
    """Lays paper of any shape flat along its grid: curled, folded, crumpled, seen from aside.

    A page that lies flat already and fills the picture, as scans do, that is as straight as
    only drawn ones are, or that shows no grid, is left to the rectifier `grid`.
    """

    def __init__(self, options: MeshOptions, grid: GridRectifier) -> None:
        self._options, self._grid = options, grid

    def rectify(self, page: Page, hints: Hints) -> Iterator[Sheet]:
        """Yield every sheet in the picture, the largest first, with its grid and scale.

        Raises NoEcgFoundError naming `--px-per-mm` when there is none. A sheet stands upright if
        its print tells; a mirrored page is refused.
        """
        grids: list[TrackedGrid] = []
        if hints.px_per_mm is None and min(page.image.shape[:2]) >= SMALLEST_PX:
            flat = self._grid.rectify_flat(page)
            if flat is not None and flat.residual_mm <= tuning.MOST_MISSED_MM:
                yield flat
                return
            least = self._options.min_confidence
            grids = [grid for grid in track_grids(page.image) if grid.confidence >= least]
        if not grids:
            yield from self._grid.rectify(page, hints)
            return
        if len(grids) == 1 and grids[0].lies_flat:
            sheet = self._as_flat(page, hints)
            if sheet is not None:
                yield replace(sheet, grid_fit=fit_by_region(sheet, partial(_see_grid, grids[0])))
                return
        for index, grid in enumerate(grids):
            others = grids[:index] + grids[index + 1 :]
            sheet = _lay_flat(_without(page.image, others, grid), grid, self._options.max_px_per_mm)
            sheet = replace(sheet, grid_fit=fit_by_region(sheet, partial(_see_grid, grid)))
            sheet = _one_of(sheet, index, len(grids)) if others else sheet
            yield stand_upright(page.name, sheet)

    def _as_flat(self, page: Page, hints: Hints) -> Sheet | None:
        """Take a page to be flat; None when its lines say that it is not."""
        try:
            sheet = next(self._grid.rectify(page, hints))
        except NoEcgFoundError:
            return None
        missed = sheet.residual_mm > tuning.MOST_MISSED_MM
        return sheet if sheet.scale_source == "grid" and not missed else None


def _without(
    image: NDArray[np.uint8], others: list[TrackedGrid], own: TrackedGrid
) -> NDArray[np.uint8]:
    """Paint other sheets white, so that nothing of them is read, up to a sheet's own rim."""
    if not others:
        return image
    foreign = np.zeros(image.shape[:2], np.uint8)
    cv2.fillPoly(
        foreign, [one.outline(tuning.RIM_PERIODS).round().astype(np.int32) for one in others], (1,)
    )
    cv2.fillPoly(foreign, [own.outline(tuning.RIM_PERIODS).round().astype(np.int32)], (0,))
    return np.where(foreign[..., None] > 0, np.uint8(255), image)


def _one_of(sheet: Sheet, index: int, count: int) -> Sheet:
    """Say which of several sheets in a picture this is."""
    note = (
        f"The picture shows {count} sheets; the largest was taken (--all gives each)."
        if index == 0
        else f"This is sheet {index + 1} of the {count} in the picture, the largest first."
    )
    return replace(sheet, notes=(*sheet.notes, note))


def _lay_flat(image: NDArray[np.uint8], grid: TrackedGrid, max_px_per_mm: float) -> Sheet:
    """Resample a page along its grid, cut at the edges of the paper."""
    cut = _cut(find_edges(image, grid.nodes, grid.box))
    fine = refine_nodes(grid.nodes, PARTS)[cut]
    sides = (np.diff(grid.nodes[grid.box], axis=axis) for axis in (0, 1))
    finest = max(float(np.median(np.linalg.norm(side, axis=-1))) for side in sides)
    scale = min(finest / PERIOD_MM, max_px_per_mm)
    step = PERIOD_MM * scale / PARTS
    page_map = PageMap(fine, step, step)
    height, width = (int((count - 1) * step) + 1 for count in fine.shape[:2])
    origin_x, origin_y = (-part.start % PARTS * step for part in (cut[1], cut[0]))
    minor, major = grid.lines
    return Sheet(
        image=resample_sheet(image, page_map, width, height),
        px_per_mm_x=scale,
        px_per_mm_y=scale,
        page_map=page_map,
        scale_source="grid",
        confidence=grid.confidence,
        residual_mm=grid.residual_mm,
        grid=PaperGrid(origin_x, origin_y, 1.0 if minor else None, PERIOD_MM if major else None),
        notes=_notes(grid.surface, grid.box),
    )


def _cut(edges: tuple[float, float, float, float]) -> tuple[slice, slice]:
    """The rows and columns of a refined lattice that lie on the paper."""
    left, top, right, bottom = (edge * PARTS for edge in edges)
    return (
        slice(int(np.ceil(top)), int(bottom) + 1),
        slice(int(np.ceil(left)), int(right) + 1),
    )


def _see_grid(
    grid: TrackedGrid, places: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Tell of (N, 2) points of the page whether the nearest crossing was seen, and how far off."""
    nodes = grid.nodes[grid.box].reshape(-1, 2)
    near = cv2.BFMatcher(cv2.NORM_L2).match(places.astype(np.float32), nodes.astype(np.float32))
    node = np.array([match.trainIdx for match in near])
    period_px = float(np.sqrt(grid.area / len(nodes)))
    there = np.array([match.distance for match in near]) < period_px
    sure = there & grid.surface.sure[grid.box].ravel()[node]
    return sure, PERIOD_MM * grid.surface.residuals[grid.box].ravel()[node]


def _notes(surface: Surface, box: tuple[slice, slice]) -> tuple[str, ...]:
    """Say where on the sheet the grid was not seen and its place is a guess."""
    sure = surface.sure[box]
    unseen = []
    for row, upper in zip(np.array_split(sure, 3), ("upper", "middle", "lower"), strict=True):
        for part, side in zip(
            np.array_split(row, 3, axis=1), ("left", "middle", "right"), strict=True
        ):
            if part.size and float(part.mean()) < tuning.HIDDEN_SHARE:
                unseen.append("middle" if upper == side else f"{upper} {side}")
    if not unseen:
        return ()
    return (f"The grid was hardly seen at the {', '.join(unseen)}; its place there is a guess.",)
