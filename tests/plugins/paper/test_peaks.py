from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ecgengine_plugins.paper.peaks import heaviest_middle, maxima, summit


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


def covered(first: float, last: float, size: int = 20) -> NDArray[np.float64]:
    """How much of each of `size` pixels lies between two edges; pixel 0 from -0.5 to 0.5."""
    pixels = np.arange(size)
    inside = np.minimum(last, pixels + 0.5) - np.maximum(first, pixels - 0.5)
    return np.asarray(np.clip(inside, 0, 1))


@given(st.floats(3.0, 12.0), st.floats(1.0, 6.0))
def test_the_middle_of_a_line_is_between_its_edges_wherever_they_cut_pixels(
    first: float, width: float
) -> None:
    middle = heaviest_middle(covered(first, first + width))
    # All that a pixel knows of an edge is how much is covered, at most half of it off its middle.
    assert middle == pytest.approx(first + width / 2, abs=0.13 / width)


@pytest.mark.parametrize("apart", [2, 4])
def test_what_is_lighter_beside_the_heaviest_stretch_moves_it_not(apart: int) -> None:
    line = 8 * covered(6.2, 8.8)
    beside = 2.5 * covered(9.5 + apart, 13.5 + apart)
    assert heaviest_middle(line + beside) == pytest.approx(7.5)
    # Up to where values are nearly as high, all is one.
    joined = heaviest_middle(line + 3 * beside, 0.1)
    assert joined == pytest.approx(7.5)
    assert heaviest_middle(line + 6 * covered(8.8, 12.0)) > 8.0


def test_a_line_at_the_edge_and_nothing_at_all_have_a_middle() -> None:
    assert heaviest_middle(np.array([2.0, 2.0, 0.0])) == 0.5
    assert heaviest_middle(np.array([0.0, 1.0, 1.0])) == 1.5
    assert heaviest_middle(np.array([3.0])) == heaviest_middle(np.zeros(4)) == 0.0
