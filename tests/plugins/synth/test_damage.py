from __future__ import annotations

import numpy as np
import pytest

from ecgengine_plugins.synth.damage import damage
from ecgengine_plugins.synth.picture import Leaf

SCALE = 5.0
SHAPE = (1000, 1400)


@pytest.fixture(scope="module")
def ink():
    ink = np.zeros(SHAPE, bool)
    ink[::40] = ink[1::40] = True
    return ink


def leaf_of(ink):
    image = np.full((*SHAPE, 3), (250, 245, 240), np.uint8)
    image[ink] = 25
    return Leaf(image, SCALE)


@pytest.fixture(scope="module")
def damaged(ink):
    return [damage(leaf_of(ink), np.random.default_rng(seed)) for seed in range(14)]


def test_some_of_the_ink_is_lost(ink, damaged):
    lost = []
    for leaf in damaged:
        bright = leaf.image[ink].astype(int).sum(axis=1) > 3 * 120
        missing = np.zeros(ink.sum(), bool) if leaf.missing is None else leaf.missing[ink] > 127
        lost.append((bright | missing).mean())
    assert 0.005 < np.mean(lost) < 0.12
    assert max(lost) < 0.4
    assert max(lost) > 2 * min(lost)


def test_torn_edges_show_white_fibers(damaged):
    seen = 0
    for leaf in damaged:
        if leaf.missing is None:
            continue
        assert leaf.missing.shape == SHAPE
        assert leaf.missing.dtype == np.uint8
        edge = (leaf.missing > 0) & (leaf.missing < 255)
        seen += edge.sum()
        if edge.sum() > 500:
            assert np.median(leaf.image[edge].min(axis=1)) > 150
    assert seen > 1000


def test_paper_is_crumpled_not_flat(damaged):
    for leaf in damaged:
        relief = leaf.relief
        assert relief is not None
        assert (relief.lift_mm.shape[1] - 1) * relief.step_mm >= SHAPE[1] / SCALE
        assert np.abs(relief.lift_mm).max() < 40
        assert np.abs(relief.shift_mm).max() < 1.5
        # The paper map must stay one to one.
        assert np.abs(np.diff(relief.shift_mm, axis=0)).max() < 0.3 * relief.step_mm
    assert np.median([np.ptp(leaf.relief.lift_mm) for leaf in damaged]) > 2


def test_what_was_gone_stays_gone(ink):
    leaf = leaf_of(ink)
    missing = np.zeros(SHAPE, np.uint8)
    missing[100:200, 300:500] = 255
    before = leaf.image.copy()
    for seed in range(3):
        again = damage(Leaf(leaf.image, SCALE, missing), np.random.default_rng(seed))
        assert again.missing is not None
        assert (again.missing[100:200, 300:500] == 255).all()
    assert np.array_equal(leaf.image, before)
    assert missing.sum() == 255 * 100 * 200


def test_the_seed_decides_everything(ink, damaged):
    again = damage(leaf_of(ink), np.random.default_rng(5))
    assert np.array_equal(again.image, damaged[5].image)
    assert np.array_equal(again.relief.lift_mm, damaged[5].relief.lift_mm)
    assert not np.array_equal(again.image, damaged[6].image)
