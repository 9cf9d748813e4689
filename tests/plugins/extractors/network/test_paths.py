from __future__ import annotations

import numpy as np
import pytest

from ecgengine_plugins.extractors.network.paths import mean_path


def peaks(columns: int, *rows: float) -> np.ndarray:
    away = (np.arange(200) - np.array(rows)[:, None]) / 1.5
    posterior = np.tile(np.exp(-0.5 * away**2).sum(axis=0), (columns, 1))
    return (posterior / posterior.sum(axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize(("unsure", "row"), [(6, 50.0), (30, 100.0), (60, np.nan)])
def test_what_is_unsure_is_bridged_then_a_mean_then_lost(unsure: int, row: float) -> None:
    torn = peaks(unsure, 50.0, 100.0, 150.0)
    y, confidence = mean_path(np.concatenate([peaks(40, 50), torn, peaks(40, 50)]), 0.1, 40)
    assert y[40 + unsure // 2] == pytest.approx(row, abs=3.0, nan_ok=True)
    assert y[[5, -5]] == pytest.approx(50.0, abs=0.1)
    assert (confidence[40:-40] < 0.5).all()
    assert (confidence[5:35] > 0.95).all()
