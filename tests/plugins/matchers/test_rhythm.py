from __future__ import annotations

from typing import Any

import pytest

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


def test_a_rhythm_strip_that_repeats_a_lead_was_misread_as_another(
    painter: Any, match: Any
) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], ("II",))
    page.marks[round(4 * (page.zeros_px[3] + 5 * page.px_per_mm)) :] = 0
    page.word("III", page.x_px(0.0) + page.px_per_mm, page.zeros_px[3] + 10.5 * page.px_per_mm)
    found = match(page)
    assert found.strips[-1].lead == "II"
    assert any("repeats that lead" in note for note in found.notes)


@pytest.mark.parametrize(("of_s", "lead"), [(7.7, "II"), (None, "III")])
def test_a_rhythm_strip_is_iii_only_if_it_looks_so(
    painter: Any, match: Any, of_s: float | None, lead: str
) -> None:
    page = painter()
    page.layout(BY_NAME["3x4"])
    page.lead("III" if of_s is None else "II", 3, 0.0, 10.0, of_s)
    page.word("III", page.x_px(0.0) + page.px_per_mm, page.zeros_px[3] + 10.5 * page.px_per_mm)
    found = match(page)
    assert found.strips[-1].lead == lead
    assert any("is unlike III, as it was read; II" in note for note in found.notes) == (
        lead == "II"
    )
