from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ecgengine_plugins.synth.flatbed import scan
from ecgengine_plugins.synth.picture import Leaf

SEEDS = range(12)


def scans(leaf, *, black_and_white, seeds=SEEDS, px_per_mm=4.0):
    return [
        scan(
            leaf,
            np.random.default_rng(seed),
            px_per_mm=px_per_mm,
            black_and_white=black_and_white,
        )
        for seed in seeds
    ]


@pytest.fixture(scope="module")
def tinted():
    """A leaf of one light gray."""
    return Leaf(np.full((560, 760, 3), 205, np.uint8), 4.0)


@pytest.mark.parametrize("black_and_white", [False, True])
def test_the_map_says_where_each_point_of_paper_is(black_and_white, dotted, misses):
    leaf, dots = dotted
    for shot in scans(leaf, black_and_white=black_and_white, seeds=range(8)):
        off = misses(shot, dots)
        assert len(off) > 0.9 * len(dots)
        assert np.abs(off.mean(axis=0)).max() < 0.06
        assert np.percentile(np.abs(off), 95) < 0.25


def test_the_resolution_is_as_asked(dotted):
    leaf, _ = dotted
    for shot in scans(leaf, black_and_white=False, seeds=range(4), px_per_mm=5.0):
        height, width = shot.image.shape[:2]
        assert width == pytest.approx(280 * 5, abs=13)
        assert height == pytest.approx(210 * 5, abs=13)
        steps = np.diff(shot.paper_map.nodes_mm, axis=1)[..., 0]
        assert np.median(steps) == pytest.approx(shot.paper_map.step_px / 5.0, rel=0.01)


def test_color_scans_become_jpeg(tinted):
    qualities = [shot.jpeg_quality for shot in scans(tinted, black_and_white=False)]
    assert all(quality is not None and 80 <= quality <= 97 for quality in qualities)
    assert len(set(qualities)) > 1


def test_black_and_white_scans_turn_gray_into_dots(tinted):
    shots = scans(tinted, black_and_white=True, seeds=range(24))
    middles = [shot.image[100:-100, 100:-100] for shot in shots]
    assert all(np.ptp(middle.astype(int), axis=2).max() == 0 for middle in middles)
    assert all(shot.jpeg_quality is None for shot in shots)
    # Most give the ten shades of 3 x 3 points, some black and white alone, some grays.
    shades = [np.unique(shot.image).size for shot in shots]
    assert sum(2 < count <= 10 for count in shades) > 12
    assert min(shades) == 2
    assert max(shades) > 20


def test_white_paper_and_black_ink_stay_so_in_black_and_white(dotted):
    leaf, dots = dotted
    for shot in scans(leaf, black_and_white=True):
        for x, y in np.rint(shot.paper_map.to_page(dots[40:60])).astype(int):
            assert shot.image[y - 2 : y + 3, x - 2 : x + 3].mean() < 90
        between = shot.paper_map.to_page(dots[40:60] + 7.5)
        for x, y in np.rint(between).astype(int):
            assert shot.image[y - 8 : y + 9, x - 8 : x + 9].mean() > 225


def test_what_is_gone_shows_the_lid(dotted):
    leaf, dots = dotted
    missing = np.zeros(leaf.image.shape[:2], np.uint8)
    missing[300:500, 300:600] = 255
    inside = dots[(np.abs(dots - (112, 100)) < (25, 15)).all(axis=1)]
    assert len(inside) > 2
    for shot in scans(replace(leaf, missing=missing), black_and_white=False):
        spots = np.rint(shot.paper_map.to_page(inside)).astype(int)
        assert np.ptp([shot.image[y, x].mean() for x, y in spots]) < 25


def test_the_lid_is_white_or_dark():
    leaf = Leaf(np.full((400, 600, 3), 140, np.uint8), 2.0)
    missing = np.full(leaf.image.shape[:2], 255, np.uint8)
    leaf = replace(leaf, missing=missing)
    shots = scans(leaf, black_and_white=False, seeds=range(24), px_per_mm=2.0)
    lids = np.array([np.median(shot.image) for shot in shots])
    assert np.all((lids > 190) | (lids < 130))
    assert np.any(lids > 190)
    assert np.any(lids < 130)


@pytest.mark.parametrize("black_and_white", [False, True])
def test_the_seed_decides_everything(black_and_white, dotted):
    leaf, _ = dotted
    once, again, other = scans(leaf, black_and_white=black_and_white, seeds=(5, 5, 6))
    assert np.array_equal(once.image, again.image)
    assert np.array_equal(once.paper_map.nodes_mm, again.paper_map.nodes_mm)
    assert once.jpeg_quality == again.jpeg_quality
    assert not np.array_equal(once.image, other.image)
