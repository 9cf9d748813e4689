from __future__ import annotations

from typing import Any

from ecgengine_plugins.paper.layouts import LAYOUTS

BY_NAME = {layout.name: layout for layout in LAYOUTS}


def test_a_rhythm_strip_is_named_by_the_lead_it_repeats(painter: Any, match: Any) -> None:
    page = painter(rows=5)
    layout = BY_NAME["3x4+2"]
    page.layout(layout, ("V1", "V5"), names=False)
    assert [strip.lead for strip in match(page).strips if strip.rhythm] == ["V1", "V5"]


def test_a_rhythm_strip_of_an_augmented_lead_is_named_by_its_name(painter: Any, match: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], ("aVR",))
    assert match(page).strips[-1].lead == "aVR"
