from __future__ import annotations

import numpy as np
import pytest

from ecgengine_plugins.synth.noise import make_grain, noise_levels


def test_grain_has_its_deviation_and_covers_the_picture():
    grain = make_grain(np.random.default_rng(1), (700, 300))
    assert grain.patch.shape == (256, 256, 3)
    assert grain.patch.std() == pytest.approx(16, rel=0.01)
    assert abs(grain.patch.mean()) < 0.5
    assert grain.places.shape == (3, 6, 2)
    assert grain.places.min() >= 0
    assert grain.places.max() < 256


def correlation(patch, blur):
    side = np.roll(patch, 1, axis=1)
    seam = np.mean(patch[:, :1] * side[:, :1]) / patch.var()
    inner = np.mean(patch[:, 1:] * side[:, 1:]) / patch.var()
    return inner, seam


@pytest.mark.parametrize(("blur_px", "expected"), [(0.0, 0.0), (0.8, 0.68), (1.5, 0.895)])
def test_blur_correlates_neighbors_even_across_the_seam(blur_px, expected):
    grain = make_grain(np.random.default_rng(2), (256, 256), blur_px=blur_px, color=0)
    patch = grain.patch[..., 0].astype(float)
    inner, seam = correlation(patch, blur_px)
    # exp(-1 / (4 blur^2)) for a Gaussian
    assert inner == pytest.approx(expected, abs=0.03)
    assert seam == pytest.approx(inner, abs=0.2)


def test_color_is_what_distinguishes_channels():
    gray = make_grain(np.random.default_rng(3), (10, 10), color=0).patch
    assert np.array_equal(gray[..., 0], gray[..., 1])
    dull = make_grain(np.random.default_rng(3), (10, 10), color=0.2).patch.astype(float)
    gaudy = make_grain(np.random.default_rng(3), (10, 10), color=0.8).patch.astype(float)
    assert 0 < np.std(dull[..., 0] - dull[..., 1]) < np.std(gaudy[..., 0] - gaudy[..., 1])


def test_noise_follows_the_photons_and_the_slope_of_the_tone_curve():
    light = np.linspace(0, 1, 1001)
    straight = (255 * light).astype(np.float32)
    levels = noise_levels(straight, 0.003, 0.01)
    assert levels[0] == pytest.approx(255 * 0.003, rel=1e-3)
    assert levels[-1] == pytest.approx(255 * np.hypot(0.003, 0.01), rel=1e-3)
    bent = (255 * light**0.5).astype(np.float32)
    assert noise_levels(bent, 0.0, 0.01)[500] == pytest.approx(levels[-1] / 2, rel=0.05)
