from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgengine_kernels.edges import edge_trust, run_edges


def bar(upper, lower, height=24, blur=()):
    rows = np.arange(height)
    ink = np.clip(lower - rows + 0.5, 0, 1) - np.clip(upper - rows + 0.5, 0, 1)
    for weights in blur:
        ink = np.convolve(ink, weights, mode="same")
    return ink.astype(np.float32)[None]


@given(st.floats(4.0, 8.0), st.floats(0.4, 9.0))
@settings(max_examples=80, deadline=None)
def test_edges_of_a_bar_are_exact(upper, thickness):
    ink = bar(upper, upper + thickness)
    seed = np.array([round(upper + thickness / 2)], np.int32)
    top, bottom, first, last = run_edges(ink, seed, 0.01, 2)
    if thickness > 3.0:
        assert top[0] == pytest.approx(upper, abs=1e-5)
        assert bottom[0] == pytest.approx(upper + thickness, abs=1e-5)
    else:
        # A thin line within few pixels only tells its mass and center.
        assert bottom[0] - top[0] == pytest.approx(thickness, abs=0.011)
    assert first[0] <= seed[0] <= last[0]


def test_symmetric_blur_does_not_move_an_edge():
    ink = bar(6.3, 14.9, blur=((0.25, 0.5, 0.25),))
    top, bottom, _, _ = run_edges(ink, np.array([10], np.int32), 0.01, 2)
    assert top[0] == pytest.approx(6.3, abs=1e-5)
    assert bottom[0] == pytest.approx(14.9, abs=1e-5)


def test_only_the_run_of_the_path_counts():
    ink = np.maximum(bar(3.0, 6.0), bar(12.0, 16.0))
    top, bottom, first, last = run_edges(ink, np.array([13], np.int32), 0.05, 2)
    assert top[0] == pytest.approx(12.0)
    assert bottom[0] == pytest.approx(16.0)
    assert (first[0], last[0]) == (12, 16)


def test_a_path_on_white_has_no_edges():
    top, bottom, first, last = run_edges(bar(3.0, 6.0), np.array([20], np.int32), 0.05, 2)
    assert np.isnan(top[0])
    assert np.isnan(bottom[0])
    assert first[0] > last[0]


def test_an_edge_beside_a_hidden_place_is_doubted():
    trust = np.ones((2, 10), np.float32)
    hidden = np.zeros_like(trust)
    hidden[:, 3] = 1.0
    first, last = np.array([4, 1], np.int32), np.array([6, 0], np.int32)
    upper, lower = edge_trust(trust, hidden, first, last)
    assert upper.tolist() == [0.0, 0.0]
    assert lower.tolist() == [1.0, 0.0]
