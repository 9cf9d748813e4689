from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine.data.hints import Hints
from ecgengine.data.page import Page
from ecgengine.data.sheet import PaperGrid, Sheet
from ecgengine.geometry.page_map import PageMap
from ecgengine_plugins.datasets.options import SyntheticOptions
from ecgengine_plugins.datasets.synthetic import SyntheticDataset
from ecgengine_plugins.rectifiers.grid.feeding import even_feed, jerks_mm, line_shifts, rounding_mm
from ecgengine_plugins.rectifiers.grid.rectifier import GridRectifier
from ecgengine_plugins.rectifiers.gridness import measure_gridness
from ecgengine_plugins.rectifiers.options import GridOptions

if TYPE_CHECKING:
    from conftest import Paper

PX_PER_MM = 7.5

Feed = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def ahead_mm(mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """A feed that loses 0.4 mm over 25 mm and makes up for it in 15."""
    return np.interp(mm, [60.0, 85.0, 100.0], [0.0, 0.4, 0.0])


def jerky_mm(mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """A feed that slips within two millimeters."""
    return np.interp(mm, [60.0, 62.0, 100.0, 102.0, 150.0, 152.0], [0.0, 0.4, 0.4, 0.0, 0.0, -0.3])


def blip_mm(mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """A feed that slips under three lines and is back in place after them."""
    return np.interp(mm, [99.4, 99.6, 102.4, 102.6], [0.0, 0.3, 0.3, 0.0])


def slipped(image: NDArray[np.uint8], feed_mm: Feed) -> NDArray[np.uint8]:
    """A picture as a scanner gives it whose feed slips along x."""
    x, y = np.meshgrid(np.arange(image.shape[1]), np.arange(image.shape[0]))
    there = x - PX_PER_MM * feed_mm(x / PX_PER_MM)
    flow = there.astype(np.float32), y.astype(np.float32)
    return cv2.remap(image, *flow, cv2.INTER_CUBIC).astype(np.uint8, copy=False)


def scanned(paper: type[Paper], feed_mm: Feed | None = None) -> tuple[NDArray[np.uint8], Sheet]:
    drawn = paper(width=1500, height=800, px_per_mm=(PX_PER_MM, PX_PER_MM), noise=3.0)
    image = slipped(drawn.image, feed_mm) if feed_mm else drawn.image
    grid = PaperGrid(*((5 - drawn.matrix[:, 2]) * PX_PER_MM))
    page_map = PageMap.affine(np.array([[1.0, 0, 0], [0, 1.0, 0]]), 1500, 800)
    return image, Sheet(image, PX_PER_MM, PX_PER_MM, page_map, "grid", grid=grid)


def test_a_feed_that_slips_is_evened(paper: type[Paper]) -> None:
    image, sheet = scanned(paper, ahead_mm)
    even = even_feed(image, sheet)
    mm = np.arange(5.0, 190.0)
    places = np.stack([PX_PER_MM * mm, np.full(mm.size, 400.0)], axis=1)
    before = ahead_mm(mm)
    # Where the paper of a place on the even sheet lies on the page, and where it was drawn.
    seen_mm = even.page_map.to_page(places)[:, 0] / PX_PER_MM
    after = seen_mm - ahead_mm(seen_mm) - mm
    assert np.abs(before).max() > 0.35
    assert np.abs(after).max() < 0.5 * np.abs(before).max()
    assert np.sqrt(np.mean(after**2)) < 0.3 * np.sqrt(np.mean(before**2))


def test_a_jerk_of_three_lines_is_evened(paper: type[Paper]) -> None:
    image, sheet = scanned(paper, blip_mm)
    even = even_feed(image, sheet)
    mm = np.array([60.0, 90.0, 97.0, 100.5, 101.0, 101.5, 105.0, 120.0])
    places = np.stack([PX_PER_MM * mm, np.full(mm.size, 400.0)], axis=1)
    seen_mm = even.page_map.to_page(places)[:, 0] / PX_PER_MM
    assert np.abs(seen_mm - blip_mm(seen_mm) - mm).max() < 0.1


def test_neighbors_that_are_clear_and_out_by_the_same_were_moved() -> None:
    numbers = np.array([1.0, 2, 3, 4, 6, 7, 8, 9, 10, 11])
    away = np.array([0.0, 0.3, 0.28, 0.3, 0.3, 0.0, -0.2, -0.4, 0.3, 0.3])
    match = np.array([0.99, 0.99, 0.99, 0.8, 0.99, 0.99, 0.99, 0.99, 0.99, 0.8])
    np.testing.assert_array_equal(jerks_mm(numbers, away, match), [0, 0.3, 0.28, *[0.0] * 7])


def test_an_even_sheet_is_left_as_it_is(paper: type[Paper]) -> None:
    image, sheet = scanned(paper)
    assert even_feed(image, sheet) is sheet


def test_a_sheet_without_a_grid_is_left_as_it_is() -> None:
    image = np.full((300, 400, 3), 255, np.uint8)
    page_map = PageMap.affine(np.array([[1.0, 0, 0], [0, 1.0, 0]]), 400, 300)
    blank = Sheet(image, 8.0, 8.0, page_map, "dpi")
    assert even_feed(image, blank) is blank
    gridless = Sheet(image, 8.0, 8.0, page_map, "grid", grid=PaperGrid(0.0, 0.0))
    assert even_feed(image, gridless) is gridless


def test_each_line_is_found_where_it_was_drawn() -> None:
    random = np.random.default_rng(3)
    distance, origin = 7.3, 4.0
    shifts = random.uniform(-0.2, 0.2, 80)
    x = np.arange(620)
    places = origin + distance * (np.arange(80) + shifts)
    lines = np.exp(-0.5 * ((x - places[:, None]) / 0.8) ** 2).max(axis=0)
    image = np.repeat((255 - 120 * lines)[None, :, None], 200, axis=0).repeat(3, axis=2)
    values = measure_gridness(image.astype(np.uint8)).values
    places, found, match = line_shifts(values, origin, distance)
    numbers = places.astype(int)
    inside = (numbers >= 2) & (numbers < 78)
    assert np.count_nonzero(inside) > 70
    # The mean line is as wide as the lines scatter, so that neighbors pull at each other a little.
    assert np.abs(found[inside] - shifts[numbers[inside]]).max() < 0.06
    assert match[inside].min() > 0.6


@pytest.mark.parametrize(("dpi", "phase"), [(200, 0.0), (150, 0.4), (96, 0.7)])
def test_lines_on_whole_pixels_are_told(dpi: int, phase: float) -> None:
    mm = np.arange(200.0)
    pixels = mm * dpi / 25.4
    off_mm = (np.round(pixels + phase) - pixels - phase) * 25.4 / dpi
    noise = np.random.default_rng(1).normal(0, 0.01, mm.size)
    told = rounding_mm(mm, off_mm + noise)
    assert np.median(np.abs(told - off_mm)) < 0.004


def test_scatter_without_a_raster_is_no_rounding() -> None:
    mm = np.arange(200.0)
    noise = np.random.default_rng(2).normal(0, 0.03, mm.size)
    assert not rounding_mm(mm, noise).any()


def test_a_scan_on_its_side_is_evened_along_its_own_time() -> None:
    made = SyntheticDataset(SyntheticOptions(seed=8, pages=1, sources="color-scan"))
    case = made.load(made.names()[0])
    assert case.truth is not None
    side = np.ascontiguousarray(np.rot90(slipped(case.page.image, jerky_mm)))
    sheet = next(GridRectifier(GridOptions()).rectify(Page(side, "page", "page.png"), Hints()))
    height, width = sheet.image.shape[:2]
    x = np.linspace(0.1 * width, 0.9 * width, 60)
    seen = sheet.page_map.to_page(np.stack([x, np.full(60, 0.5 * height)], axis=1))
    upright = np.stack([case.page.image.shape[1] - 1 - seen[:, 1], seen[:, 0]], axis=1)
    slip_mm = jerky_mm(upright[:, 0] / PX_PER_MM)
    upright[:, 0] -= PX_PER_MM * slip_mm
    off = case.truth.paper_map.to_paper(upright)[:, 0] - x / sheet.px_per_mm_x
    # The lattice of the grid alone leaves an eighth.
    assert np.std(off) < 0.1 * np.std(slip_mm)
