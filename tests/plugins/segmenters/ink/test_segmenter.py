from __future__ import annotations

import numpy as np
import pytest

from ecgengine.data.sheet import Sheet
from ecgengine.geometry.page_map import PageMap

BLACK = (0, 0, 0)
RED = ((250, 215, 215), (235, 60, 60))
GRIDS = {
    "red": RED,
    "orange": ((255, 225, 190), (240, 140, 40)),
    "blue": ((205, 215, 250), (70, 90, 220)),
    "green": ((205, 240, 205), (40, 160, 60)),
    "gray": ((225, 225, 225), (160, 160, 160)),
}
INKS = {"black": (20, 20, 20), "blue": (30, 30, 170), "purple": (110, 20, 140)}


def errors(trace, painted):
    """Mean error of coverage on the ink, and root mean square error of its sums over columns."""
    near = painted.trace > 0.02
    columns = painted.trace.any(axis=0)
    sums = (trace - painted.trace).sum(axis=0)[columns]
    return np.abs(trace - painted.trace)[near].mean(), np.sqrt(np.mean(sums**2))


@pytest.mark.parametrize(
    ("grid", "ink"), [(grid, ink) for grid in GRIDS for ink in INKS if not grid == ink == "blue"]
)
def test_coverage_is_exact_on_colored_grids(painter, segmenter, grid, ink):
    painted = painter().grid(*GRIDS[grid]).curve(180)
    found = segmenter.segment(painted.sheet(INKS[ink]))
    error, sums_px = errors(found.trace[0], painted)
    assert error < 0.015
    assert sums_px < 0.12
    assert found.pen_width_px == pytest.approx(2.45, abs=0.2)
    assert found.trace[0][painted.trace == 0].sum() < 10


def test_edges_of_gray_pixels_are_kept_under_noise(painter, segmenter):
    painted = painter().grid(*RED).curve(180)
    found = segmenter.segment(painted.sheet((25, 25, 25), noise=4))
    error, sums_px = errors(found.trace[0], painted)
    assert error < 0.05
    assert sums_px < 0.25


def test_uneven_paper_does_not_pass_for_ink(painter, segmenter):
    painted = painter(paper=(240, 236, 225)).grid(*RED).curve(180)
    sheet = painted.sheet((25, 25, 25))
    shade = np.linspace(1.0, 0.6, sheet.image.shape[1])[None, :, None]
    dim = Sheet(
        (sheet.image * shade).astype(np.uint8),
        8.0,
        8.0,
        sheet.page_map,
        "grid",
        grid=sheet.grid,
    )
    found = segmenter.segment(dim)
    assert errors(found.trace[0], painted)[0] < 0.12
    assert found.trace[0][painted.trace == 0].sum() < 20


def test_a_trace_goes_on_through_black_lines_of_its_own_color(painter, segmenter):
    painted = painter(height=320).grid(None, BLACK, major_px=3).curve(190, pen_px=3)
    found = segmenter.segment(painted.sheet(BLACK))
    trace = found.trace[0]
    columns = painted.trace.any(axis=0)
    level = columns & (painted.trace.sum(axis=0) < 5)
    middle = np.arange(320) @ painted.trace[:, level] / painted.trace[:, level].sum(axis=0)
    read = np.arange(320) @ trace[:, level] / np.maximum(trace[:, level].sum(axis=0), 1e-9)
    assert np.quantile(np.abs(read - middle), 0.95) < 0.6
    assert trace[painted.trace == 0].sum() < 0.02 * painted.trace.sum()
    assert found.hidden is not None
    lines = np.all(painted.ground == 0, axis=2)
    assert found.hidden[lines].mean() > 0.9
    assert found.hidden[~lines].mean() < 0.05


def test_names_that_touch_a_trace_are_told_from_it(painter, segmenter):
    painted = painter(width=1400).grid(*RED).curve(180)
    for x in (240, 560, 880, 1200):
        painted.box(150, 204, x, x + 5).text("V1", x + 9, 240)
    stroke = np.array([[892.0, 190], [893, 200], [897, 262], [901, 200], [902, 190]])
    painted.polyline(stroke)
    found = segmenter.segment(painted.sheet(BLACK))
    letters = (painted.other > 0.9) & (painted.trace < 0.05)
    letters[:210] = False
    assert found.text[letters].mean() > 0.95
    assert found.trace[0][letters].mean() < 0.05
    core = painted.trace > 0.9
    core[:, :880] = core[:, 920:] = False
    assert found.trace[0][core].mean() > 0.7


def test_the_dark_edge_of_the_paper_is_no_ink(painter, segmenter):
    painted = painter().grid(*RED).curve(180, first=90)
    painted.ground[:, :40] = 0
    painted.ground[100:120, 44:52] = 0
    found = segmenter.segment(painted.sheet((20, 20, 20)))
    assert found.trace[0][:, :60].sum() == 0
    assert errors(found.trace[0], painted)[0] < 0.03


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (7, 5), (200, 300)])
@pytest.mark.parametrize("level", [255, 0, 128])
def test_an_empty_sheet_gives_an_empty_map(segmenter, painter, shape, level):
    image = np.full((*shape, 3), level, dtype=np.uint8)
    for px_per_mm in (0.5, 8.0):
        page_map = PageMap.affine(np.eye(2, 3), shape[1], shape[0])
        grid = painter(width=20, height=20).grid(BLACK, BLACK).sheet().grid
        found = segmenter.segment(Sheet(image, px_per_mm, px_per_mm, page_map, "given", grid=grid))
        assert found.trace.shape == (1, *shape)
        assert found.trace.dtype == np.float32
        assert not found.trace.any()


def test_noise_is_survived(segmenter, painter):
    image = np.random.default_rng(1).integers(0, 256, (150, 200, 3), dtype=np.uint8)
    sheet = Sheet(image, 8.0, 8.0, PageMap.affine(np.eye(2, 3), 200, 150), "given")
    found = segmenter.segment(sheet)
    assert np.all((found.trace >= 0) & (found.trace <= 1))


def test_the_sheet_is_not_changed_and_the_answer_is_repeatable(painter, segmenter):
    sheet = painter().grid(*RED).curve(180).sheet()
    before = sheet.image.copy()
    first, second = segmenter.segment(sheet), segmenter.segment(sheet)
    assert np.array_equal(sheet.image, before)
    assert np.array_equal(first.trace, second.trace)


def test_registered_as_the_public_hook():
    from ecgengine_plugins.segmenters import hooks

    record = next(each for each in hooks.ecgengine_segmenters() if each.name == "ink")
    assert record.factory(record.options()).segment is not None
