from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgengine_plugins.paper.peaks import maxima, summit


@given(st.floats(-0.5, 0.5), st.floats(0.01, 100), st.floats(-100, 100))
def test_the_top_of_a_parabola_is_found(top: float, bend: float, height: float) -> None:
    before, here, after = height - bend * (np.arange(-1, 2) - top) ** 2
    assert float(summit(before, here, after)) == pytest.approx(top, abs=1e-6)


def test_many_peaks_are_taken_one_by_one() -> None:
    peaks = np.array([[0, 1, 0], [0.5, 1, 0], [0, 1, 0.5]], np.float32)
    alone = [float(summit(*peak)) for peak in peaks]
    assert summit(*peaks.T).tolist() == pytest.approx(alone)
    assert alone[0] == 0
    assert alone[1] == -alone[2] < 0


def test_without_a_peak_it_is_the_higher_side_or_the_middle() -> None:
    assert [float(summit(*level)) for level in ((1, 1, 1), (3, 2, 1), (1, 2, 3))] == [0, -0.5, 0.5]


def test_maxima_are_tops_and_the_first_of_level_tops() -> None:
    assert maxima(np.array([5.0, 1, 3, 2, 2, 4, 4, 4, 0, 7])).tolist() == [2, 5]
    assert maxima(np.array([1.0, 2])).size == maxima(np.zeros(0)).size == 0
