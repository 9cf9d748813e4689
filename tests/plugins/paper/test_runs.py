from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ecgengine_plugins.paper.runs import runs, widened


@given(st.lists(st.booleans(), max_size=30))
def test_runs_are_the_longest_stretches_of_true(values: list[bool]) -> None:
    told = np.zeros(len(values), np.bool_)
    found = runs(np.array(values, np.bool_))
    for run in found:
        assert run.stop > run.start
        told[run] = True
    assert told.tolist() == values
    assert all(one.stop < other.start for one, other in pairwise(found))


@given(st.lists(st.booleans(), min_size=1, max_size=30), st.integers(0, 5))
def test_widened_marks_all_within_reach(values: list[bool], reach: int) -> None:
    near = [any(values[max(i - reach, 0) : i + reach + 1]) for i in range(len(values))]
    assert widened(np.array(values), reach).tolist() == near
