from __future__ import annotations

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine.data.hints import Hints
from ecgengine.data.page import Page
from ecgengine.data.sheet import GridFit, PaperGrid, Sheet
from ecgengine.errors import NoEcgFoundError
from ecgengine.geometry.page_map import PageMap
from ecgengine.plugins.stages import Rectifier
from ecgengine.truth.case import Case, PageTruth
from ecgengine.truth.true_sheet import true_sheet
from ecgengine_plugins.datasets.options import SyntheticOptions
from ecgengine_plugins.datasets.synthetic import SyntheticDataset
from ecgengine_plugins.paper.lettering.print_marks import Orientation
from ecgengine_plugins.rectifiers import orientation
from ecgengine_plugins.rectifiers.grid.rectifier import GridRectifier
from ecgengine_plugins.rectifiers.mesh.rectifier import MeshRectifier
from ecgengine_plugins.rectifiers.options import GridOptions, MeshOptions
from ecgengine_plugins.rectifiers.orientation import find_orientation, stand_upright, turned

KINDS = ["render", "color-scan", "photo"]


@cache
def made(source: str) -> tuple[Case, PageTruth]:
    dataset = SyntheticDataset(SyntheticOptions(seed=3, pages=1, sources=source))
    case = dataset.load(dataset.names()[0])
    assert case.truth is not None
    return case, case.truth


def rectifier(source: str) -> Rectifier:
    if source == "photo":
        return MeshRectifier(
            MeshOptions.model_validate({}), GridRectifier(GridOptions.model_validate({}))
        )
    return GridRectifier(GridOptions.model_validate({}))


def upright_page(
    points: NDArray[np.float64], quarters: int, size: tuple[int, int]
) -> NDArray[np.float64]:
    """Points of a page that was turned by quarters to the left, on the page as it was."""
    width, height = size if quarters % 2 == 0 else size[::-1]
    for _ in range(quarters):
        width, height = height, width
        points = np.column_stack([width - 1 - points[:, 1], points[:, 0]])
    return points


@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize("source", KINDS)
def test_a_page_comes_out_upright_however_it_was_turned(source: str, quarters: int) -> None:
    case, truth = made(source)
    image = np.ascontiguousarray(np.rot90(case.page.image, quarters))
    sheet = next(rectifier(source).rectify(Page(image, "page", "page.png"), Hints()))
    height, width = sheet.image.shape[:2]
    start = np.array([[0.4 * width, 0.4 * height]])
    step = 20 * np.array([[sheet.px_per_mm_x, 0], [0, sheet.px_per_mm_y]])
    points = sheet.page_map.to_page(np.concatenate([start, start + step]))
    size = (case.page.image.shape[1], case.page.image.shape[0])
    paper = truth.paper_map.to_paper(upright_page(points, quarters, size))
    assert np.abs(paper[1:] - paper[0] - 20 * np.eye(2)).max() < 0.5
    assert not any("which way up" in note for note in sheet.notes)


@pytest.mark.parametrize("source", KINDS)
def test_a_mirrored_page_is_refused(source: str) -> None:
    image = np.ascontiguousarray(made(source)[0].page.image[:, ::-1])
    with pytest.raises(NoEcgFoundError, match=r"page: .*mirrored.*Flip the picture"):
        next(rectifier(source).rectify(Page(image, "page", "page.png"), Hints()))


@pytest.mark.parametrize(("characters", "refused"), [(5, False), (6, True)])
def test_a_few_characters_do_not_make_a_page_mirrored(
    monkeypatch: pytest.MonkeyPatch, characters: int, refused: bool
) -> None:
    class Blurred:
        def read(self, turn: Orientation) -> tuple[int, int]:
            return 0, characters if turn == Orientation(0, True) else 1

    monkeypatch.setattr(orientation, "find_marks", lambda sheet: Blurred())
    case, truth = made("photo")
    turn = find_orientation(true_sheet(case.page, truth))
    assert (turn is not None and turn.mirrored) == refused


@pytest.mark.parametrize("quarters", range(4))
def test_a_turned_sheet_keeps_its_map_and_its_grid(quarters: int) -> None:
    case, truth = made("photo")
    seen = np.arange(6.0).reshape(2, 3) / 6
    fit = GridFit(0.01 * seen, seen)
    sheet = replace(true_sheet(case.page, truth), grid_fit=fit)
    again = turned(turned(sheet, quarters), (4 - quarters) % 4)
    np.testing.assert_array_equal(again.image, sheet.image)
    assert again.grid_fit is not None
    np.testing.assert_array_equal(again.grid_fit.seen, seen)
    np.testing.assert_array_equal(again.grid_fit.residual_mm, 0.01 * seen)
    if quarters == 1:
        once = turned(sheet, 1)
        assert once.grid_trust(np.array([0.0]), np.array([0.0]))[0] == fit.trust[0, -1]
    points = np.random.default_rng(1).uniform(0, min(sheet.image.shape[:2]), (50, 2))
    away = again.page_map.to_page(points) - sheet.page_map.to_page(points)
    assert np.abs(away).max() < 0.05
    assert again.grid is not None
    assert sheet.grid is not None
    period_px = 5 * sheet.px_per_mm_x
    for one, other in (
        (again.grid.origin_x_px, sheet.grid.origin_x_px),
        (again.grid.origin_y_px, sheet.grid.origin_y_px),
    ):
        assert abs((one - other + period_px / 2) % period_px - period_px / 2) < 1e-6


def drawn(*, pulse: bool) -> Sheet:
    """A sheet of 8 px/mm with a level trace, and a calibration pulse before it."""
    image = np.full((800, 1200, 3), 250, np.uint8)
    corners = [[40, 400], [60, 400], [60, 320], [100, 320], [100, 400]] if pulse else [[40, 400]]
    line = np.array([*corners, [1150, 400]], np.int32)
    cv2.polylines(image, [line], False, (10, 10, 10), 3)
    identity = np.array([[1.0, 0, 0], [0, 1.0, 0]])
    page_map = PageMap.affine(identity, 1200, 800)
    return Sheet(image, 8.0, 8.0, page_map, "given", grid=PaperGrid(0.0, 0.0))


@pytest.mark.parametrize("quarters", range(4))
def test_a_pulse_tells_where_no_word_does(quarters: int) -> None:
    assert find_orientation(turned(drawn(pulse=True), quarters)) == Orientation((4 - quarters) % 4)


def test_a_page_that_tells_nothing_stays_and_says_so() -> None:
    sheet = drawn(pulse=False)
    kept = stand_upright("page", sheet)
    assert kept.image is sheet.image
    assert any("which way up" in note for note in kept.notes)
