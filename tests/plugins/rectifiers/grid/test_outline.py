from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine.data.hints import Hints
from ecgengine.data.page import Page
from ecgengine_plugins.rectifiers.grid.outline import find_corners, lay_outline_flat
from ecgengine_plugins.rectifiers.grid.rectifier import GridRectifier
from ecgengine_plugins.rectifiers.options import GridOptions

PX_PER_MM = 5.0
SEEN = np.array([[150, 120], [1400, 60], [1480, 1010], [90, 960]], np.float32)


def paper(across_mm: float, down_mm: float, pulses: int = 3) -> NDArray[np.uint8]:
    """White paper without a grid: rows of a level trace, each behind a calibration pulse."""
    image = np.full((round(down_mm * PX_PER_MM), round(across_mm * PX_PER_MM), 3), 240, np.uint8)
    for row in range(pulses):
        y = 200 + 200 * row
        feet = [[60, y], [70, y], [70, y - 50], [95, y - 50], [95, y], [1200, y]]
        cv2.polylines(image, [np.array(feet, np.int32)], False, (20, 20, 20), 2)
    return image


def photo(
    sheet: NDArray[np.uint8], corners: NDArray[np.float32]
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """A sheet on a dark table, its corners where they are given; and the map to the picture."""
    height, width = sheet.shape[:2]
    edges = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - 0.5
    there = cv2.getPerspectiveTransform(edges.astype(np.float32), corners)
    seen = cv2.warpPerspective(sheet, there, (1600, 1100), borderValue=(40, 45, 50))
    noise = np.random.default_rng(4).normal(0, 2, seen.shape)
    return np.clip(seen + noise, 0, 255).astype(np.uint8), np.asarray(there, dtype=np.float64)


def test_corners_are_found_to_a_pixel() -> None:
    image = photo(paper(297, 210), SEEN)[0]
    corners = find_corners(image)
    assert corners is not None
    assert np.abs(corners - SEEN).max() < 2.5


@pytest.mark.parametrize("size_mm", [(297.0, 210.0), (279.4, 215.9), (290.0, 148.0)])
def test_paper_of_a_usual_size_is_laid_flat(size_mm: tuple[float, float]) -> None:
    across, down = size_mm
    # Seen from straight above, but turned: its shape is what it is.
    turn, middle = np.radians(4.0), np.array([800.0, 550.0])
    rotate = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * np.array(size_mm) / 2
    corners = (4.2 * half @ rotate.T + middle).astype(np.float32)
    image, there = photo(paper(across, down), corners)
    sheet = lay_outline_flat(image, 12.0)
    assert sheet is not None
    assert sheet.scale_source == "paper"
    assert f"{across:g} x {down:g} mm" in sheet.notes[0]
    paper_mm = np.array([[20.0, 20], [200, 30], [220, 130], [40, 120]])
    drawn = (paper_mm * PX_PER_MM - 0.5)[None]
    points = cv2.perspectiveTransform(drawn, there)[0]
    found = sheet.page_map.to_page(paper_mm * sheet.px_per_mm_x - 0.5)
    assert np.abs(found - points).max() < 0.5 * 4.2


def test_a_sheet_that_is_not_wholly_seen_is_none() -> None:
    cut = SEEN + np.array([300, 0], np.float32)
    assert find_corners(photo(paper(297, 210), cut)[0]) is None


def test_paper_of_no_usual_shape_is_none() -> None:
    square = np.array([[200, 100], [1000, 100], [1000, 900], [200, 900]], np.float32)
    assert lay_outline_flat(photo(paper(200, 200), square)[0], 12.0) is None


def test_the_grid_rectifier_falls_back_on_the_outline() -> None:
    page = Page(photo(paper(297, 210), SEEN)[0], "page", "page.png")
    sheet = next(GridRectifier(GridOptions.model_validate({})).rectify(page, Hints()))
    assert sheet.scale_source == "paper"
