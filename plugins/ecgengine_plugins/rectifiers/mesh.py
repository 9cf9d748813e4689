"""The rectifier `mesh`: links the crossings of the grid one by one, on paper of any shape."""

from __future__ import annotations

import numpy as np

from ecgengine.errors import NoEcgFoundError
from ecgengine.flattening import resample_sheet
from ecgengine.page import Page
from ecgengine.sheet import PageMap, PaperGrid, Sheet
from ecgengine.stages import Hints
from ecgengine_plugins.rectifiers.gridness import measure_gridness
from ecgengine_plugins.rectifiers.mesh_growth import link_crossings
from ecgengine_plugins.rectifiers.mesh_ink import measure_darkness
from ecgengine_plugins.rectifiers.mesh_seeds import find_seeds
from ecgengine_plugins.rectifiers.mesh_surface import fit_surface, refine_nodes
from ecgengine_plugins.rectifiers.options import MeshOptions

PERIOD_MM = 5.0
PARTS = 4


class MeshRectifier:
    """Lays photos of curled, folded and crumpled paper flat along their grid."""

    def __init__(self, options: MeshOptions) -> None:
        self._options = options

    def rectify(self, page: Page, hints: Hints) -> Sheet:
        """Find the grid; raises NoEcgFoundError naming a way out when there is none."""
        gridness = measure_gridness(page.image)
        seeds = find_seeds(gridness.values)
        darkness = measure_darkness(page.image, gridness.values.shape)
        mesh = link_crossings(gridness.values, darkness, seeds)
        if mesh is None:
            raise NoEcgFoundError(f"{page.name}: no ECG grid was found.")
        surface = fit_surface(gridness.values, mesh)
        nodes = (surface.nodes + 0.5) * gridness.px_per_px - 0.5
        scales = (
            np.linalg.norm(np.diff(nodes, axis=1), axis=-1),
            np.linalg.norm(np.diff(nodes, axis=0), axis=-1),
        )
        scale = float(max(np.median(s) for s in scales)) / PERIOD_MM
        scale = min(scale, self._options.max_px_per_mm)
        fine = refine_nodes(nodes, PARTS)
        step = PERIOD_MM * scale / PARTS
        rows, columns = fine.shape[:2]
        page_map = PageMap(fine, step, step)
        width, height = int((columns - 1) * step) + 1, int((rows - 1) * step) + 1
        return Sheet(
            image=resample_sheet(page.image, page_map, width, height),
            px_per_mm_x=scale,
            px_per_mm_y=scale,
            page_map=page_map,
            scale_source="grid",
            grid=PaperGrid(0.0, 0.0, 1.0, 5.0),
            confidence=1.0,
            residual_mm=0.0,
        )
