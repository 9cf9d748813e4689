from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgengine_kernels.refine import draw_edges, match_edges, match_ink, solve_banded

PER_PX = 4
RADIUS = 1.7


def beat(columns):
    """Knots of something like a QRS complex on a wavy line."""
    x = np.arange(columns * PER_PX + 1) / PER_PX - 0.5
    return (
        60.0
        + 2.0 * np.sin(x / 9.0)
        - 35.0 * np.exp(-(((x - 30.2) / 1.9) ** 2))
        + 14.0 * np.exp(-(((x - 34.4) / 1.6) ** 2))
    )


def column_means(edges):
    return edges.reshape(-1, PER_PX).mean(axis=1)


def drawn(knots, height=90):
    """The ink of a stroke by brute force: its coverage, counted in fine points."""
    fine = 8
    columns = (knots.size - 1) // PER_PX
    x = (np.arange(columns * fine) + 0.5) / fine - 0.5
    y = (np.arange(height * fine) + 0.5) / fine - 0.5
    dense_x = np.linspace(-0.5, columns - 0.5, 60 * columns)
    dense_y = np.interp(dense_x, np.arange(knots.size) / PER_PX - 0.5, knots)
    ink = np.zeros((x.size, y.size), np.bool_)
    for i, place in enumerate(x):
        near = np.abs(dense_x - place) <= RADIUS
        arc = np.sqrt(RADIUS**2 - (dense_x[near] - place) ** 2)
        ink[i] = (y >= (dense_y[near] - arc).min()) & (y <= (dense_y[near] + arc).max())
    return ink.reshape(columns, fine, height, fine).mean(axis=(1, 3)).astype(np.float32)


@given(st.integers(0, 10_000), st.floats(0.3, 3.0))
@settings(max_examples=30, deadline=None)
def test_edges_are_those_of_a_densely_drawn_chain(seed, radius):
    knots = np.cumsum(np.random.default_rng(seed).normal(0, 2.0, 33))
    upper, lower = (rim.edge for rim in draw_edges(knots, PER_PX, radius))
    middles = (np.arange(32) + 0.5) / PER_PX
    for s in range(32):
        t = np.linspace(-radius, radius, 4001)
        t = t[(middles[s] + t >= 0) & (middles[s] + t <= 32 / PER_PX)]
        f = np.interp(middles[s] + t, np.arange(33) / PER_PX, knots)
        arc = np.sqrt(np.maximum(radius**2 - t**2, 0))
        assert upper[s] == pytest.approx((f - arc).min(), abs=0.05)
        assert lower[s] == pytest.approx((f + arc).max(), abs=0.05)


def test_the_touched_piece_gives_the_edge_and_its_slope():
    knots = beat(60)
    (upper, piece, share), _ = draw_edges(knots, PER_PX, RADIUS)
    for s in (60, 118, 121, 130):
        for i, weight in ((piece[s], 1 - share[s]), (piece[s] + 1, share[s])):
            moved = knots.copy()
            moved[i] += 1e-5
            change = (draw_edges(moved, PER_PX, RADIUS)[0].edge[s] - upper[s]) / 1e-5
            assert change == pytest.approx(weight, abs=1e-3)


@given(st.integers(0, 10_000), st.integers(3, 30), st.integers(1, 6))
@settings(max_examples=40, deadline=None)
def test_solves_a_banded_system(seed, size, bandwidth):
    rng = np.random.default_rng(seed)
    band = np.zeros((size, bandwidth + 1))
    full = np.zeros((size, size))
    for i in range(size):
        for k in range(min(bandwidth, size - 1 - i) + 1):
            value = rng.uniform(-1, 1) + (2.0 * bandwidth + 2.0 if k == 0 else 0.0)
            band[i, k] = full[i, i + k] = full[i + k, i] = value
    right = rng.normal(size=size)
    expected = np.linalg.solve(full, right)
    solve_banded(band, right)
    assert right == pytest.approx(expected, abs=1e-9)


def matched(upper, lower, start, stiffness=1e-4):
    trust = np.ones(upper.size)
    return match_edges(
        upper, lower, trust, trust, start, PER_PX, RADIUS, 0.3, stiffness, 10.0, 1e-3, 10
    )


def test_matching_edges_finds_the_curve():
    truth = beat(60)
    upper, lower = (rim.edge for rim in draw_edges(truth, PER_PX, RADIUS))
    start = truth + 0.8 * np.cos(np.arange(truth.size) / 5.0)
    found = matched(column_means(upper), column_means(lower), start)
    assert np.abs(found - truth).max() < 2.0
    assert np.sqrt(np.mean((found - truth) ** 2)) < 0.25


def test_an_edge_moved_by_foreign_ink_pulls_little():
    truth = np.full(60 * PER_PX + 1, 40.0)
    upper, lower = (rim.edge for rim in draw_edges(truth, PER_PX, RADIUS))
    moved = column_means(lower)
    moved[20:26] += 25.0
    found = matched(column_means(upper), moved, truth, stiffness=0.1)
    assert np.abs(found - truth).max() < 0.3


def test_unknown_edges_are_bridged():
    truth = np.full(40 * PER_PX + 1, 20.0)
    upper, lower = (rim.edge for rim in draw_edges(truth, PER_PX, RADIUS))
    upper, lower = column_means(upper), column_means(lower)
    upper[10:15] = lower[10:15] = np.nan
    assert np.abs(matched(upper, lower, truth) - truth).max() < 0.05


def test_matching_ink_finds_a_steep_curve():
    truth = beat(60)
    ink = drawn(truth)
    start = truth + 0.6 * np.cos(np.arange(truth.size) / 4.0)
    found, error = match_ink(
        ink, np.ones_like(ink), start, PER_PX, RADIUS, 1.0, 1.0, 0.3, 1e-4, 10.0, 1e-3, 10
    )
    assert np.sqrt(np.mean((start - truth) ** 2)) > 0.4
    assert np.sqrt(np.mean((found - truth) ** 2)) < 0.1
    assert error.max() < 0.1


def test_ink_that_does_not_fit_leaves_a_large_error():
    truth = np.full(40 * PER_PX + 1, 20.0)
    ink = drawn(truth, 40)
    ink[15:20, 21:30] = 1.0
    _, error = match_ink(
        ink, np.ones_like(ink), truth, PER_PX, RADIUS, 1.0, 1.0, 0.3, 1e-4, 10.0, 1e-3, 4
    )
    assert error[15:20].min() > 3 * error[:12].max()
    assert error[:12].max() < 0.1
