from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from ecgengine_plugins.matchers.baselines import on_grid

from ecgengine.data.layout import LEADS
from ecgengine.data.sheet import GridFit
from ecgengine_plugins.paper.layouts import LAYOUTS

BY_NAME = {layout.name: layout for layout in LAYOUTS}
RHYTHM = ("II", "V1", "V5")


def test_a_ruled_line_is_no_row(painter: Any, match: Any) -> None:
    page = painter(rows=4)
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    y = page.zeros_px[-1] + 16 * page.px_per_mm
    page.line(page.trace, np.array([[50.0, y], [1500.0, y + 3.0]]), 2.0)
    assert len({strip.row for strip in match(page).strips}) == 4


def test_names_tell_of_rows_that_hum_makes_fuzzy(painter: Any, match: Any) -> None:
    page = painter(rows=12, row_mm=15.0)
    page.layout(BY_NAME["12x1"])
    # 50 Hz over the seventh and the ninth row: no ink runs level.
    x = np.arange(page.x0_px, page.x_px(10.0), 0.25)
    hum = 0.5 * np.sin(4 * np.pi * x / page.px_per_mm) + 1.2 * np.sin(x / (8 * page.px_per_mm))
    for row in (6, 8):
        middle = round(4 * page.zeros_px[row])
        page.trace[middle - 4 * 10 : middle + 4 * 10] = 0
        page.curve(x, page.zeros_px[row] + hum * page.px_per_mm)
    found = match(page)
    assert found.layout == "12x1"
    assert [strip.lead for strip in found.strips] == [*LEADS]


@pytest.mark.parametrize("speck", [False, True])
def test_names_tell_rows_from_mould_that_runs_level(painter: Any, match: Any, speck: bool) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    if speck:  # is read as a name, too near to those of the second row for a row of its own
        page.word("V4", page.x_px(5.0) + page.px_per_mm, page.zeros_px[1] + 6 * page.px_per_mm)
    apart = page.row_mm / 2 * page.px_per_mm
    for place in [page.zeros_px[0] - apart, *(zero + apart for zero in page.zeros_px)]:
        x = np.linspace(page.x0_px + 5 * page.px_per_mm, page.x_px(7.0), 3000)
        page.curve(x, place + 0.7 * page.px_per_mm * np.sin(x / 30))
    found = match(page)
    assert found.layout == "3x4+1"
    for strip in found.strips:
        assert strip.zero_px == pytest.approx(page.zeros_px[strip.row], abs=0.5 * page.px_per_mm)


def test_a_misread_name_makes_no_row_of_mould(painter: Any, match: Any) -> None:
    page = painter(rows=4, row_mm=30.0)
    above, *page.zeros_px = page.zeros_px
    page.layout(BY_NAME["3x4"])
    apart = page.row_mm / 2 * page.px_per_mm
    for place in [above, *(zero + apart for zero in page.zeros_px)]:
        x = np.linspace(page.x0_px + 5 * page.px_per_mm, page.x_px(6.0), 3000)
        page.curve(x, place + 0.7 * page.px_per_mm * np.sin(x / 30))
    page.word("V5", page.x_px(0.0) + page.px_per_mm, above + 10.5 * page.px_per_mm)
    found = match(page)
    assert found.layout == "3x4"
    assert [strip.lead for strip in found.strips] == [
        cell.lead for row in BY_NAME["3x4"].rows for cell in row
    ]
    assert found.strips[0].zero_px == pytest.approx(page.zeros_px[0], abs=3)


def test_ink_close_to_a_row_is_no_row(painter: Any, match: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    y = page.zeros_px[0] - 8.8 * page.px_per_mm
    x = np.arange(page.x_px(0.2), page.x_px(9.0))
    page.curve(x, y - 2 * page.px_per_mm * (x % 400 < 4))
    assert match(page).layout == "3x4+1"


def test_the_edge_of_the_paper_and_a_table_are_no_rows(painter: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    sheet = page.sheet()
    height = sheet.image.shape[0]
    rows = 20
    seen = np.ones((rows, 25))
    edge = page.zeros_px[-1] + 12 * page.px_per_mm
    last = int(edge / height * rows)
    seen[last + 1 :] = 0.0
    seen[last, ::2] = 0.0
    nowhere = np.full_like(seen, np.nan)
    inside = [float(zero) for zero in page.zeros_px]
    beyond = (last + 1.5) * height / rows
    told = replace(sheet, grid_fit=GridFit(nowhere, seen))
    assert on_grid([*inside, beyond], told) == inside
    assert on_grid([*inside, beyond], sheet) == [*inside, beyond]
    blank = replace(sheet, grid_fit=GridFit(nowhere, np.zeros_like(seen)))
    assert on_grid(inside, blank) == inside
