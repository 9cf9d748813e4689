from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from ecgengine.data.layout import LEADS
from ecgengine_plugins.paper.layouts import LAYOUTS
from ecgengine_plugins.synth.arrangement import Arrangement, draw_arrangement

USUAL = next(layout for layout in LAYOUTS if layout.name == "3x4+1")
MADE = [draw_arrangement(np.random.default_rng(seed), USUAL) for seed in range(600)]


def kind(made: Arrangement) -> str:
    return made.layout.name.partition("-")[2] or "usual"


def of(name: str) -> list[Arrangement]:
    return [made for made in MADE if kind(made) == name]


def names(made: Arrangement) -> list[str]:
    rows = made.layout.rows[: len(made.layout.rows) - made.layout.rhythm_rows]
    return [str(cell.lead).removeprefix("-") for row in rows for cell in row]


def test_every_kind_is_drawn_as_often_as_told() -> None:
    counts = Counter(kind(made) for made in MADE)
    shares = {
        **{"usual": 0.24, "any-order": 0.24, "together": 0.16, "goes-on": 0.13, "strip": 0.06},
        **{"roll": 0.07, "pocket": 0.05, "panels": 0.05},
    }
    assert set(counts) == set(shares)
    for name, share in shares.items():
        assert counts[name] / len(MADE) == pytest.approx(share, abs=0.05), name
    fast = [made for made in MADE if made.speed_mm_per_s == 50]
    assert 0.02 < len(fast) / len(MADE) < 0.09
    assert sum(len(made.layout.rows[0]) == 4 for made in fast) <= 3
    assert {made.average for made in MADE} == {"none", "right", "below"}


def test_every_cell_is_named_and_a_page_is_no_longer_than_its_recording() -> None:
    for made in MADE:
        cells = [cell for row in made.layout.rows for cell in row]
        assert all(str(cell.lead).removeprefix("-") in LEADS for cell in cells)
        assert all(cell.start_s >= 0 and cell.duration_s > 0.5 for cell in cells)
        assert made.layout.duration_s <= 40
        if kind(made) in {"usual", "any-order", "together", "roll", "panels"}:
            assert sorted(names(made)) == sorted(LEADS)


def test_orders_that_no_standard_knows() -> None:
    orders = {tuple(names(made)) for made in of("any-order")}
    assert len(orders) > 100
    # Some interleave groups: V1, I, V2, II, or V4, V1, aVR, I.
    apart = {tuple(name[0] == "V" for name in order) for order in orders}
    assert (True, False) * 6 in apart


def test_columns_together_show_the_same_seconds_and_rhythm_strips_all_of_them() -> None:
    for made in of("together"):
        layout = made.layout
        first = layout.rows[0]
        assert len(first) > 1
        for row in layout.rows[: len(layout.rows) - layout.rhythm_rows]:
            assert {(cell.start_s, cell.duration_s) for cell in row} == {(0.0, first[0].duration_s)}
        for row in layout.rows[len(layout.rows) - layout.rhythm_rows :]:
            assert row[0].duration_s == pytest.approx(len(first) * first[0].duration_s)


def test_rows_that_go_on_show_one_lead_without_a_gap() -> None:
    for made in of("goes-on"):
        cells = [row[0] for row in made.layout.rows]
        assert 2 <= len(cells) <= 6
        assert len({cell.lead for cell in cells}) == 1
        for before, cell in pairwise(cells):
            assert cell.start_s == pytest.approx(before.start_s + before.duration_s)
    assert {min(made.named_rows, 2) for made in of("goes-on")} == {0, 1, 2}


def test_panels_follow_each_other_or_show_the_same_seconds() -> None:
    starts = []
    for made in of("panels"):
        rows = made.layout.rows
        assert (len(rows), len(rows[0])) in {(6, 2), (12, 1)}
        panels = [[c.start_s for c in row] for row in rows[::3]]
        starts.append(len({start for panel in panels for start in panel}))
    assert set(starts) == {1, 4}


def test_one_seed_one_arrangement() -> None:
    assert draw_arrangement(np.random.default_rng(3), USUAL) == MADE[3]
