"""Lay a synthetic page flat by its own truth, as a perfect rectifier would."""

from __future__ import annotations

from ecgengine.data.page import Page
from ecgengine.data.sheet import PaperGrid, Sheet
from ecgengine.geometry.flattening import resample_sheet
from ecgengine.truth.case import PageTruth


def true_sheet(page: Page, truth: PageTruth) -> Sheet:
    """Lay a synthetic page flat by its own truth, at its own typical scale.

    It is what a perfect rectifier gives: for judging the stages after it, and for training them.
    """
    scale = truth.px_per_mm
    width, height = (round(side * scale) for side in truth.paper_mm)
    page_map = truth.paper_map.page_map(scale, *truth.paper_mm)
    light_mm, heavy_mm = truth.grid_mm
    printed = light_mm is not None or heavy_mm is not None
    # Grid lines lie on whole millimeters from the corner, pixel centers half a pixel inward.
    grid = PaperGrid(-0.5, -0.5, light_mm, heavy_mm) if printed else None
    return Sheet(
        image=resample_sheet(page.image, page_map, width, height),
        px_per_mm_x=scale,
        px_per_mm_y=scale,
        page_map=page_map,
        scale_source="given",
        residual_mm=0.0,
        grid=grid,
    )
