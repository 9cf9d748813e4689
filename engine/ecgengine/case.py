"""The case: a page with its truth, as datasets give it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ecgengine.lattice import read_lattice
from ecgengine.page import Page, Source
from ecgengine.sheet import PageMap
from ecgengine.signals import Signals
from ecgengine.strips import Calibration

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1."""

_NEWTON_ROUNDS = 30
_FAR_MM = 1e-6


@dataclass(frozen=True, slots=True)
class PaperMap:
    """The map from page pixels to millimeters of paper, as a lattice read bilinearly.

    Paper millimeters count from the sheet's upper left corner, x along time, y downward.

    Attributes:
        nodes_mm: (R, C, 2) float64, the paper (x, y) of the page point (column * step_px,
            row * step_px).
        step_px: page pixels between lattice nodes.
    """

    nodes_mm: NDArray[np.float64]
    step_px: float

    def to_paper(self, points_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map (N, 2) page points (x, y) to paper millimeters; linear beyond the edges."""
        return read_lattice(self.nodes_mm, self.step_px, self.step_px, points_px)

    def to_page(self, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map (N, 2) paper points in millimeters to page pixels; NaN where none is found.

        Newton's method on the bilinear map; exact to a millionth of a millimeter.
        """
        goal = np.asarray(points_mm, dtype=np.float64)
        rows, columns = self.nodes_mm.shape[:2]
        size = np.array([columns - 1, rows - 1]) * self.step_px
        corners = self.nodes_mm[[0, 0, -1], [0, -1, 0]]
        frame = np.stack([corners[1] - corners[0], corners[2] - corners[0]], axis=1)
        points = np.linalg.solve(frame, (goal - corners[0]).T).T * size
        half = self.step_px / 4
        along_x, along_y = np.array([half, 0]), np.array([0, half])
        for _ in range(_NEWTON_ROUNDS):
            points = np.clip(points, -size, 2 * size)
            miss = self.to_paper(points) - goal
            if not np.any(np.abs(miss) > _FAR_MM):
                break
            (ax, ay), (bx, by) = (
                ((self.to_paper(points + way) - self.to_paper(points - way)) / (2 * half)).T
                for way in (along_x, along_y)
            )
            determinant = ax * by - ay * bx
            determinant = np.where(np.abs(determinant) < 1e-12, np.nan, determinant)
            step = [miss[:, 0] * by - miss[:, 1] * bx, ax * miss[:, 1] - ay * miss[:, 0]]
            points = points - np.stack(step, axis=1) / determinant[:, None]
        far = np.abs(self.to_paper(points) - goal).max(axis=1, initial=0) > 1e-3
        points[far] = np.nan
        return points

    def page_map(
        self, px_per_mm: float, width_mm: float, height_mm: float, step_mm: float = 2.0
    ) -> PageMap:
        """Give the map back from a flat sheet of `px_per_mm` to the page, as rectifiers do."""
        columns = int(np.ceil(width_mm / step_mm)) + 1
        rows = int(np.ceil(height_mm / step_mm)) + 1
        y_mm, x_mm = np.mgrid[:rows, :columns] * step_mm + 0.5 / px_per_mm
        points = self.to_page(np.stack([x_mm.ravel(), y_mm.ravel()], axis=1))
        step_px = step_mm * px_per_mm
        return PageMap(points.reshape(rows, columns, 2), step_px, step_px)


@dataclass(frozen=True, slots=True)
class PrintedStrip:
    """One stretch of one lead as it stands on the paper.

    Attributes:
        lead: lead name; a strip printed inverted has `inverted=True` and its plain name here.
        row: index of the row of leads from the top.
        rhythm: True for a rhythm strip under the short leads.
        start_s: its first instant on the recording's clock.
        duration_s: how long it lasts.
        x_mm: paper x of its first instant.
        zero_mm: paper y of zero millivolts.
        centerline_mm: (N, 2) float32, paper (x, y) of the pen's center.
        name_box_mm: the printed lead name on paper, or None when it has none.
        inverted: the lead is printed upside down (-aVR in Cabrera order).
    """

    lead: str
    row: int
    rhythm: bool
    start_s: float
    duration_s: float
    x_mm: float
    zero_mm: float
    centerline_mm: NDArray[np.float32]
    name_box_mm: Box | None = None
    inverted: bool = False


@dataclass(frozen=True, slots=True)
class PageTruth:
    """Everything about a page that was made, not found.

    Attributes:
        record: name of the recording that is printed.
        calibration: gain and speed of the print.
        paper_mm: width and height of the sheet.
        px_per_mm: typical scale of the picture (its exact scale varies with `paper_map`).
        grid_mm: distances of the printed grid lines, light and heavy; None for a kind not printed.
        pen_mm: width of the pen.
        paper_map: from page pixels to paper.
        strips: row by row, left to right.
        rules_mm: separators and calibration pulses, each as (N, 2) paper points of a pen's center.
        scale_boxes_mm: the printed paper speed and the printed gain on paper, or None.
        masks: share of each page pixel that is covered, (H, W) uint8, by what covers it (`trace`,
            `grid`, `text`); empty unless asked for.
    """

    record: str
    calibration: Calibration
    paper_mm: tuple[float, float]
    px_per_mm: float
    grid_mm: tuple[float | None, float | None]
    pen_mm: float
    paper_map: PaperMap
    strips: tuple[PrintedStrip, ...]
    rules_mm: tuple[NDArray[np.float32], ...] = ()
    scale_boxes_mm: tuple[Box, Box] | None = None
    masks: dict[str, NDArray[np.uint8]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """A page and what a perfect reading of it gives.

    Attributes:
        name: unique in its dataset, and fit for a file name.
        page: the picture.
        leads: the printed leads in millivolts; NaN where they are not printed.
        source: what kind of picture it is, or None when nobody says.
        layout: name of its layout, or None when nobody says.
        truth: geometry and masks, for pages that were made.
        file: the page's file as its `path` names it, for pages that were just made.
    """

    name: str
    page: Page
    leads: Signals
    source: Source | None = None
    layout: str | None = None
    truth: PageTruth | None = None
    file: bytes = field(default=b"", repr=False)
