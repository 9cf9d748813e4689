from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine.data.hints import Hints
from ecgengine.data.page import Page
from ecgengine.data.sheet import Sheet
from ecgengine.errors import NoEcgFoundError
from ecgengine_plugins.paper.pulses.without_grid import stroke_darkness
from ecgengine_plugins.rectifiers.grid.bare import find_format, find_skew_deg
from ecgengine_plugins.rectifiers.grid.rectifier import GridRectifier
from ecgengine_plugins.rectifiers.options import GridOptions


def rectify(image: NDArray[np.uint8], dpi: tuple[float, float] | None = None) -> Sheet:
    page = Page(image, "page", "page.png", dpi=dpi)
    return next(GridRectifier(GridOptions()).rectify(page, Hints()))


def bare_rows(px_per_mm: float, pulses: bool) -> NDArray[np.uint8]:
    """A page without grid: wavy rows, each after a calibration pulse or not."""
    image = np.full((int(110 * px_per_mm), int(200 * px_per_mm), 3), 255, dtype=np.uint8)
    for row in range(3):
        base = 30.0 + 30 * row
        u = np.arange(20, 190, 0.2)
        v = base - 1.5 * np.sin(u / 3.3) - 9 * np.exp(-((((u + row) % 17.7 - 9) / 0.5) ** 2))
        wave = np.column_stack([u, v])
        pulse = np.array([[8, 0], [10, 0], [10, -10], [15, -10], [15, 0], [17, 0]], dtype=float)
        pulse[:, 1] += base
        for points in (wave, pulse) if pulses else (wave,):
            steps = np.round(points * px_per_mm * 16).astype(np.int32).reshape(-1, 1, 2)
            cv2.polylines(image, [steps], False, (0, 0, 0), 3, cv2.LINE_AA, 4)
    return image


@pytest.mark.parametrize("px_per_mm", [5.5, 7.874, 11.811])
def test_calibration_pulses_tell_the_scale_without_a_grid(px_per_mm: float) -> None:
    sheet = rectify(bare_rows(px_per_mm, pulses=True), dpi=(72.0, 72.0))
    assert sheet.scale_source == "pulse"
    assert sheet.px_per_mm_x == pytest.approx(px_per_mm, rel=0.01)
    assert sheet.px_per_mm_y == pytest.approx(px_per_mm, rel=0.01)
    assert sheet.notes


def test_the_resolution_of_the_file_is_the_last_resort() -> None:
    sheet = rectify(bare_rows(7.874, pulses=False), dpi=(200.0, 200.0))
    assert sheet.scale_source == "dpi"
    assert sheet.px_per_mm_x == pytest.approx(200 / 25.4)
    assert sheet.confidence < 0.5
    assert sheet.notes


@pytest.mark.parametrize("dpi", [None, (72.0, 72.0), (9600.0, 9600.0)])
def test_no_scale_at_all_is_an_error_that_says_what_to_do(
    dpi: tuple[float, float] | None,
) -> None:
    with pytest.raises(NoEcgFoundError, match="--px-per-mm"):
        rectify(bare_rows(9.0, pulses=False), dpi=dpi)


def turned(image: NDArray[np.uint8], degrees: float) -> NDArray[np.uint8]:
    """A page laid askew on the glass, clockwise."""
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -degrees, 1.0)
    askew = cv2.warpAffine(image, turn, (width, height), borderValue=(255, 255, 255))
    return askew.astype(np.uint8)


@pytest.mark.parametrize("degrees", [-4.0, -0.5, 0.0, 0.25, 3.0])
@pytest.mark.parametrize("quarters", [0, 1])
def test_rows_are_turned_level(degrees: float, quarters: int) -> None:
    askew = np.rot90(turned(bare_rows(6.0, pulses=False), degrees), quarters)
    found = find_skew_deg(stroke_darkness(np.ascontiguousarray(askew)))
    assert found == pytest.approx(degrees, abs=0.1)


def test_a_page_laid_askew_comes_out_level() -> None:
    sheet = rectify(turned(bare_rows(6.0, pulses=True), 2.0))
    ends = sheet.page_map.to_page(np.array([[0.0, 300.0], [1000.0, 300.0]]))
    across, down = ends[1] - ends[0]
    assert np.degrees(np.arctan2(down, across)) == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize(
    ("size_px", "paper_mm"),
    [
        ((2339, 1654), (297.0, 210.0)),
        ((1700, 2200), (215.9, 279.4)),
        ((2357, 1648), (300.0, 210.0)),
        ((1600, 1200), None),
        ((4000, 3000), None),
        ((1920, 1080), None),
    ],
)
def test_the_shape_of_a_picture_tells_its_paper(
    size_px: tuple[int, int], paper_mm: tuple[float, float] | None
) -> None:
    assert find_format(size_px) == paper_mm


def test_a_picture_that_is_a_whole_sheet_has_the_scale_of_its_paper() -> None:
    image = np.full((1654, 2339, 3), 255, np.uint8)
    rows = bare_rows(7.874, pulses=False)
    image[300 : 300 + rows.shape[0], 200 : 200 + rows.shape[1]] = rows
    sheet = rectify(image)
    assert sheet.scale_source == "paper"
    assert sheet.scale_is_rough
    assert sheet.px_per_mm_x == pytest.approx(7.874, rel=1e-3)
    assert "297 x 210 mm" in sheet.notes[0]
