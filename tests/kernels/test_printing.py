"""Kernels of printing against slow, obvious references."""

from __future__ import annotations

import numpy as np
import pytest

from ecgengine_kernels.printing import average_screen, lay_ink


def test_a_pixels_share_is_the_mean_of_its_dots():
    screen = np.random.default_rng(1).integers(0, 255, (12, 12), np.uint8)
    shares = average_screen(screen, 3, 6)
    for level, coverage in enumerate(range(0, 256, 51)):
        dots = (coverage > screen).reshape(4, 3, 4, 3).mean(axis=(1, 3))
        assert np.array_equal(shares[level], np.rint(255 * dots))
    assert shares[0].max() == 0
    assert shares[-1].min() == 255


def printed(flat, curve, density, step, shares, places, lost, paper, grain, grain_places, mottle):
    height, width = flat.shape[:2]
    image = np.empty(flat.shape)
    levels, side = shares.shape[:2]
    block = grain.shape[0] // 2
    for y, x in np.ndindex(height, width):
        u, v = grain_places[y // block, x // block] + (x, y)
        around, upright = np.arange(density.shape[1]) * step, density[y]
        take = np.interp(x, around, upright)
        take += grain[(v + block) % (2 * block), u % (2 * block), 0] / 16 * mottle
        inks = curve[flat[y, x]]
        inks = np.append(inks - inks.min(), inks.min())
        index = np.floor(inks * np.clip(take, 0, 1) * (levels - 1) + 0.5).astype(int)
        i, j = (np.array([x, y]) + places).T % side
        covers = np.where(inks > 0, shares[index, j, i], 0)
        cover = np.minimum(covers[:3] + covers[3], 1)
        tint = paper[int(grain[v % (2 * block), u % (2 * block), 0]) + 128]
        image[y, x] = tint * (1 - lost * cover)
    return image


@pytest.mark.parametrize("seed", range(3))
def test_ink_is_laid_as_the_reference_lays_it(seed):
    random = np.random.default_rng(seed)
    flat = random.choice([0, 90, 255], (21, 37, 3)).astype(np.uint8)
    given = (
        flat,
        np.linspace(1, 0, 256, dtype=np.float32),
        random.uniform(0.6, 1.0, (21, 6)).astype(np.float32),
        8,
        random.random((9, 4, 4)).astype(np.float32),
        random.integers(0, 4, (4, 2)),
        0.85,
        random.uniform(200, 255, (256, 3)).astype(np.float32),
        random.integers(-100, 100, (16, 16, 3), np.int8),
        random.integers(0, 16, (3, 5, 2)),
        0.05,
    )
    off = lay_ink(*given) - printed(*given)
    # A level that lies on the border between two may fall either way.
    assert np.quantile(np.abs(off), 0.99) <= 0.51
