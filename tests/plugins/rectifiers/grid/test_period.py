from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine_plugins.rectifiers.grid.period import cut_bands, find_peaks, rank_periods


def lines(period_px: float, snapped: bool = False, heavy: float = 3.0) -> NDArray[np.float32]:
    """Upright lines on 600 x 1200 pixels, every fifth heavier, with noise."""
    rng = np.random.default_rng(3)
    row = np.zeros(1200)
    for k, at in enumerate(np.arange(2.3, 1197, period_px)):
        place = round(at) if snapped else at
        away = np.abs(np.arange(1200) - place)
        row += np.clip(1.2 - away, 0, 1) * (heavy if k % 5 == 0 else 1.0)
    return (10 * row + rng.normal(0, 3, (600, 1200))).astype(np.float32)


@pytest.mark.parametrize("snapped", [False, True])
@pytest.mark.parametrize("period_px", [4.31, 7.874, 11.811])
def test_the_strongest_period_is_that_of_five_lines(period_px: float, snapped: bool) -> None:
    peaks = find_peaks(cut_bands(lines(period_px, snapped)))
    ranked = rank_periods(*peaks, 1200)
    likely = [p.period_px for p in ranked if p.score > 0.4 * ranked[0].score and p.power > 0.4]
    assert min(abs(px / (5 * period_px) - 1) for px in likely) < 2e-3, likely


def test_noise_has_no_period() -> None:
    noise = np.random.default_rng(0).normal(0, 10, (600, 1200)).astype(np.float32)
    ranked = rank_periods(*find_peaks(cut_bands(noise)), 1200)
    assert all(period.score < 3 for period in ranked)


def test_only_the_periods_asked_for_are_judged() -> None:
    peaks = find_peaks(cut_bands(lines(8.0)))
    (only,) = rank_periods(*peaks, 1200, (40.02,))
    assert only.period_px == pytest.approx(40.0, rel=1e-3)


def test_bands_are_means_of_rows() -> None:
    values = np.arange(240, dtype=np.float32)[:, None] * np.ones(5, dtype=np.float32)
    bands = cut_bands(values)
    assert bands.profiles.shape == (10, 5)
    assert bands.profiles[:, 0] == pytest.approx(bands.centers, abs=1e-3)


def test_bands_of_columns_are_those_of_rows_of_the_turned_page() -> None:
    values = np.random.default_rng(1).normal(0, 1, (217, 331)).astype(np.float32)
    bands, turned = cut_bands(values, axis=1), cut_bands(np.ascontiguousarray(values.T))
    np.testing.assert_allclose(bands.profiles, turned.profiles, atol=1e-6)
    np.testing.assert_array_equal(bands.centers, turned.centers)
