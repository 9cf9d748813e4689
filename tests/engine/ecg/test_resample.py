from __future__ import annotations

import numpy as np
import pytest

from ecgengine.ecg.resample import resample


def test_samples_in_common_stay() -> None:
    samples = np.array([1.0, np.nan, 3.0, -2.0])
    np.testing.assert_array_equal(resample(samples, 100.0, 100.0), samples)
    np.testing.assert_array_equal(resample(samples, 100.0, 200.0)[::2], samples)


def test_a_parabola_is_read_exactly() -> None:
    x = np.arange(20.0)
    finer = np.arange(80) / 4
    read = resample(x**2 - 3 * x, 100.0, 400.0)
    np.testing.assert_allclose(read[4:73], (finer**2 - 3 * finer)[4:73], atol=1e-12)


def test_ends_and_gaps_are_read_by_straight_lines() -> None:
    samples = np.array([0.0, 2.0, 1.0, np.nan, 5.0, 7.0])
    np.testing.assert_allclose(
        resample(samples, 1.0, 2.0), [0, 1, 2, 1.5, 1, np.nan, np.nan, np.nan, 5, 6, 7, 7]
    )


@pytest.mark.parametrize("samples", [[], [2.0]])
def test_next_to_nothing(samples: list[float]) -> None:
    np.testing.assert_array_equal(resample(np.array(samples), 1.0, 3.0), samples * 3)


@pytest.mark.parametrize(("fs_hz", "to_hz"), [(500.0, 250.0), (250.0, 500.0), (500.0, 1025.0)])
def test_time_and_shape_are_kept(fs_hz: float, to_hz: float) -> None:
    def wave(rate: float) -> np.ndarray:
        return np.sin(2 * np.pi * 3 * np.arange(round(2 * rate)) / rate)

    resampled = resample(wave(fs_hz), fs_hz, to_hz)
    assert resampled.size == round(2 * to_hz)
    np.testing.assert_allclose(resampled[:-5], wave(to_hz)[:-5], atol=2e-3)
