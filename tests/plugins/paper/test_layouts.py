from __future__ import annotations

from itertools import pairwise

import pytest

from ecgengine.data.layout import CABRERA_LIMB_LEADS, CHEST_LEADS, LEADS, LIMB_LEADS
from ecgengine_plugins.paper.layouts import LAYOUTS

BY_NAME = {layout.name: layout for layout in LAYOUTS}


def leads_of(name: str) -> list[str | None]:
    return [cell.lead for row in BY_NAME[name].rows for cell in row]


def test_every_listed_arrangement_is_there() -> None:
    listed = ("3x4", "3x4+1", "3x4+2", "3x4+3", "6x2", "6x2+1", "12x1", "6x1", "6x1-chest")
    assert set(listed) <= BY_NAME.keys()


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_cells_of_a_row_follow_each_other(layout) -> None:  # type: ignore[no-untyped-def]
    for row in layout.rows:
        assert row[0].start_s == 0
        for before, after in pairwise(row):
            assert after.start_s == pytest.approx(before.start_s + before.duration_s)
        assert row[-1].start_s + row[-1].duration_s == pytest.approx(layout.duration_s)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_each_lead_stands_once_and_rhythm_rows_come_last(layout) -> None:  # type: ignore[no-untyped-def]
    short = layout.rows[: len(layout.rows) - layout.rhythm_rows]
    names = [cell.lead.removeprefix("-") for row in short for cell in row]
    assert len(set(names)) == len(names)
    assert set(names) in (set(LEADS), set(LIMB_LEADS), set(CHEST_LEADS))
    for row in layout.rows[len(short) :]:
        assert [cell.lead for cell in row] == [None]
    assert len(layout.default_rhythm) == layout.rhythm_rows


def test_standard_and_cabrera_order_read_down_the_columns() -> None:
    first = [row[0].lead for row in BY_NAME["3x4+1"].rows[:3]]
    second = [row[1].lead for row in BY_NAME["3x4+1"].rows[:3]]
    assert first + second == list(LIMB_LEADS)
    first = [row[0].lead for row in BY_NAME["6x2-cabrera"].rows]
    assert first == list(CABRERA_LIMB_LEADS)
    assert leads_of("6x1") == list(LIMB_LEADS)
    assert leads_of("6x1-chest") == list(CHEST_LEADS)
