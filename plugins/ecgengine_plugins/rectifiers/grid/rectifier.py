"""The rectifier `grid`: fits the printed grid over the whole page and lays the sheet along it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.hints import Hints
from ecgengine.data.page import Page
from ecgengine.data.sheet import Sheet
from ecgengine.errors import NoEcgFoundError
from ecgengine_plugins.rectifiers.grid import tuning
from ecgengine_plugins.rectifiers.grid.bare import as_it_is, lay_bare, level_rows
from ecgengine_plugins.rectifiers.grid.feeding import even_feed
from ecgengine_plugins.rectifiers.grid.flatness import measure_flatness, see_grid
from ecgengine_plugins.rectifiers.grid.lattice import (
    Lattice,
    find_lattice,
    find_lines,
    fit_lattice,
)
from ecgengine_plugins.rectifiers.grid.resample import lay_flat
from ecgengine_plugins.rectifiers.options import GridOptions
from ecgengine_plugins.rectifiers.orientation import stand_upright
from ecgengine_plugins.rectifiers.regions import fit_by_region

ADVICE = "Give the scale with --px-per-mm X,Y if you know it"


class GridRectifier:
    """Finds scale, rotation, shear and smooth warp of the grid of scans and renders.

    Where no grid is to be seen, something else on the page gives the scale (see `lay_bare`).
    """

    def __init__(self, options: GridOptions) -> None:
        self._options = options

    def rectify(self, page: Page, hints: Hints) -> Iterator[Sheet]:
        """Yield the sheet; raises NoEcgFoundError naming `--px-per-mm` when there is no scale.

        The sheet stands upright if its print tells; a mirrored page is refused. What was drawn
        flat by a machine is left as it is, what was scanned is freed of an uneven feed.
        """
        yield _finished(page, self._along_grid(page, hints))

    def rectify_flat(self, page: Page) -> Sheet | None:
        """Give the sheet of a page that its grid tells to lie flat; None where that is not sure.

        Raises NoEcgFoundError for a mirrored page.
        """
        lines = find_lines(page.image, self._options.max_angle_deg)
        flatness = None if lines is None else measure_flatness(lines)
        if lines is None or flatness is None or not flatness.lies_flat:
            return None
        lattice = fit_lattice(lines, tuning.WARP_SPANS)
        sheet = self._believed(page.image, lattice)
        if sheet is None:
            return None
        sheet = _finished(page, sheet)
        return replace(sheet, grid_fit=fit_by_region(sheet, partial(see_grid, lines, lattice)))

    def _along_grid(self, page: Page, hints: Hints) -> Sheet:
        """Lay a page flat along its grid, whichever way up; raises NoEcgFoundError."""
        most_deg = self._options.max_angle_deg
        lattice = find_lattice(page.image, most_deg, tuning.WARP_SPANS, hints.px_per_mm)
        sheet = None if lattice is None else self._believed(page.image, lattice)
        if lattice is not None and sheet is not None:
            if hints.px_per_mm is None:
                return sheet
            return _with_scale(sheet, lattice, hints.px_per_mm)
        if hints.px_per_mm is not None:
            note = "No grid was seen; the scale is the one given."
            return as_it_is(level_rows(page.image), hints.px_per_mm, "given", 1.0, note)
        bare = lay_bare(page, self._options.max_px_per_mm)
        if bare is not None:
            return bare
        raise NoEcgFoundError(f"{page.name}: {_reason(lattice)}. {ADVICE}.")

    def _believed(self, image: NDArray[np.uint8], lattice: Lattice) -> Sheet | None:
        """Lay a page flat; None where too little of it agrees with the lattice."""
        if lattice.confidence < tuning.HOPELESS:
            return None
        sheet = self._lay_flat(image, lattice)
        return sheet if sheet.confidence >= self._options.min_confidence else None

    def _lay_flat(self, image: NDArray[np.uint8], lattice: Lattice) -> Sheet:
        """Lay a page flat; one that is curled much, again from how flat it came out."""
        finest = self._options.max_px_per_mm
        sheet = lay_flat(image, lattice, finest)
        for _ in range(tuning.MOST_PASSES):
            if lattice.residual_mm < tuning.GOOD_MM:
                break
            scale = (sheet.px_per_mm_x, sheet.px_per_mm_y)
            again = find_lattice(sheet.image, tuning.LEFT_TURN_DEG, tuning.FINE_SPANS, scale)
            if again is None or again.confidence < lattice.confidence:
                break
            if again.residual_mm > 0.95 * lattice.residual_mm:
                break
            lattice, sheet = again, lay_flat(image, again, finest, through=sheet)
        return sheet


def _finished(page: Page, sheet: Sheet) -> Sheet:
    """Stand a sheet upright and undo an uneven feed; what was drawn flat had none."""
    sheet = stand_upright(page.name, sheet)
    return sheet if sheet.page_map.is_affine else even_feed(page.image, sheet)


def _with_scale(sheet: Sheet, lattice: Lattice, px_per_mm: tuple[float, float]) -> Sheet:
    """Let the scale of the page that the user gives overrule that of its grid."""
    factor = np.array(px_per_mm) / lattice.px_per_mm
    return replace(
        sheet,
        px_per_mm_x=sheet.px_per_mm_x * float(factor[0]),
        px_per_mm_y=sheet.px_per_mm_y * float(factor[1]),
        scale_source="given",
    )


def _reason(lattice: Lattice | None) -> str:
    if lattice is None:
        return "no ECG grid and no calibration pulse was found"
    return (
        "lines like an ECG grid were seen, but too few agree on one sheet (confidence "
        f"{lattice.confidence:.2f}); a photo of curled or folded paper needs a flat scan instead"
    )
