from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ecgengine_plugins.paper.layouts import LAYOUTS

BY_NAME = {layout.name: layout for layout in LAYOUTS}
RHYTHM = ("II", "V1", "V5")


def test_separators_place_the_start_that_pulses_hide(painter: Any, match: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    half = 3.5 * page.px_per_mm
    for row in range(4):
        page.pulse(row, page.x0_px + 3.0)
        for column in (1, 2, 3) if row < 3 else ():
            x, y = page.x_px(2.5 * column), page.zeros_px[row]
            page.line(page.marks, np.array([[x, y - half], [x, y + half]]), 3.0)
    assert match(page).strips[0].x_start_px == pytest.approx(page.x0_px, abs=0.25)


def test_upright_letters_beside_the_columns_are_no_separators(painter: Any, match: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM, names=False)
    half = 3.5 * page.px_per_mm
    for row in range(3):
        for column in (1, 2, 3):
            x, y = page.x_px(2.5 * column) + 0.9 * page.px_per_mm, page.zeros_px[row]
            page.line(page.marks, np.array([[x, y - half], [x, y + half]]), 3.0)
    assert match(page).strips[0].x_start_px == pytest.approx(page.x0_px, abs=0.15)


def test_names_tell_the_beginning_from_the_flaws_of_worn_paper(painter: Any, match: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    scale = page.px_per_mm
    # A tear hides where most rows begin, and scratches beside the leads look like rows' ink.
    tear = round(page.x0_px + 14 * scale)
    for zero in page.zeros_px[:3]:
        top, bottom = round(zero - 12 * scale), round(zero + 9 * scale)
        page.trace[4 * top : 4 * bottom, : 4 * tear] = 0
    far = page.x_px(10.0) + 5 * scale
    for zero in page.zeros_px:
        x = np.linspace(far, far + 6 * scale, 50)
        page.curve(x, np.full(50, zero))
    found = match(page)
    assert found.layout == "3x4+1"
    assert found.strips[0].x_start_px == pytest.approx(page.x0_px, abs=2)
    assert found.strips[1].x_start_px == pytest.approx(page.x_px(2.5), abs=2)


def test_on_a_rough_scale_leads_are_as_wide_as_their_ink(painter: Any, match: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    exact = page.sheet()
    for wrong in (0.995, 1.005):
        scale = wrong * exact.px_per_mm_x
        found = match(page, px_per_mm_x=scale, px_per_mm_y=scale, scale_source="pulse")
        assert found.layout == "3x4+1"
        assert found.strips[0].x_start_px == pytest.approx(page.x_px(0.0), abs=0.8)
        assert found.strips[3].x_start_px == pytest.approx(page.x_px(7.5), abs=0.8)
        assert found.strips[-1].x_end_px == pytest.approx(page.x_px(10.0), abs=0.8)


def test_leads_cut_off_by_the_edge_keep_their_columns(painter: Any, match: Any) -> None:
    page = painter(right_mm=-12.0)
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    found = match(page)
    assert found.strips[3].x_start_px == pytest.approx(page.x_px(7.5), abs=0.3)
    width = page.sheet().image.shape[1]
    assert max(strip.x_end_px for strip in found.strips) == width - 0.5


def test_names_keep_the_columns_of_leads_that_the_edge_of_the_paper_cuts_off(
    painter: Any, match: Any
) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    # The paper ends within the picture; a table follows.
    page.trace[:, round(4 * page.x_px(9.7)) :] = 0
    found = match(page)
    assert found.layout == "3x4+1"
    for index, strip in enumerate(found.strips[:4]):
        assert strip.x_start_px == pytest.approx(page.x_px(2.5 * index), abs=0.3)


def test_a_frame_hides_the_start_but_places_it(painter: Any, match: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    for x in (page.x_px(0.0), page.x_px(10.0)):
        page.line(page.trace, np.array([[x, 20.0], [x, page.zeros_px[-1] + 60]]), 2.0)
    assert match(page).strips[0].x_start_px == pytest.approx(page.x0_px, abs=0.6)
