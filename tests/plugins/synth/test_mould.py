from __future__ import annotations

import numpy as np
import pytest

from ecgengine_plugins.synth.mould import mould
from ecgengine_plugins.synth.picture import Leaf

SCALE = 5.0
SHAPE = (1000, 1400)


def leaf_of(ink):
    image = np.full((*SHAPE, 3), (250, 245, 240), np.uint8)
    image[ink] = 25
    return Leaf(image, SCALE, missing=np.zeros(SHAPE, np.uint8))


@pytest.fixture(scope="module")
def ink():
    ink = np.zeros(SHAPE, bool)
    ink[::40] = ink[1::40] = True
    return ink


def test_colonies_hide_some_of_the_ink(ink):
    hidden = []
    for seed in range(14):
        with_ink = mould(leaf_of(ink), np.random.default_rng(seed)).image.astype(int)
        without = mould(leaf_of(np.zeros_like(ink)), np.random.default_rng(seed)).image.astype(int)
        contrast = (without - with_ink)[ink].sum(axis=1)
        assert contrast.min() >= 0
        hidden.append((contrast < 0.35 * (735 - 75)).mean())
    assert 0.005 < np.mean(hidden) < 0.15
    assert max(hidden) > 4 * min(hidden)


def test_mould_is_dark_or_light_and_its_paper_yellow():
    blank = np.zeros(SHAPE, bool)
    pages = [mould(leaf_of(blank), np.random.default_rng(seed)).image for seed in range(10)]
    assert sum((page.min(axis=2) < 100).mean() > 0.002 for page in pages) >= 5
    for page in pages:
        red, _, blue = page.reshape(-1, 3).mean(axis=0)
        assert red > blue + 8
        # Between the colonies most of the page can be read.
        assert np.median(page[..., 1]) > 150


def test_mould_leaves_the_shape_of_the_paper(ink):
    leaf = leaf_of(ink)
    before = leaf.image.copy()
    grown = mould(leaf, np.random.default_rng(1))
    assert grown.missing is leaf.missing
    assert grown.relief is None
    assert np.array_equal(leaf.image, before)


def test_the_seed_decides_everything(ink):
    once, again, other = (mould(leaf_of(ink), np.random.default_rng(s)).image for s in (5, 5, 6))
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)
