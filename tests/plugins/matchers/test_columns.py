from __future__ import annotations

from typing import Any

import pytest

from ecgengine_plugins.paper.layouts import LAYOUTS

BY_NAME = {layout.name: layout for layout in LAYOUTS}


def test_columns_narrower_than_their_share_are_measured(painter: Any, match: Any) -> None:
    page = painter()
    layout = BY_NAME["3x4+1"]
    pitch_s = 2.475
    for row, cells in enumerate(layout.rows):
        for index, cell in enumerate(cells):
            seconds = pitch_s if cell.lead else 10.0
            page.lead(cell.lead or "II", row, index * pitch_s, seconds, cell.start_s, 4.0 * index)
            page.word(cell.lead or "II", page.x_px(pitch_s * index) + 6, page.zeros_px[row] + 63)
    strips = match(page).strips
    assert strips[3].x_start_px == pytest.approx(page.x_px(3 * pitch_s), abs=0.4)
    assert strips[3].start_s == 7.5
    assert strips[-1].x_end_px == pytest.approx(page.x_px(10.0), abs=0.3)


def test_gaps_between_leads_leave_columns_their_share(painter: Any, match: Any) -> None:
    page = painter()
    for row, cells in enumerate(BY_NAME["3x4+1"].rows):
        for cell in cells:
            seconds = 2.46 if cell.lead else 10.0
            page.lead(cell.lead or "II", row, cell.start_s, seconds)
            page.word(cell.lead or "II", page.x_px(cell.start_s) + 6, page.zeros_px[row] + 63)
    assert match(page).strips[3].x_start_px == pytest.approx(page.x_px(7.5), abs=0.15)
