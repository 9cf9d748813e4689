from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine_plugins.rectifiers.grid.flatness import Flatness, measure_flatness, see_grid
from ecgengine_plugins.rectifiers.grid.lattice import StraightLines, find_lines, fit_lattice

if TYPE_CHECKING:
    from conftest import Paper


def lines_of(image: NDArray[np.uint8]) -> StraightLines:
    lines = find_lines(image, 16.0)
    assert lines is not None
    return lines


def flatness(image: NDArray[np.uint8]) -> Flatness:
    found = measure_flatness(lines_of(image))
    assert found is not None
    return found


@pytest.mark.parametrize("angle_deg", [0.0, 1.3, 9.0])
def test_a_page_that_its_grid_fills_lies_flat_unless_it_is_turned(
    paper: type[Paper], angle_deg: float
) -> None:
    found = flatness(paper(angle_deg=angle_deg, noise=4).image)
    assert found.bent_mm < 0.03
    assert found.buckled_mm <= found.bent_mm + 0.01
    assert found.period_mm == 5.0
    assert found.share > 0.9
    assert abs(found.turn_deg) == pytest.approx(angle_deg, abs=0.05)
    assert found.lies_flat == (angle_deg < 4)


def test_shifted_rows_bend_a_page_and_do_not_buckle_it(paper: type[Paper]) -> None:
    page = paper(width=1500, height=1100)
    y, x = np.mgrid[: page.height, : page.width].astype(np.float32)
    feed_px = (2.5 * np.sin(x / 120)).astype(np.float32)
    found = flatness(cv2.remap(page.image, x + feed_px, y, cv2.INTER_LINEAR))
    assert found.bent_mm == pytest.approx(2.5 / 5.0, abs=0.12)
    assert found.buckled_mm < 0.1
    assert found.lies_flat


@pytest.mark.parametrize("curl_px", [3.0, 8.0])
def test_paper_that_buckles_does_not_lie_flat(paper: type[Paper], curl_px: float) -> None:
    page = paper(width=1500, height=1100)
    y, x = np.mgrid[: page.height, : page.width].astype(np.float32)
    curl = (curl_px * np.sin(x / 160) * np.sin(y / 130)).astype(np.float32)
    image = cv2.remap(page.image, x + curl, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    assert not flatness(image).lies_flat


def test_where_lines_are_as_clear_beyond_the_grid_another_sheet_may_lie(
    paper: type[Paper],
) -> None:
    large, small = paper(width=1200, height=900), paper(width=450, height=900, angle_deg=7.0)
    blank = np.full_like(small.image, 255)
    alone, beside = (np.hstack([large.image, rest]) for rest in (blank, small.image))
    assert flatness(alone).beyond < 0.03
    assert flatness(alone).lies_flat
    assert flatness(beside).beyond > 0.2
    assert not flatness(beside).lies_flat


def test_the_grid_is_seen_where_it_is_and_not_in_a_hole(paper: type[Paper]) -> None:
    page = paper(angle_deg=2.0, covered=(0.0, 0.3, 1.0, 1.0), beats=0)
    page.image[500:750, 600:900] = 255
    places = np.array([[300.0, 400.0], [300.0, 120.0], [750.0, 625.0], [1000.0, 300.0]])
    lines = lines_of(page.image)
    sure, away_mm = see_grid(lines, fit_lattice(lines, 10), places)
    assert sure.tolist() == [True, False, False, True]
    assert away_mm[sure].max() < 0.03
