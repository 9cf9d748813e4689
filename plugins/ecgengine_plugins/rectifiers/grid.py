"""The rectifier `grid`: fits the printed grid over the whole page and lays the sheet along it."""

from __future__ import annotations

from ecgengine.errors import NoEcgFoundError
from ecgengine.page import Page
from ecgengine.sheet import Sheet
from ecgengine.stages import Hints
from ecgengine_plugins.rectifiers.lattice import find_lattice
from ecgengine_plugins.rectifiers.options import GridOptions
from ecgengine_plugins.rectifiers.resample import lay_flat

ADVICE = "give the scale with --px-per-mm"


class GridRectifier:
    """Finds scale, rotation, shear and smooth warp of the grid of scans and renders."""

    def __init__(self, options: GridOptions) -> None:
        self._options = options

    def rectify(self, page: Page, hints: Hints) -> Sheet:
        """Find grid and scale; raises NoEcgFoundError naming `--px-per-mm` when there is none."""
        lattice = find_lattice(page.image, self._options.max_angle_deg)
        if lattice is not None and lattice.confidence >= self._options.min_confidence:
            return lay_flat(page.image, lattice)
        raise NoEcgFoundError(f"{page.name}: no grid was found; {ADVICE}")
