"""The case: a page with its truth, as datasets give it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.page import Page
from ecgengine.data.source import Source
from ecgengine.data.strips import Calibration
from ecgengine.ecg.signals import Signals
from ecgengine.geometry.paper_map import PaperMap

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1."""


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
class PrintedWord:
    """A lead name, a paper speed or a gain as it stands on the paper.

    Attributes:
        means: the plain name of a lead, or `25 mm/s`, or `10 mm/mV`, however it is spelled.
        box_mm: where it stands on paper.
    """

    means: str
    box_mm: Box


@dataclass(frozen=True, slots=True)
class PageTruth:
    """Everything about a synthetic page.

    Attributes:
        record: name of the recording that is printed.
        calibration: gain and speed of the print.
        paper_mm: width and height of the sheet.
        px_per_mm: typical scale of the picture (its exact scale varies with `paper_map`).
        grid_mm: distances of the printed grid lines, light and heavy; None for a kind not printed.
        pen_mm: width of the pen.
        paper_map: from page pixels to paper.
        strips: row by row, left to right.
        rules_mm: separators, each as (N, 2) paper points of a pen's center.
        pulses_mm: calibration pulses, likewise.
        average_beats_mm: average beats, likewise; they are none of the strips.
        words: printed lead names (those of average beats, too), paper speeds and gains.
        masks: coverage of each page pixel, (H, W) uint8, by what covers it (`trace`, `grid`,
            `text`); empty unless asked for.
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
    pulses_mm: tuple[NDArray[np.float32], ...] = ()
    average_beats_mm: tuple[NDArray[np.float32], ...] = ()
    words: tuple[PrintedWord, ...] = ()
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
        truth: geometry and masks, for synthetic pages.
        file: the page's file as its `path` names it, for synthetic pages that no folder holds yet.
    """

    name: str
    page: Page
    leads: Signals
    source: Source | None = None
    layout: str | None = None
    truth: PageTruth | None = None
    file: bytes = field(default=b"", repr=False)
