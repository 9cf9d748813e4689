from __future__ import annotations

import numpy as np
import pytest

from ecgengine_plugins.segmenters.ink.coverage import PenCoverage, measure_coverage

BLACK = (0, 0, 0)
RED = ((250, 215, 215), (235, 60, 60))
GRAY = ((225, 225, 225), (160, 160, 160))


def coverage(painted, ink=BLACK, noise: float = 0.0) -> PenCoverage:
    found = measure_coverage(painted.sheet(ink, noise))
    assert found is not None
    return found


@pytest.mark.parametrize("grid", [RED, GRAY])
@pytest.mark.parametrize("ink", [BLACK, (110, 20, 140)])
def test_all_that_pens_draw_is_measured_to_its_gray_edges(painter, grid, ink):
    painted = painter().grid(*grid).curve(180).text("V1", 100, 100, 1.5)
    found = coverage(painted, ink)
    true = np.maximum(painted.trace, painted.other)
    assert np.abs(found.cover - true)[true > 0.02].mean() < 0.005
    assert found.cover[painted.other > 0.9].mean() > 0.99
    # Of lines nearly as dark as ink the crossings are not quite empty.
    assert found.cover[true == 0].mean() < 0.004
    assert found.pen_px == pytest.approx(2.65, abs=0.1)
    assert not found.hidden.any()
    assert not found.margin.any()
    assert not found.frame.any()


@pytest.mark.parametrize("scale", [3.5, 5.0, 12.0])
def test_other_scales(painter, scale):
    pen = 0.3 * scale
    painted = painter(width=round(80 * scale), height=round(36 * scale), px_per_mm=scale)
    found = coverage(
        painted.grid(*RED).curve(22 * scale, pen_px=pen, first=3 * scale), (20, 20, 20)
    )
    assert np.abs(found.cover - painted.trace)[painted.trace > 0.02].mean() < 0.03
    assert found.scale == scale
    assert found.pen_px == pytest.approx(pen, abs=0.3)


def test_noise_leaves_the_edges_gray(painter):
    painted = painter().grid(*RED).curve(180)
    found = coverage(painted, (25, 25, 25), noise=4)
    edges = (painted.trace > 0.3) & (painted.trace < 0.7)
    assert np.abs(found.cover - painted.trace)[edges].mean() < 0.03


def test_the_pen_is_measured_on_the_traces_that_are_asked_for(painter):
    painted = painter(height=420).grid(*RED).curve(130, pen_px=2.4).curve(330, pen_px=5.0)
    found = coverage(painted)
    upper = found.cover.copy()
    upper[230:] = 0
    assert found.width_of(upper) == pytest.approx(2.65, abs=0.1)
    assert found.width_of(found.cover - upper) == pytest.approx(5.15, abs=0.1)
    assert found.width_of(np.zeros_like(upper)) == found.pen_px


def test_lines_as_dark_as_ink_hide_what_lies_under_them(painter):
    painted = painter(height=320).grid(None, BLACK, major_px=3).curve(190, pen_px=3)
    found = coverage(painted)
    lines = np.all(painted.ground == 0, axis=2)
    for where in (found.hidden, found.unseen, found.bands):
        assert where[lines].mean() > 0.9
    assert found.hidden[~lines].mean() < 0.05
    assert found.cover[lines & (painted.trace == 0)].mean() < 0.05


def test_what_is_no_paper_is_margin(painter):
    painted = painter().grid(*RED).curve(180, first=90)
    painted.ground[:, :40] = 0
    found = coverage(painted, (20, 20, 20))
    assert found.margin[:, :40].all()
    assert not found.margin[:, 90:].any()


def test_lines_along_the_edges_of_the_page_stand_apart(painter):
    painted = painter().grid(*RED).curve(180, first=0, last=699)
    for box in ((0, 0, 0, 699), (299, 299, 0, 699), (0, 299, 0, 0), (0, 299, 699, 699)):
        painted.box(*box)
    found = coverage(painted)
    edges = np.ones_like(found.margin)
    edges[3:-3, 3:-3] = False
    assert found.frame[painted.other > 0].mean() > 0.95
    assert not found.frame[~edges].any()
    assert found.cover[[0, -1]].sum() < 0.02 * 2 * 700


def test_a_sheet_without_ink_has_none(painter):
    assert measure_coverage(painter().sheet()) is None
    assert measure_coverage(painter().grid(*RED).sheet()) is None
