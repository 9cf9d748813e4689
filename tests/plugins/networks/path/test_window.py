from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgengine.data.look import CELL_MM
from ecgengine_plugins.networks.path.window import (
    CUES,
    ENDS_MM,
    LEVEL_MM,
    band_cells,
    cue_maps,
    sampled,
    with_places,
)


def test_a_trace_is_the_row_s_own_or_another_s(blank_look: Any) -> None:
    trace = np.array([[0.9, 0.5, 0.0], [0.2, 0.0, 0.8]], np.float32)
    own = np.array([[True, False, False], [False, False, True]])
    pulses = np.full_like(trace, 0.25)
    look = blank_look(trace=trace, pulses=pulses, separators=0 * trace)
    mine, others, pulse, separator = cue_maps(look, own)
    assert mine.tolist() == np.where(own, trace, 0).tolist()
    assert others.tolist() == np.where(own, 0, trace).tolist()
    assert (pulse == 0.25).all()
    assert not separator.any()


@given(
    st.integers(0, 10**6),
    st.floats(-8, 8),
    st.floats(-8, 8),
    st.tuples(st.floats(0.3, 0.8), st.floats(0.3, 0.8)),
)
def test_cells_take_what_holds_their_middle(
    seed: int, left_mm: float, top_mm: float, step_mm: tuple[float, float]
) -> None:
    maps = np.random.default_rng(seed).random((2, 7, 9), np.float32)
    found = sampled(maps, left_mm, top_mm, step_mm, (5, 6))
    for row in range(5):
        for column in range(6):
            y = np.floor((top_mm + (row + 0.5) * step_mm[1]) / CELL_MM)
            x = np.floor((left_mm + (column + 0.5) * step_mm[0]) / CELL_MM)
            inside = 0 <= y < 7 and 0 <= x < 9
            expected = maps[:, int(y), int(x)] if inside else np.zeros(2)
            assert (found[:, row, column] == expected).all()


def test_places_are_told_as_distances() -> None:
    cues = with_places(np.zeros((4, 3, 40), np.float32), 1.5, 4.0, 36.0)
    assert len(cues) == len(CUES)
    level, after, before = cues[4:]
    assert level[:, 0] == pytest.approx(np.array([-1, 0, 1]) * CELL_MM / LEVEL_MM)
    assert after[0, [0, 4, 39]] == pytest.approx([-3.5 / 8, 0.5 / 8, 1.0])
    assert before[0, [0, 35, 39]] == pytest.approx([1.0, 0.5 / 8, -3.5 / 8])
    assert ENDS_MM == 8 * CELL_MM


@given(st.integers(0, 10**6), st.integers(0, 3))
def test_a_band_holds_the_row_s_ink_near_each_column(seed: int, reach: int) -> None:
    own = np.random.default_rng(seed).random((12, 15)) < 0.05
    found = band_cells(own, reach)
    assert found.shape == (15, 2)
    rows, columns = np.nonzero(own)
    for column, (first, last) in enumerate(found.tolist()):
        near = rows[np.abs(columns - column) <= reach]
        if near.size:
            assert (first, last) == (near.min(), near.max())
    if not rows.size:
        assert (found == (0, 11)).all()
