from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ecgengine_plugins.synth.picture import Leaf, Print
from ecgengine_plugins.synth.soaking import soak, stain

SCALE = 6.0
SHAPE = (480, 660)


@pytest.fixture(scope="module")
def sheet():
    trace, grid = np.zeros(SHAPE, np.uint8), np.zeros(SHAPE, np.uint8)
    trace[::60] = trace[1::60] = 255
    grid[:, ::30] = 200
    empty = np.zeros(SHAPE, np.uint8)
    colors = ((20.0, 20, 20), (230.0, 130, 130), (40.0, 40, 140), (250.0, 250, 245))
    return Print(trace, empty, grid, empty, *colors, SCALE)


def test_ink_runs_where_water_was_and_nowhere_else(sheet):
    runs = [soak(sheet, np.random.default_rng(seed)) for seed in range(12)]
    changed = [(run.trace != sheet.trace).mean() for run in runs]
    assert 0.02 < np.mean(changed) < 0.6
    shares = [run.trace.sum(dtype=float) / sheet.trace.sum(dtype=float) for run in runs]
    assert min(shares) > 0.5
    assert max(shares) < 2.5
    for run in runs:
        assert not run.text.any()
        assert not run.marks.any()
        before = sheet.trace[::60][:, ::10]
        # Ink may fade where it stands, never vanish.
        assert (run.trace[::60][:, ::10] > 0.15 * before).all()


def test_dry_paper_stays_as_it_is(sheet):
    runs = [soak(sheet, np.random.default_rng(seed)) for seed in range(30)]
    dry = [np.array_equal(run.trace[:, :200], sheet.trace[:, :200]) for run in runs]
    assert any(dry)
    assert not all(dry)


def leaf_of(ink):
    image = np.full((*SHAPE, 3), 245, np.uint8)
    image[ink] = 25
    return Leaf(image, SCALE)


def test_stains_darken_paper_and_leave_ink_readable(sheet):
    ink = sheet.trace > 0
    for seed in range(8):
        random = np.random.default_rng(seed)
        stained = stain(leaf_of(ink), random).image.astype(int)
        clean = stain(leaf_of(np.zeros_like(ink)), np.random.default_rng(seed)).image.astype(int)
        assert clean.max() <= 245
        assert (clean[..., 0] >= clean[..., 2]).mean() > 0.99
        contrast = (clean - stained)[ink][:, 0]
        assert np.median(contrast) > 100
        assert (contrast > 40).mean() > 0.98


def test_stains_differ_from_mild_to_hard(sheet):
    darkness = [
        245 - stain(leaf_of(sheet.trace > 300), np.random.default_rng(seed)).image[..., 2].mean()
        for seed in range(12)
    ]
    assert max(darkness) > 3 * min(darkness)


def test_wet_paper_dries_in_waves(sheet):
    leaf = leaf_of(sheet.trace > 0)
    before = leaf.image.copy()
    for seed in range(8):
        relief = stain(leaf, np.random.default_rng(seed)).relief
        assert relief is not None
        assert 0.1 < np.ptp(relief.lift_mm) < 15
        assert np.abs(relief.shift_mm).max() < 0.8
        turns = np.abs(np.diff(relief.shift_mm, axis=1)).max() / relief.step_mm
        assert turns < 0.1
    assert np.array_equal(leaf.image, before)


@pytest.mark.parametrize("seed", [3, 4])
def test_the_seed_decides_everything(sheet, seed):
    once, again = (soak(sheet, np.random.default_rng(seed)) for _ in range(2))
    assert np.array_equal(once.trace, again.trace)
    leaf = replace(leaf_of(sheet.trace > 0), missing=np.zeros(SHAPE, np.uint8))
    one, two, other = (stain(leaf, np.random.default_rng(s)) for s in (seed, seed, seed + 1))
    assert np.array_equal(one.image, two.image)
    assert one.missing is leaf.missing
    assert not np.array_equal(one.image, other.image)
