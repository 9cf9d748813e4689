"""The rectifier `mesh`: links the crossings of the grid one by one, on paper of any shape."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine.flattening import resample_sheet
from ecgengine.page import Page
from ecgengine.sheet import PageMap, PaperGrid, Sheet
from ecgengine.stages import Hints
from ecgengine_plugins.rectifiers.grid import GridRectifier
from ecgengine_plugins.rectifiers.gridness import measure_gridness
from ecgengine_plugins.rectifiers.mesh_growth import PERIOD_MM, link_crossings, printed_lines
from ecgengine_plugins.rectifiers.mesh_ink import measure_darkness
from ecgengine_plugins.rectifiers.mesh_paper import find_edges, grid_box
from ecgengine_plugins.rectifiers.mesh_seeds import find_seeds
from ecgengine_plugins.rectifiers.mesh_surface import Surface, fit_surface, refine_nodes
from ecgengine_plugins.rectifiers.options import GridOptions, MeshOptions

PARTS = 4
CHANCE, SURE = 0.2, 0.6
DOUBTFUL_MM, HIDDEN_SHARE = 0.3, 0.4
STRAIGHT_PX, LEAST_AREA = 0.4, 0.08
SMALLEST_PX = 48


class MeshRectifier:
    """Lays paper of any shape flat along its grid: curled, folded, crumpled, seen from aside.

    A page that already lies flat, or that shows no grid, is left to the rectifier `grid`.
    """

    def __init__(self, options: MeshOptions) -> None:
        self._options = options
        self._flat = GridRectifier(GridOptions.model_validate({}))

    def rectify(self, page: Page, hints: Hints) -> Sheet:
        """Find grid and scale; raises NoEcgFoundError naming `--px-per-mm` when there is none."""
        sheet = None
        if hints.px_per_mm is None and min(page.image.shape[:2]) >= SMALLEST_PX:
            sheet = self._lay_flat(page.image)
        return sheet or self._flat.rectify(page, hints)

    def _lay_flat(self, image: NDArray[np.uint8]) -> Sheet | None:
        """Lay a page flat; None where there is no grid, or nothing to lay flat."""
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
        confidence, residual_mm = _judge(surface, box)
        nodes = (surface.nodes + 0.5) * gridness.px_per_px - 0.5
        if confidence < self._options.min_confidence or _lies_upright(nodes, surface.sure):
            return None
        cut = _cut(find_edges(image, nodes, box))
        fine = refine_nodes(nodes, PARTS)[cut]
        sides = (np.diff(nodes[box], axis=axis) for axis in (0, 1))
        finest = max(float(np.median(np.linalg.norm(side, axis=-1))) for side in sides)
        scale = min(finest / PERIOD_MM, self._options.max_px_per_mm)
        step = PERIOD_MM * scale / PARTS
        page_map = PageMap(fine, step, step)
        height, width = (int((count - 1) * step) + 1 for count in fine.shape[:2])
        origin_x, origin_y = (-part.start % PARTS * step for part in (cut[1], cut[0]))
        minor, major = printed_lines(mesh.templates)
        return Sheet(
            image=resample_sheet(image, page_map, width, height),
            px_per_mm_x=scale,
            px_per_mm_y=scale,
            page_map=page_map,
            scale_source="grid",
            confidence=confidence,
            residual_mm=residual_mm,
            grid=PaperGrid(
                origin_x, origin_y, 1.0 if minor else None, PERIOD_MM if major else None
            ),
            notes=_notes(surface, box),
        )


def _judge(surface: Surface, box: tuple[slice, slice]) -> tuple[float, float]:
    """Confidence from the share of the grid that was seen, and its rms distance (mm)."""
    sure = surface.sure[box]
    residual_mm = PERIOD_MM * float(np.sqrt(np.mean(surface.misses[box][sure] ** 2)))
    share = (float(sure.mean()) - CHANCE) / (SURE - CHANCE)
    return min(max(share, 0.0), 1.0) / (1 + (residual_mm / DOUBTFUL_MM) ** 2), residual_mm


def _lies_upright(nodes: NDArray[np.float64], sure: NDArray[np.bool_]) -> bool:
    """Tell whether the grid runs along the page's own rows and columns, evenly spaced."""
    rows, columns = np.nonzero(sure)
    for axis, numbers in ((0, columns), (1, rows)):
        design = np.column_stack([numbers, np.ones(len(numbers))])
        places = nodes[sure][:, axis]
        line = np.linalg.lstsq(design, places, rcond=None)[0]
        if float(np.quantile(np.abs(places - design @ line), 0.9)) > STRAIGHT_PX:
            return False
    return True


def _cut(edges: tuple[float, float, float, float]) -> tuple[slice, slice]:
    """The rows and columns of a refined lattice that lie on the paper."""
    left, top, right, bottom = (edge * PARTS for edge in edges)
    return (
        slice(int(np.ceil(top)), int(bottom) + 1),
        slice(int(np.ceil(left)), int(right) + 1),
    )


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
