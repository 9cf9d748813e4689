from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgengine_kernels.viterbi import add_unread_costs, cheapest_path, ink_costs


def path_cost(node, travel, rows):
    total = node[0, rows[0]]
    for x in range(1, len(rows)):
        low, high = sorted((rows[x - 1], rows[x]))
        total += travel[x, low + 1 : high + 1].sum() + node[x, rows[x]]
    return total


def everywhere(node):
    width, height = node.shape
    return np.zeros(width, np.int32), np.full(width, height - 1, np.int32)


@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_finds_the_cheapest_of_all_paths(seed, width, height):
    rng = np.random.default_rng(seed)
    node = rng.random((width, height)).astype(np.float32)
    travel = (0.4 * rng.random((width, height))).astype(np.float32)
    rows, cost = cheapest_path(node, travel, *everywhere(node))
    least = min(
        path_cost(node.astype(float), travel.astype(float), p)
        for p in itertools.product(range(height), repeat=width)
    )
    assert cost == pytest.approx(least, abs=1e-6)
    assert path_cost(node, travel, rows) == pytest.approx(least, abs=1e-5)


def test_stays_inside_its_band():
    node = np.ones((6, 9), np.float32)
    node[:, 0] = 0.0
    first, last = np.full(6, 3, np.int32), np.full(6, 5, np.int32)
    rows, _ = cheapest_path(node, np.full((6, 9), 0.01, np.float32), first, last)
    assert ((rows >= 3) & (rows <= 5)).all()


def test_a_steep_stroke_is_cheaper_than_a_bridge_over_white():
    ink = np.zeros((9, 60), np.float32)
    ink[:3, 50] = ink[6:, 50] = 1.0
    ink[3, 5:51] = ink[5, 5:51] = 1.0
    ink[4, 5] = 1.0
    nowhere = np.zeros_like(ink)
    node, travel = ink_costs(
        ink, np.ones_like(ink), nowhere, np.full(9, 50, np.float32), 1.0, 4.0, 0.5, 0.002, 0.001
    )
    rows, _ = cheapest_path(node, travel, *everywhere(node))
    assert rows[4] == 5


def test_hidden_places_are_cheap_to_cross():
    ink = np.zeros((5, 7), np.float32)
    hidden = np.zeros_like(ink)
    hidden[2, 3] = 1.0
    zero = np.full(5, 3, np.float32)
    node, travel = ink_costs(ink, np.ones_like(ink), hidden, zero, 1.0, 4.0, 0.5, 0.002, 0.0)
    assert node[2, 3] == pytest.approx(1.0)
    assert node[1, 3] == pytest.approx(4.0)
    assert travel[1, 3] == pytest.approx(0.502)
    assert travel[2, 3] == pytest.approx(0.502)


def test_ink_that_is_not_trusted_costs_more():
    ink = np.ones((2, 3), np.float32)
    trust = np.ones_like(ink)
    trust[1] = 0.0
    node, _ = ink_costs(
        ink, trust, np.zeros_like(ink), np.ones(2, np.float32), 1.0, 4.0, 0.5, 0.0, 0.0
    )
    assert (node[0] == 0.0).all()
    assert node[1] == pytest.approx(2.4)


def slow_unread_costs(ink, faintest, unread, most_px):
    extra = np.zeros_like(ink)
    for x, column in enumerate(ink):
        inked = column >= faintest
        for y in range(column.size):
            run = 0.0
            if inked[y]:
                first = y - int(np.argmin(np.append(inked[: y + 1][::-1], False))) + 1
                stop = y + int(np.argmin(np.append(inked[y:], False)))
                run = column[first:stop].sum()
            extra[x, y] = unread * min(column[inked].sum() - run, most_px)
    return extra


@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_unread_ink_costs_what_lies_outside_the_run(seed, width, height):
    rng = np.random.default_rng(seed)
    ink = (rng.random((width, height)) * rng.integers(0, 2, (width, height))).astype(np.float32)
    node = rng.random((width, height)).astype(np.float32)
    added = node.copy()
    add_unread_costs(added, ink, 0.3, 0.1, 2.0)
    assert added - node == pytest.approx(slow_unread_costs(ink, 0.3, 0.1, 2.0), abs=1e-5)


def test_a_line_between_the_feet_of_a_complex_is_no_shortcut():
    ink = np.zeros((9, 60), np.float32)
    ink[:, 50] = 1.0
    ink[2, 5:51] = ink[6, 5:51] = 1.0
    ink[2:7, 5:26] = 1.0
    nowhere, zero = np.zeros_like(ink), np.full(9, 50, np.float32)

    def crossing(unread):
        node, travel = ink_costs(ink, np.ones_like(ink), nowhere, zero, 1.0, 4.0, 0.5, 0.002, 0.001)
        add_unread_costs(node, ink, 0.3, unread, 60.0)
        return cheapest_path(node, travel, *everywhere(node))[0][4]

    assert crossing(0.0) == 50
    assert crossing(0.1) <= 25
