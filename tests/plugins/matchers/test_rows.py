from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ecgengine.data.look import CELL_MM
from ecgengine_plugins.matchers.rows import level_height, voted_rows
from ecgengine_plugins.paper.row_votes import own_cells, votes

CELLS = (60, 80)
BIN_MM = 0.25


def test_rows_whose_complexes_overlap_come_apart_by_their_votes(painter: Any) -> None:
    leads = ("V2", "V4", "aVL")
    together = painter(rows=3, row_mm=8.0)
    alone = [painter(rows=3, row_mm=8.0) for _ in leads]
    for row, lead in enumerate(leads):
        for page in (together, alone[row]):
            page.lead(lead, row, 0.0, 10.0)
    sheet = together.sheet()
    look = together.look(sheet)
    zeros_mm = [row.zero_mm for row in voted_rows(look)]
    expected = [(zero + 0.5) / together.px_per_mm for zero in together.zeros_px]
    assert zeros_mm == pytest.approx(expected, abs=BIN_MM)
    own = own_cells(look, zeros_mm)
    cells = np.array([page.look(sheet).trace > 0 for page in alone])
    clear = cells.sum(axis=0) == 1
    assert (own[:, clear] == cells[:, clear]).all()
    # One row's ink lies at the other's zero line, too.
    at_first = slice(round(zeros_mm[0] / CELL_MM) - 3, round(zeros_mm[0] / CELL_MM) + 3)
    assert own[1, at_first].any()


@pytest.mark.parametrize("steep", [1, 40])
def test_steep_ink_counts_once_a_column(blank_look: Any, steep: int) -> None:
    trace, zeros_mm = np.zeros((2, 100, 200), np.float32)
    trace[70, :100] = trace[40 - steep : 40, :40] = 1.0
    heights_mm = (np.arange(100)[:, None] + 0.5) * CELL_MM
    zeros_mm[:] = np.where(np.arange(100)[:, None] < 50, 20.0, 35.25) - heights_mm
    upper, lower = voted_rows(blank_look(trace=trace, zero_mm=zeros_mm))
    assert (upper.covered_mm, lower.covered_mm) == (40 * CELL_MM, 100 * CELL_MM)
    assert (upper.zero_mm, lower.zero_mm) == pytest.approx((20.0, 35.25), abs=BIN_MM)


@pytest.mark.parametrize(
    ("long_mm", "short_mm", "count"), [(100, 14, 1), (100, 16, 2), (300, 16, 1)]
)
def test_what_covers_hardly_anything_is_no_row(
    blank_look: Any, long_mm: int, short_mm: int, count: int
) -> None:
    trace = np.zeros((100, 700), np.float32)
    trace[70, : 2 * long_mm] = trace[20, : 2 * short_mm] = 1.0
    level = np.zeros_like(trace)
    assert len(voted_rows(blank_look(trace=trace, zero_mm=level))) == count


def test_an_empty_sheet_and_votes_beyond_it_give_no_row(blank_look: Any) -> None:
    trace = np.zeros((50, 80), np.float32)
    assert voted_rows(blank_look(trace=trace)) == []
    assert voted_rows(blank_look(trace=trace + 1, zero_mm=trace + 1000)) == []


@given(st.integers(0, 10**6), st.integers(1, 6), st.sampled_from([0.0, 0.2, 1.0]))
def test_rows_cover_the_columns_that_vote_near_them(
    random_look: Any, seed: int, count: int, noise_mm: float
) -> None:
    look = random_look(seed, count, noise_mm)
    found = voted_rows(look)
    on_sheet = [
        vote for vote in zip(*votes(look), strict=True) if 0 <= vote[2] < CELLS[0] * CELL_MM
    ]
    for row in found:
        own = row.zero_mm // BIN_MM
        columns = {column for _, column, zero in on_sheet if abs(zero // BIN_MM - own) <= 6}
        assert row.covered_mm == len(columns) * CELL_MM
    zeros = [row.zero_mm for row in found]
    assert all(b - a >= 5.0 for a, b in pairwise(zeros))


@pytest.mark.parametrize("part", [0.0, 0.25, 0.5, 0.75])
def test_a_row_lies_where_most_of_its_ink_runs_level(painter: Any, part: float) -> None:
    page = painter(rows=1)
    x: NDArray[np.float64] = np.arange(page.x0_px, page.x_px(10.0), 0.25)
    zero = 120 + part
    page.curve(x, zero - 60.0 * (x % 90 < 5) - 8.0 * (x % 90 > 75))
    assert level_height(page.ink(), zero + 3.0) == pytest.approx(zero, abs=0.5)


def test_without_level_ink_a_row_stays_where_it_was_voted(painter: Any) -> None:
    assert level_height(painter(rows=1).ink(), 40.0) == 40.0
