"""Kernels of scanning against slow, obvious references."""

from __future__ import annotations

import numpy as np
import pytest

from ecgengine_kernels.scanning import count_dots, digitize


@pytest.mark.parametrize("channels", [1, 3])
def test_light_noise_and_tone_follow_each_other(channels):
    random = np.random.default_rng(channels)
    seen = random.integers(0, 256, (21, 19, channels), np.uint8)
    rows = random.uniform(0.9, 1.1, 21).astype(np.float32)
    columns = random.uniform(0.9, 1.1, 19).astype(np.float32)
    lag = random.integers(-128, 129, channels).astype(np.int32)
    black = 64
    tone = np.sort(random.integers(0, 256, (channels, 1400), np.uint8), axis=1)
    grain = random.integers(-64, 65, (16, 16, 3), np.int8)
    places = random.integers(0, 16, (3, 3, 2))
    image = digitize(seen, rows, columns, lag, tone, black, grain, places, 1.5)

    for y, x, k in np.ndindex(seen.shape):
        u, v = places[y // 8, x // 8] + (x, y)
        beside = np.clip(y - np.sign(lag[k]), 0, 20)
        share = abs(lag[k]) / 256
        level = seen[y, x, k] * (1 - share) + seen[beside, x, k] * share
        level = level * rows[y] * columns[x] + grain[v % 16, u % 16, k] / 16 * 1.5
        place = 4 * level + black
        low, high = (int(np.clip(np.floor(place + off), 0, 1399)) for off in (-1.1, 1.1))
        assert tone[k, low] <= image[y, x, k] <= tone[k, high]


def test_points_of_a_pixel_are_counted():
    random = np.random.default_rng(3)
    cover = random.choice([0, 0, 60, 140, 255], (19, 23)).astype(np.uint8)
    tint, edge = random.integers(0, 255, (2, 32, 32), np.uint8)
    places = random.integers(0, 32, (3, 3, 2))
    shades = np.arange(10, dtype=np.uint8) * 28
    image = count_dots(cover, tint, edge, 200, places, shades)

    padded = cover.astype(int)
    for y, x in np.ndindex(17, 21):
        near = padded[y : y + 3, x : x + 3]
        cross = near[[0, 1, 1, 1, 2], [1, 0, 1, 2, 1]]
        screen = edge if cross.max() >= 200 else tint
        count = 0
        for j, i in np.ndindex(3, 3):
            # Points stand at -1/3, 0 and 1/3 of a pixel from its center.
            down, right = np.zeros(3), np.zeros(3)
            down[1] += 2 / 3 if j != 1 else 1
            right[1] += 2 / 3 if i != 1 else 1
            down[j] += (j != 1) / 3
            right[i] += (i != 1) / 3
            u, v = places[y // 8, x // 8] + (3 * x + i, 3 * y + j)
            count += down @ near @ right > screen[v % 32, u % 32] + 1e-9
        assert image[y, x] == shades[count]


def test_even_paper_and_even_ink_have_no_dots():
    screen = np.random.default_rng(4).integers(0, 255, (32, 32), np.uint8)
    places = np.zeros((1, 1, 2), np.int64)
    shades = np.arange(10, dtype=np.uint8)
    for value, count in ((0, 0), (255, 9)):
        cover = np.full((8, 8), value, np.uint8)
        assert np.all(count_dots(cover, screen, screen, 230, places, shades) == count)
