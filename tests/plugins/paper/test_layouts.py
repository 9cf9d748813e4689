"""The built-in layouts: their names say what they hold."""

from __future__ import annotations

import re

import pytest

from ecgengine.data.layout import CABRERA_LIMB_LEADS, CHEST_LEADS, LIMB_LEADS, Cell, Layout
from ecgengine_plugins.paper.layouts import LAYOUTS

NAMES = (
    *("3x4", "3x4-cabrera", "3x4+1", "3x4+1-cabrera", "3x4+2", "3x4+2-cabrera"),
    *("3x4+3", "3x4+3-cabrera", "6x2", "6x2-cabrera", "6x2+1", "6x2+1-cabrera"),
    *("12x1", "12x1-cabrera", "6x1", "6x1-chest", "6x1-cabrera"),
)
RHYTHMS = ((), ("II",), ("II", "V1"), ("V1", "II", "V5"))


def test_every_layout_is_there_in_its_place() -> None:
    assert tuple(layout.name for layout in LAYOUTS) == NAMES
    assert all(layout.summary for layout in LAYOUTS)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_leads_read_down_the_columns_and_share_the_page(layout: Layout) -> None:
    parts = re.fullmatch(r"(\d+)x(\d)(?:\+(\d))?(?:-(\w+))?", layout.name)
    assert parts is not None
    rows, columns, rhythms = (int(part or 0) for part in parts.groups()[:3])
    leads = CABRERA_LIMB_LEADS if parts[4] == "cabrera" else LIMB_LEADS
    leads = CHEST_LEADS if parts[4] == "chest" else leads + CHEST_LEADS
    page_s = 5.0 if rows * columns == 6 else 10.0
    share_s = page_s / columns
    short = tuple(
        tuple(Cell(leads[c * rows + r], c * share_s, share_s) for c in range(columns))
        for r in range(rows)
    )
    assert layout.rows == short + ((Cell(None, 0.0, page_s),),) * rhythms
    assert layout.rhythm_rows == rhythms
    assert layout.default_rhythm == RHYTHMS[rhythms]
