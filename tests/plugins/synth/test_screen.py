from __future__ import annotations

import cv2
import numpy as np
import pytest

from ecgengine_plugins.synth.screen import photograph_screen

PX_PER_MM = 4.0


@pytest.mark.parametrize("seed", range(4))
def test_the_map_says_where_each_point_of_the_page_is(seed, dotted, misses):
    leaf, dots = dotted
    flat = cv2.resize(leaf.image, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    shot = photograph_screen(flat, 2 * PX_PER_MM, np.random.default_rng(seed), width_px=1400)
    off = misses(shot, dots)
    assert len(off) > 0.8 * len(dots)
    assert np.median(np.abs(off)) < 0.15


def test_a_display_has_its_raster_and_paper_has_not():
    white = np.full((1680, 2240, 3), 255, np.uint8)
    shot = photograph_screen(white, 8.0, np.random.default_rng(3))
    middle = shot.image[600:1000, 800:1300].astype(float)
    # Colors alternate from pixel to pixel far beyond the noise of one.
    color = middle[..., 0] - middle[..., 1]
    spectrum = np.abs(np.fft.rfft2(color - color.mean())) ** 2
    assert spectrum.max() > 300 * np.median(spectrum)


def test_the_seed_decides_everything(dotted):
    leaf, _ = dotted
    once, again = (
        photograph_screen(leaf.image, PX_PER_MM, np.random.default_rng(5), width_px=800)
        for _ in range(2)
    )
    assert np.array_equal(once.image, again.image)
    assert np.array_equal(once.paper_map.nodes_mm, again.paper_map.nodes_mm)
