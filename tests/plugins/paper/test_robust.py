from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ecgengine_plugins.paper.robust import TUKEY, fit_robustly, weighted_median

Floats = NDArray[np.float64]


def mean_of(values: Floats):
    """A fit of one number by weighted least squares."""

    def fit(weights: Floats) -> tuple[float, Floats]:
        mean = float(np.average(values, weights=weights))
        return mean, values - mean

    return fit


def test_a_third_of_outliers_on_one_side_moves_nothing() -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(5, 0.1, 200), rng.uniform(10, 30, 100)])
    found, weights = fit_robustly(mean_of(values), np.ones(300), 12, 1e-5)
    assert found == pytest.approx(np.mean(values[:200]), abs=0.02)
    assert weights[200:].max() == 0
    assert weights[:200].min() > 0


def test_one_round_is_a_plain_fit() -> None:
    values = np.array([1.0, 2.0, 3.0, 50.0])
    trust = np.array([1.0, 2.0, 1.0, 0.5])
    found, _ = fit_robustly(mean_of(values), trust, 1, 1e-5)
    assert found == np.average(values, weights=trust)


def test_what_is_not_trusted_gets_no_weight_however_near() -> None:
    values = np.array([1.0, 1.1, 0.9, 1.0])
    _, weights = fit_robustly(mean_of(values), np.array([1.0, 1.0, 1.0, 0.0]), 3, 1e-5)
    assert weights[3] == 0
    assert (weights[:3] > 0).all()


def test_the_least_spread_keeps_residuals_that_are_nearly_nothing() -> None:
    values = np.array([0.0, 0.0, 0.0, 0.0, 1e-4])
    trust = np.ones(5)
    assert fit_robustly(mean_of(values), trust, 3, 1e-9)[1][4] == 0
    assert fit_robustly(mean_of(values), trust, 3, 1e-3)[1][4] > 0.9


def test_the_spread_is_that_of_what_is_judged() -> None:
    values = np.array([-1.0, 1.0, -3.0, 3.0])
    judged = np.array([1.0, 1.0, 0.0, 0.0])
    _, weights = fit_robustly(mean_of(values), np.ones(4), 1, 1e-5, judged=judged)
    spread = 1.4826
    assert weights == pytest.approx((1 - (values / (TUKEY * spread)) ** 2) ** 2)


def test_within_leaves_the_far_residuals_of_the_round_before_out_of_the_spread() -> None:
    values = np.concatenate([np.linspace(-1, 1, 11), [12.0] * 5])
    every = fit_robustly(mean_of(values), np.ones(16), 12, 1e-5)[0]
    near = fit_robustly(mean_of(values), np.ones(16), 12, 1e-5, within=1.5)[0]
    assert 0 < near < 0.6 * every


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=20))
def test_the_median_of_equal_weights_is_the_median(values: list[float]) -> None:
    of = np.array(values)
    assert weighted_median(of, np.ones(of.size)) == pytest.approx(float(np.median(of)))


@given(st.lists(st.tuples(st.floats(-100, 100), st.integers(0, 4)), min_size=1, max_size=12))
def test_a_weight_counts_as_so_many_values(pairs: list[tuple[float, int]]) -> None:
    values, weights = (np.array(each, np.float64) for each in zip(*pairs, strict=True))
    repeated = np.repeat(values, weights.astype(int))
    wanted = float(np.median(repeated)) if repeated.size else 0.0
    assert weighted_median(values, weights) == pytest.approx(wanted)
