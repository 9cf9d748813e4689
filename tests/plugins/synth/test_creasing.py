from __future__ import annotations

import numpy as np
import pytest

from ecgengine_plugins.synth.creasing import chip, crumple, fold
from ecgengine_plugins.synth.relief import STEP_MM

SHAPE = (121, 161)


def kinks(lift):
    """Measure how much the slope changes at each inner node of a lattice."""
    down = np.abs(np.diff(lift, 2, axis=0))[:, 1:-1]
    return np.maximum(down, np.abs(np.diff(lift, 2, axis=1))[1:-1]) / STEP_MM


@pytest.mark.parametrize("seed", range(3))
def test_crumpled_paper_bends_at_its_creases_only(seed):
    lift, creases = crumple(np.random.default_rng(seed), SHAPE, 30.0, 0.2)
    bends = kinks(lift)
    x, y = np.rint(creases[:, :2] / STEP_MM).astype(int).T
    near = np.zeros(SHAPE, bool)
    for dx in (-1, 0, 1):
        for dy in (-1, 0, 1):
            near[np.clip(y + dy, 0, SHAPE[0] - 1), np.clip(x + dx, 0, SHAPE[1] - 1)] = True
    near = near[1:-1, 1:-1]
    assert 0.05 < near.mean() < 0.6
    assert bends[near].mean() > 10 * bends[~near].mean()
    assert np.allclose(np.hypot(creases[:, 2], creases[:, 3]), 1, atol=1e-3)
    slopes = np.hypot(*np.gradient(lift, STEP_MM))
    assert 0.05 < np.median(slopes) < 0.4


def test_larger_slopes_lift_paper_higher():
    low, high = (crumple(np.random.default_rng(4), SHAPE, 30.0, slope)[0] for slope in (0.1, 0.2))
    assert np.allclose(high, 2 * low, atol=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_a_fold_is_one_straight_ridge(seed):
    lift, crease = fold(np.random.default_rng(seed), SHAPE, 0.2)
    middle, along = crease[:, :2], crease[:, 2:4]
    normal = np.array([-along[0, 1], along[0, 0]])
    assert np.ptp(middle @ normal) < 1e-3
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]] * STEP_MM
    away = np.abs(np.stack([x, y], axis=2) @ normal - middle[0] @ normal)
    assert (lift[away < 0.5] > lift[away > 5].max()).all()
    assert kinks(lift)[away[1:-1, 1:-1] > 2].max() < 0.03


def test_toner_breaks_off_along_creases():
    image = np.zeros((480, 640, 3), np.uint8)
    _, crease = fold(np.random.default_rng(1), (61, 81), 0.2)
    paper = np.array([250.0, 240.0, 230.0])
    bare = []
    for loss in (0.0, 0.3, 1.0):
        chipped = image.copy()
        chip(chipped, 8.0, crease, paper, np.random.default_rng(2), loss)
        bare.append((chipped[:, :, 0] > 125).sum())
        y, x = np.nonzero(chipped[:, :, 0])
        normal = np.array([-crease[0, 3], crease[0, 2]])
        away = np.stack([(x + 0.5) / 8, (y + 0.5) / 8], axis=1) @ normal - crease[0, :2] @ normal
        assert np.abs(away).max(initial=0) < 0.8
        assert (chipped <= paper).all()
    assert bare[0] == 0
    assert 0 < 1.5 * bare[1] < bare[2]
