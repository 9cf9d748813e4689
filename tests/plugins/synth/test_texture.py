from __future__ import annotations

import numpy as np
import pytest

from ecgengine_plugins.synth.texture import enlarge, fractal, grain


@pytest.mark.parametrize("cell", [3, 24, (8.0, 40.0)])
@pytest.mark.parametrize("octaves", [1, 5])
def test_a_fractal_has_no_mean_and_unit_deviation(cell, octaves):
    fields = [fractal(np.random.default_rng(s), (130, 170), cell, octaves) for s in range(20)]
    assert fields[0].shape == (130, 170)
    assert fields[0].dtype == np.float32
    assert abs(np.mean(fields)) < 0.15
    assert 0.7 < np.std(fields) < 1.2


def test_more_octaves_are_rougher():
    smooth, rough = (fractal(np.random.default_rng(1), (200, 200), 50, n) for n in (1, 5))
    assert np.abs(np.diff(rough)).mean() > 2 * np.abs(np.diff(smooth)).mean()


def test_cells_may_be_longer_than_high():
    field = fractal(np.random.default_rng(2), (200, 200), (5, 50), 1)
    assert np.abs(np.diff(field, axis=0)).mean() > 4 * np.abs(np.diff(field, axis=1)).mean()


def test_the_seed_decides_a_fractal():
    once, again, other = (fractal(np.random.default_rng(s), (40, 50), 9) for s in (1, 1, 2))
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)


@pytest.mark.parametrize("cell", [3.3, 6.4, 100])
def test_grain_repeats_without_a_seam(cell):
    tile = grain(np.random.default_rng(3), 128, cell, 3)
    assert tile.std() == pytest.approx(1, abs=0.01)
    for field in (tile, tile.T):
        inner = np.abs(np.diff(field, axis=0)).mean(axis=1)
        assert np.abs(field[0] - field[-1]).mean() < 1.2 * inner.max()


def test_enlarging_keeps_the_ends():
    field = np.array([[0, 200], [100, 200]], dtype=np.uint8)
    large = enlarge(field, (8, 12))
    assert large.shape == (8, 12)
    assert large.dtype == np.uint8
    assert (large[0, 0], large[0, -1], large[-1, 0]) == (0, 200, 100)
