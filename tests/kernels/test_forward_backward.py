from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgengine_kernels.forward_backward import path_posteriors


@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 5), st.floats(0.01, 2.0))
@settings(max_examples=60, deadline=None)
def test_posteriors_are_those_of_all_paths(seed: int, width: int, height: int, jump: float) -> None:
    probabilities = np.random.default_rng(seed).dirichlet(np.full(height, 0.5), width)
    probabilities = np.maximum(probabilities, 1e-4).astype(np.float32)
    expected = np.zeros((width, height))
    for rows in itertools.product(range(height), repeat=width):
        moved = np.abs(np.diff(rows)).sum()
        weight = np.prod(probabilities[np.arange(width), rows], dtype=float) * np.exp(-jump * moved)
        expected[np.arange(width), rows] += weight
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(path_posteriors(probabilities, jump), expected, atol=1e-6)


def test_columns_that_do_not_know_follow_those_that_do() -> None:
    rows = np.arange(60)
    known = np.exp(-0.5 * ((rows - 20) / 1.5) ** 2)
    torn = np.exp(-0.5 * ((rows - 20) / 1.5) ** 2) + 1.2 * np.exp(-0.5 * ((rows - 45) / 1.5) ** 2)
    probabilities = np.stack([known] * 5 + [torn] * 4 + [known] * 5)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    posteriors = path_posteriors(probabilities.astype(np.float32), 0.3)
    assert posteriors[6] @ rows == pytest.approx(20.0, abs=0.1)
    assert probabilities[6] @ rows > 30


def test_what_no_column_thinks_likely_can_still_be_crossed() -> None:
    probabilities = np.zeros((3, 9), np.float32)
    probabilities[0, 1] = probabilities[1, 7] = probabilities[2, 1] = 1.0
    posteriors = path_posteriors(probabilities, 0.05)
    assert np.isfinite(posteriors).all()
    assert posteriors.argmax(axis=1).tolist() == [1, 7, 1]
