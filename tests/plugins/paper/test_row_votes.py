from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ecgengine.data.look import CELL_MM, Look
from ecgengine_plugins.paper.row_votes import own_cells, votes

CELLS = (60, 80)


def voters(look: Look) -> list[tuple[int, int, float]]:
    """Row, column and zero line of every cell that votes, one after the other."""
    found = []
    for row, column in np.argwhere(look.trace > 0.3).tolist():
        zero_mm = (row + 0.5) * CELL_MM + float(look.zero_mm[row, column])
        found.append((row, column, zero_mm))
    return found


@given(st.integers(0, 10**6), st.integers(1, 6))
def test_cells_of_traces_vote_for_the_zero_line_below_them(
    random_look: Any, seed: int, count: int
) -> None:
    look = random_look(seed, count, 1.0)
    assert [(r, c) for r, c, _ in voters(look)] == list(zip(*votes(look)[:2], strict=True))
    np.testing.assert_allclose(votes(look)[2], [zero for *_, zero in voters(look)])


def test_no_cell_belongs_to_a_row_of_an_empty_sheet_or_to_none(blank_look: Any) -> None:
    trace = np.zeros((50, 80), np.float32)
    assert not own_cells(blank_look(trace=trace), [10.0]).any()
    assert own_cells(blank_look(trace=trace + 1), []).shape == (0, 50, 80)


@given(st.integers(0, 10**6), st.integers(1, 6), st.sampled_from([0.2, 3.0]))
def test_a_cell_belongs_to_the_row_that_it_votes_for(
    random_look: Any, seed: int, count: int, noise_mm: float
) -> None:
    look = random_look(seed, count, noise_mm)
    zeros = np.sort(np.random.default_rng(seed + 1).uniform(0, 30, count))
    expected = np.zeros((count, *CELLS), np.bool_)
    for row, column, zero_mm in voters(look):
        nearest = min(range(count), key=lambda index: abs(zeros[index] - zero_mm))
        expected[nearest, row, column] = abs(zeros[nearest] - zero_mm) < 5.0
    assert (own_cells(look, zeros.tolist()) == expected).all()
