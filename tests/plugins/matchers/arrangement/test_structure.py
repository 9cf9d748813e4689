from __future__ import annotations

from typing import Any

import pytest

from ecgengine_plugins.matchers.arrangement.structure import (
    Structure,
    panel_layout,
    structure_of,
    structures,
)
from ecgengine_plugins.paper.layouts import LAYOUTS


@pytest.mark.parametrize(
    ("strips", "rhythm_rows"),
    [
        ((4, 4, 4, 1), 1),
        ((4, 4, 4, 1, 1, 1), 3),
        ((2,) * 6, 0),
        ((1,), 0),
        ((1,) * 12, 0),
        ((1,) * 13, 1),
        ((1,) * 15, 3),
    ],
)
def test_rows_of_one_strip_below_all_leads_are_rhythm_strips(
    strips: tuple[int, ...], rhythm_rows: int
) -> None:
    structure = Structure(strips)
    assert structure.rhythm_rows == rhythm_rows
    count = sum(strips)
    assert structure.short == tuple(range(count - rhythm_rows))
    assert structure.rhythms == tuple(range(count - rhythm_rows, count))
    assert structure_of(structure.unnamed()) == structure
    assert structure.unnamed().rhythm_rows == rhythm_rows


@pytest.mark.parametrize(
    ("strips", "in_panels"),
    [
        ((1,) * 12, True),
        ((2,) * 6, True),
        ((1,) * 6, True),
        ((1,) * 3, False),
        ((1,) * 4, False),
        ((1,) * 15, False),
        ((2, 2, 2, 2, 2, 1), False),
        ((3,) * 6, False),
    ],
)
def test_several_groups_of_three_whole_rows_are_panels(
    strips: tuple[int, ...], in_panels: bool
) -> None:
    assert Structure(strips).in_panels is in_panels


@pytest.mark.parametrize("strips", [(1,) * 12, (2,) * 6])
def test_panels_show_the_usual_leads_three_by_three(strips: tuple[int, ...]) -> None:
    structure = Structure(strips)
    layout = panel_layout(structure)
    assert structure_of(layout) == structure
    columns = [
        [row[column].lead for row in layout.rows[first : first + 3]]
        for first in range(0, len(strips), 3)
        for column in range(strips[0])
    ]
    assert columns == [
        ["I", "II", "III"],
        ["aVR", "aVL", "aVF"],
        ["V1", "V2", "V3"],
        ["V4", "V5", "V6"],
    ]


def test_layouts_have_the_rhythm_rows_of_their_structure() -> None:
    for layout in LAYOUTS:
        assert structure_of(layout).rhythm_rows == layout.rhythm_rows, layout.name


@pytest.mark.parametrize("rows", [1, 3, 4, 6, 12, 13, 15])
def test_structures_of_so_many_rows_are_weighed_once_each(rows: int) -> None:
    found = [structure for structure, _ in structures(rows, LAYOUTS)]
    assert len(set(found)) == len(found)
    assert {len(each.strips) for each in found} == {rows}
    assert Structure((1,) * rows) in found
    assert {structure_of(layout) for layout in LAYOUTS if len(layout.rows) == rows} <= set(found)


def test_a_row_below_all_leads_in_one_column_is_a_rhythm_strip(painter: Any, match: Any) -> None:
    page = painter(rows=13, row_mm=15.0)
    leads = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6", "II")
    for row, lead in enumerate(leads):
        page.lead(lead, row, 0.0, 10.0)
        page.word(lead, page.x_px(0.0) + 6, page.zeros_px[row] + 40)
    found = match(page)
    assert [strip.lead for strip in found.strips] == [*leads]
    assert [strip.rhythm for strip in found.strips] == [False] * 12 + [True]
