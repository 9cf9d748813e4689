from __future__ import annotations

import numpy as np
import pytest

from ecgengine_kernels.resample import resample_cubic


def test_is_exact_for_a_parabola_and_passes_through_samples():
    places = np.arange(20.0)
    samples = 0.3 * places**2 - 2.0 * places + 1.0
    at = 2.0 + 0.37 * np.arange(40)
    read = resample_cubic(samples, 2.0, 0.37, 40)
    assert read == pytest.approx(0.3 * at**2 - 2.0 * at + 1.0)
    assert (resample_cubic(samples, 0.0, 1.0, 20) == samples).all()


def test_is_linear_beside_an_end_and_unknown_beyond():
    samples = np.array([0.0, 1.0, 4.0, 9.0])
    read = resample_cubic(samples, -0.5, 1.0, 5)
    assert np.isnan(read[[0, 4]]).all()
    assert read[1] == pytest.approx(0.5)
    assert read[3] == pytest.approx(6.5)


def test_a_gap_stays_a_gap_and_does_not_spread():
    samples = np.array([0.0, 1.0, 2.0, np.nan, 4.0, 5.0, 6.0])
    read = resample_cubic(samples, 0.5, 0.5, 12)
    at = 0.5 + 0.5 * np.arange(12)
    unknown = (at > 2.0) & (at < 4.0)
    assert np.isnan(read[unknown]).all()
    assert read[~unknown] == pytest.approx(at[~unknown])
