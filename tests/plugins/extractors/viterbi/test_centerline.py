from __future__ import annotations

import numpy as np
import pytest


def test_reads_a_centerline_map_at_its_own_columns(board, viterbi, lead):
    columns = np.arange(board.width * 2)
    x = (columns + 0.5) / 2 - 0.5
    row = lead(x, 130.0, height=40.0)
    rows = np.arange(board.height)[:, None]
    chance = np.exp(-0.5 * ((rows - row) / 0.8) ** 2)
    chance = (chance / chance.sum(axis=0)).astype(np.float32)
    chance[:, 300:304] = 1e-12
    board.strip(0, 130.0)
    (trace,) = board.read(viterbi, trace=chance[None], meaning="centerline", columns_per_px=2)
    assert trace.step_px == 0.5
    at = trace.x0_px + trace.step_px * np.arange(trace.y_px.size)
    dark = (at >= x[300]) & (at <= x[303])
    assert trace.y_px[~dark] == pytest.approx(lead(at, 130.0, height=40.0)[~dark], abs=0.05)
    assert trace.confidence[dark].max() < 0.01
    assert trace.confidence[~dark].min() > 0.9
