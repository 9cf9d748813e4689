"""The sheet: the paper laid flat, its grid upright and its scale known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ecgengine.geometry.page_map import PageMap

_ENOUGH_SEEN = 0.25
_DOUBTFUL_MM = 0.08
_GUESSED = 0.5

ScaleSource = Literal["grid", "pulse", "paper", "dpi", "given"]


@dataclass(frozen=True, slots=True)
class PaperGrid:
    """Where the printed grid lines lie on a sheet; they run exactly along its rows and columns.

    Attributes:
        origin_x_px: x of one heavy (5 mm) vertical line, or of any line when weights are alike.
        origin_y_px: y of one heavy horizontal line.
        minor_mm: distance of the light lines, 1.0, or None when only heavy ones are printed.
        major_mm: distance of the heavy lines, 5.0, or None when all lines weigh the same.
    """

    origin_x_px: float
    origin_y_px: float
    minor_mm: float | None = 1.0
    major_mm: float | None = 5.0


@dataclass(frozen=True, slots=True)
class GridFit:
    """How well the printed grid was seen and fitted in each of R x C equal regions of a sheet.

    Attributes:
        residual_mm: (R, C) root mean square distance of the lines found from the lines fitted;
            NaN where none was found.
        seen: (R, C) share of the grid that was found, 0 to 1.
    """

    residual_mm: NDArray[np.float64]
    seen: NDArray[np.float64]

    @property
    def trust(self) -> NDArray[np.float64]:
        """(R, C) how sure the place of the grid is: 1 where it was seen, half where it is a guess.

        On synthetic photos nine in ten places are right to 0.04 mm where most lines were found,
        and to 0.07 to 0.5 mm where a few or none were (`benchmarks/geometry.py`).
        """
        share = np.minimum(self.seen / _ENOUGH_SEEN, 1.0)
        doubt = np.where(np.isfinite(self.residual_mm), self.residual_mm, 0.0) / _DOUBTFUL_MM
        return np.asarray(_GUESSED + (1 - _GUESSED) * share / (1 + doubt**2))


@dataclass(frozen=True, slots=True)
class Sheet:
    """The paper laid flat: grid lines upright, pixels per millimeter known.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        px_per_mm_x: pixels per millimeter of paper along time.
        px_per_mm_y: pixels per millimeter of paper along voltage.
        page_map: map from sheet pixels to pixels of the page that was read.
        scale_source: what the scale was taken from; paper is its outline and usual size.
        confidence: 0 to 1, how sure the rectifier is of scale and grid.
        residual_mm: root mean square distance of grid lines found from grid lines fitted; NaN
            when no grid was used.
        grid: the printed grid, or None when there is none to see.
        grid_fit: how well the grid was fitted, region by region; None where that is not known.
        notes: sentences for the user about what was assumed.
    """

    image: NDArray[np.uint8]
    px_per_mm_x: float
    px_per_mm_y: float
    page_map: PageMap
    scale_source: ScaleSource
    confidence: float = 1.0
    residual_mm: float = float("nan")
    grid: PaperGrid | None = None
    grid_fit: GridFit | None = None
    notes: tuple[str, ...] = ()

    @property
    def scale_is_rough(self) -> bool:
        """Whether the scale comes from pulses or from the usual paper: right to a percent or so."""
        return self.scale_source in ("pulse", "paper")

    def grid_trust(
        self, x_px: NDArray[np.float64], y_px: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Read the trust in the grid at (N,) points, 1 where no fit is known; y may be NaN."""
        if self.grid_fit is None:
            return np.ones(x_px.size)
        trust = self.grid_fit.trust
        rows, columns = trust.shape
        height, width = self.image.shape[:2]
        column = np.clip(x_px * columns / width, 0, columns - 1).astype(np.intp)
        row = np.clip(np.nan_to_num(y_px) * rows / height, 0, rows - 1).astype(np.intp)
        return np.asarray(trust[row, column])
