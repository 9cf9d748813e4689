from __future__ import annotations

from typing import Any

from ecgengine_plugins.paper.layouts import LAYOUTS

BY_NAME = {layout.name: layout for layout in LAYOUTS}
RHYTHM = ("II", "V1", "V5")


def test_columns_of_ten_seconds_share_their_time(painter: Any, match: Any) -> None:
    page = painter(rows=6, seconds=20.0, px_per_mm=4.0, pen_px=1.5)
    page.layout(BY_NAME["6x2"], same_time=True)
    found = match(page)
    assert found.layout == "6x2"
    assert {strip.start_s for strip in found.strips} == {0.0}


def test_columns_of_ten_seconds_that_differ_follow_each_other(painter: Any, match: Any) -> None:
    page = painter(rows=6, seconds=20.0, px_per_mm=4.0, pen_px=1.5)
    page.layout(BY_NAME["6x2"])
    assert {round(strip.start_s, 2) for strip in match(page).strips} == {0.0, 10.0}


def test_limb_leads_that_add_up_stand_in_for_names(painter: Any, match: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM, names=False)
    found = match(page)
    assert found.layout == "3x4+1"
    assert {strip.lead_basis for strip in found.strips} == {"assumed"}
    assert found.strips[-1].lead == "II"
