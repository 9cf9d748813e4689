from __future__ import annotations

import numpy as np
import pytest

from ecgengine_kernels.columns import trace_columns


def test_reads_the_center_of_mass_of_a_run():
    ink = np.zeros((3, 10), np.float32)
    ink[:, 4], ink[:, 5] = 1.0, 0.5
    center, confidence = trace_columns(ink, 4.0, 5.0, 0.2)
    assert center == pytest.approx(np.full(3, (4 + 2.5) / 1.5))
    assert confidence == pytest.approx(np.ones(3))


def test_a_near_run_wins_over_a_far_one_of_the_same_weight():
    ink = np.zeros((1, 30), np.float32)
    ink[0, 5] = ink[0, 25] = 1.0
    center, confidence = trace_columns(ink, 20.0, 4.0, 0.2)
    assert center[0] == 25.0
    assert confidence[0] == pytest.approx(0.5)


def test_a_column_without_ink_is_unknown():
    ink = np.zeros((3, 8), np.float32)
    ink[0, 3] = ink[2, 3] = 1.0
    ink[1, 3] = 0.1
    center, confidence = trace_columns(ink, 3.0, 4.0, 0.2)
    assert np.isnan(center).tolist() == [False, True, False]
    assert confidence[1] == 0.0
