from __future__ import annotations

import numpy as np
import pytest

from ecgengine.resample import read_at, resample


def test_reading_at_samples_gives_the_samples() -> None:
    samples = np.array([1.0, np.nan, 3.0, -2.0])
    np.testing.assert_array_equal(read_at(samples, np.arange(4.0)), samples)


def test_a_cubic_is_read_exactly_between_samples() -> None:
    # Keys' kernel reproduces quadratics exactly.
    x = np.arange(20.0)
    places = np.linspace(2, 17, 61)
    np.testing.assert_allclose(read_at(x**2 - 3 * x, places), places**2 - 3 * places)


def test_ends_and_gaps_are_read_by_straight_lines() -> None:
    samples = np.array([0.0, 2.0, 1.0, np.nan, 5.0, 7.0])
    np.testing.assert_allclose(read_at(samples, np.array([0.5, 1.5, 4.5])), [1.0, 1.5, 6.0])


def test_nothing_is_invented() -> None:
    read = read_at(np.array([1.0, np.nan, 3.0]), np.array([-0.1, 0.5, 1.0, 1.5, 2.1]))
    assert np.isnan(read).all()
    assert np.isnan(read_at(np.zeros(0), np.array([0.0]))).all()


@pytest.mark.parametrize(("fs_hz", "to_hz"), [(500.0, 250.0), (250.0, 500.0), (500.0, 1025.0)])
def test_resampling_keeps_time_and_shape(fs_hz: float, to_hz: float) -> None:
    def wave(rate: float) -> np.ndarray:
        return np.sin(2 * np.pi * 3 * np.arange(round(2 * rate)) / rate)

    resampled = resample(wave(fs_hz), fs_hz, to_hz)
    assert resampled.size == round(2 * to_hz)
    np.testing.assert_allclose(resampled[:-5], wave(to_hz)[:-5], atol=2e-3)
