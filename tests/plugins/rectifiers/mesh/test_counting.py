from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine_plugins.rectifiers.mesh.counting import count_lines

PERIOD_PX, BINS, SURE = 40.0, 60, 0.7
SHAPE = (30, 40)
ORIGIN = np.array([30.0, 25.0])


def course(periods: NDArray[np.float64], heavy: float = 1.0) -> NDArray[np.float64]:
    """Light lines, the first of five heavier."""
    line = np.exp(30 * (np.cos(2 * np.pi * 5 * periods) - 1) / 25)
    fifth = np.exp(30 * (np.cos(2 * np.pi * periods) - 1))
    return np.asarray(line + heavy * fifth)


def gridness(heavy: float) -> NDArray[np.float32]:
    height, width = (np.array(SHAPE) / 2 * PERIOD_PX + 60).astype(int)
    x, y = (
        (np.arange(n) - start) / PERIOD_PX for n, start in zip((width, height), ORIGIN, strict=True)
    )
    return (course(x, heavy)[None, :] + course(y, heavy)[:, None]).astype(np.float32)


def linked() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A lattice of half periods, right all over, with a doubtful column that parts it."""
    columns, rows = np.meshgrid(np.arange(SHAPE[1]), np.arange(SHAPE[0]))
    half = PERIOD_PX / 2
    nodes = np.zeros((*SHAPE, 6))
    nodes[..., :2] = ORIGIN + half * np.stack([columns, rows], axis=-1)
    nodes[..., 2], nodes[..., 5] = half, half
    trust = np.full(SHAPE, 0.9)
    trust[:, 30] = 0.5
    return nodes, trust


def count(nodes: NDArray[np.float64], trust: NDArray[np.float64], heavy: float = 1.0) -> bool:
    values = gridness(heavy)
    template = course(np.arange(BINS) / BINS, heavy)
    templates = np.stack([template - template.mean()] * 2)
    return count_lines(values, np.ones_like(values), nodes, trust, templates, SURE, 0.5)


def test_what_is_counted_right_stays() -> None:
    nodes, trust = linked()
    before, trusted = nodes.copy(), trust.copy()
    assert not count(nodes, trust)
    np.testing.assert_array_equal(nodes, before)
    np.testing.assert_array_equal(trust, trusted)


@pytest.mark.parametrize("slipped", [(1, 0), (0, -2), (-1, 2), (3, 0)])
def test_a_part_that_slipped_is_put_on_its_lines(slipped: tuple[int, int]) -> None:
    nodes, trust = linked()
    right = nodes.copy()
    nodes[:, 31:, :2] += np.array(slipped) * PERIOD_PX / 5
    assert count(nodes, trust)
    known = trust > SURE
    assert np.abs(nodes - right)[known].max() < 1e-6
    # The chain that lost the line is forgotten.
    assert not trust[:, 30].any()


def test_a_narrow_bridge_holds_no_part() -> None:
    nodes, trust = linked()
    right = nodes.copy()
    trust[12:14, 30] = 0.9
    nodes[:, 31:, 0] += PERIOD_PX / 5
    assert count(nodes, trust)
    assert np.abs(nodes - right)[:, 32:].max() < 1e-6


def test_few_crossings_tell_nothing() -> None:
    nodes, trust = linked()
    trust[:, 31:] = 0.0
    trust[3:6, 33:36] = 0.9
    nodes[3:6, 33:36, 0] += PERIOD_PX / 5
    assert not count(nodes, trust)


@pytest.mark.parametrize("slipped", [0, 1, -2])
def test_where_no_line_is_heavier_the_others_tell(slipped: int) -> None:
    nodes, trust = linked()
    right = nodes.copy()
    nodes[:, 31:, 1] += slipped * PERIOD_PX / 5
    assert count(nodes, trust, heavy=0.0) == (slipped != 0)
    assert np.abs(nodes - right)[trust > SURE].max() < 1e-6


def test_a_part_torn_off_by_a_line_is_put_back() -> None:
    nodes, trust = linked()
    right = nodes.copy()
    trust[:, 30] = 0.9
    nodes[:, 31:, 1] += PERIOD_PX / 5
    assert count(nodes, trust)
    assert np.abs(nodes - right)[:, 32:].max() < 1e-6
