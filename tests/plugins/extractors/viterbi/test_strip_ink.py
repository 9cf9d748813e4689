from __future__ import annotations

import numpy as np
import pytest

X = np.arange(10.0, 410.5, 0.5)


def test_a_separator_between_leads_is_not_read(board, viterbi):
    board.draw(X[X <= 210], np.full((X <= 210).sum(), 120.0))
    board.draw(X[X >= 210], np.full((X >= 210).sum(), 140.0))
    board.ink[112:148, 208:213] = 1.0
    board.strip(0, 130.0, x=(10.0, 210.0))
    board.strip(0, 130.0, x=(210.0, 410.0))
    first, second = board.read(viterbi)
    assert first.y_px[20:] == pytest.approx(np.full(first.y_px.size - 20, 120.0), abs=0.3)
    assert second.y_px[:-20] == pytest.approx(np.full(second.y_px.size - 20, 140.0), abs=0.3)
