from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ecgengine_plugins.synth.picture import Print
from ecgengine_plugins.synth.printing import print_out

PAPER = (250.0, 240.0, 230.0)
SEEDS = range(8)


@pytest.fixture(scope="module")
def sheet():
    """A heavy black bar on the left, a line beside it, a pink field on the right."""
    blank = np.zeros((160, 240), np.uint8)
    trace, grid = blank.copy(), blank.copy()
    trace[:, 20:40] = 255
    trace[:, 70:73] = 255
    grid[:, 140:] = 255
    return Print(trace, blank, grid, blank, (10, 10, 10), (250.0, 180, 180), (0, 0, 0), PAPER, 8.0)


@pytest.mark.parametrize("seed", SEEDS)
def test_blank_paper_keeps_its_color(seed, sheet):
    leaf = print_out(sheet, np.random.default_rng(seed))
    blank = leaf.image[:, 85:130]
    assert np.allclose(np.median(blank, axis=(0, 1)), PAPER, atol=2)
    assert 0 < blank.std(axis=(0, 1)).max() < 12
    assert leaf.px_per_mm == sheet.px_per_mm
    assert leaf.image.shape == (160, 240, 3)


@pytest.mark.parametrize("seed", SEEDS)
def test_ink_stays_where_it_is_drawn(seed, sheet):
    leaf = print_out(sheet, np.random.default_rng(seed))
    dark = np.clip(200 - leaf.image[:, 60:84].mean(axis=(0, 2)), 0, None)
    assert np.sum(dark * np.arange(60, 84)) / dark.sum() == pytest.approx(71, abs=0.1)
    assert leaf.image[:, 24:36].mean() < 90


@pytest.mark.parametrize("seed", SEEDS)
def test_a_light_color_is_dots_of_about_its_brightness(seed, sheet):
    field = print_out(sheet, np.random.default_rng(seed)).image[:, 145:].astype(float)
    red, green, blue = field.mean(axis=(0, 1))
    assert red > 0.9 * PAPER[0]
    # Dots grow by spreading, so that print is darker than what was asked for.
    assert 0.35 * PAPER[1] < green < 0.80 * PAPER[1]
    assert green / PAPER[1] == pytest.approx(blue / PAPER[2], abs=0.02)


def test_some_printers_show_their_dots(sheet):
    rough = [
        print_out(sheet, np.random.default_rng(seed)).image[20:140, 150:230, 1].std()
        for seed in range(12)
    ]
    assert min(rough) < 6
    assert max(rough) > 12


@pytest.mark.parametrize("seed", SEEDS)
def test_black_and_white_prints_have_no_color(seed, sheet):
    white = replace(sheet, paper_rgb=(255.0, 255.0, 255.0))
    leaf = print_out(white, np.random.default_rng(seed), black_and_white=True)
    assert np.ptp(leaf.image.astype(int), axis=2).max() == 0
    assert leaf.image[:, 145:].std() > 10


def test_the_seed_decides_everything(sheet):
    once, again, other = (print_out(sheet, np.random.default_rng(s)).image for s in (1, 1, 2))
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)
