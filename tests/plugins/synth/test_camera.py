from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ecgengine_plugins.synth.camera import develop, photograph
from ecgengine_plugins.synth.light import STEP_PX, Light
from ecgengine_plugins.synth.picture import Relief


@pytest.mark.parametrize("seed", range(4))
def test_the_map_says_where_each_point_of_paper_is(seed, dotted, misses):
    leaf, dots = dotted
    shot = photograph(leaf, np.random.default_rng(seed), width_px=1100)
    off = misses(shot, dots)
    assert len(off) > 0.8 * len(dots)
    assert np.median(np.abs(off)) < 0.12
    assert np.percentile(np.abs(off), 98) < 0.5


def test_a_leaf_keeps_the_shape_that_it_has(dotted, misses):
    leaf, dots = dotted
    x = np.mgrid[:106, :141][1] * 2.0
    lift = (12 * np.sin(x / 30)).astype(np.float32)
    shift = np.dstack([np.zeros_like(lift), 4 * np.sin(x / 25)]).astype(np.float32)
    bent = replace(leaf, relief=Relief(lift, shift, 2.0))
    shot = photograph(bent, np.random.default_rng(2), width_px=1100, tilt_deg=0.0)
    assert np.median(np.abs(misses(shot, dots))) < 0.12
    row = shot.paper_map.to_page(np.stack([np.linspace(30, 250, 60), np.full(60, 100.0)], axis=1))
    line = np.polynomial.Polynomial.fit(row[:, 0], row[:, 1], 1)
    assert np.ptp(row[:, 1] - line(row[:, 0])) > 15


def test_what_is_gone_shows_the_table(dotted):
    leaf, _ = dotted
    missing = np.zeros(leaf.image.shape[:2], np.uint8)
    missing[200:480, 300:700] = 255
    seeds = range(6)
    whole = [photograph(leaf, np.random.default_rng(s), width_px=800) for s in seeds]
    torn = [
        photograph(replace(leaf, missing=missing), np.random.default_rng(s), width_px=800)
        for s in seeds
    ]
    darker = []
    for before, after in zip(whole, torn, strict=True):
        assert np.array_equal(before.paper_map.nodes_mm, after.paper_map.nodes_mm)
        (x, y), (far_x, far_y) = np.rint(
            after.paper_map.to_page(np.array([[127.5, 82.5], [210, 172.5]]))
        )
        hole = [np.s_[int(y) - 5 : int(y) + 6, int(x) - 5 : int(x) + 6]]
        rest = np.s_[int(far_y) - 5 : int(far_y) + 6, int(far_x) - 5 : int(far_x) + 6]
        darker.append(before.image[hole[0]].mean() - after.image[hole[0]].mean())
        assert np.abs(before.image[rest].astype(int) - after.image[rest]).mean() < 12
    assert np.median(darker) > 40


def test_the_seed_decides_everything(dotted):
    leaf, _ = dotted
    once, again, other = (
        photograph(leaf, np.random.default_rng(seed), width_px=800) for seed in (5, 5, 6)
    )
    assert np.array_equal(once.image, again.image)
    assert once.jpeg_quality == again.jpeg_quality
    assert once.image.shape != other.image.shape or not np.array_equal(once.image, other.image)


def test_pictures_have_the_width_asked_for_and_usual_shapes(dotted):
    leaf, _ = dotted
    shots = [photograph(leaf, np.random.default_rng(seed), width_px=640) for seed in range(12)]
    assert {shot.image.shape[1] for shot in shots} == {640}
    assert {shot.image.shape[0] for shot in shots} == {480, 495, 360}
    assert all(75 <= shot.jpeg_quality <= 95 for shot in shots)


def even(value, gain=1.0, veil=0.0):
    """A gray scene of 600 x 400 pixels in even light."""
    scene = np.full((400, 600, 3), value, np.uint8)
    lattice = np.ones((401, 601), np.float32)[::STEP_PX, ::STEP_PX]
    light = Light(np.full((*lattice.shape, 3), gain, np.float32), veil * lattice)
    return scene, light


def test_a_phone_exposes_paper_below_white_with_noise():
    levels, deviations = [], []
    for seed in range(15):
        image = develop(*even(245), np.random.default_rng(seed), focus_px=0.5).astype(float)
        levels.append(image.mean())
        deviations.append(image.std(axis=(0, 1)).mean())
    assert 180 < np.median(levels) < 235
    assert 1.5 < np.median(deviations) < 5
    assert max(deviations) < 7


def test_dimmer_light_is_made_up_for_but_stray_light_is_not():
    bright, dim, veiled = (
        develop(*even(60, **light), np.random.default_rng(4), focus_px=0.5).mean()
        for light in ({"gain": 1.0}, {"gain": 0.2}, {"gain": 1.0, "veil": 0.1})
    )
    assert dim == pytest.approx(bright, abs=0.5)
    assert veiled > bright + 10
