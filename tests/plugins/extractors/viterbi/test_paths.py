from __future__ import annotations

import numpy as np
import pytest

X = np.arange(10.0, 410.5, 0.5)


def test_a_tall_beat_of_the_row_below_does_not_bend_the_row_above(board, error_px, viterbi, lead):
    upper = lambda x: lead(x, 70.0, (140.0, 260.0), 30.0)  # noqa: E731
    lower = lambda x: lead(x, 190.0, (80.0, 200.0, 320.0), 150.0)  # noqa: E731
    for curve in (upper, lower):
        board.draw(X, curve(X))
    board.strip(0, 70.0, reach_px=180.0)
    board.strip(1, 190.0, reach_px=180.0)
    first, second = board.read(viterbi)
    assert error_px(first, upper) < 0.8
    assert error_px(second, lower) < 2.0
    x = first.x0_px + first.step_px * np.arange(first.y_px.size)
    assert first.confidence[np.abs(x - 80.0) < 1].max() < 0.5


def test_tips_that_touch_stay_with_their_rows(board, error_px, viterbi):
    upper = lambda x: 60.0 + 75.0 * np.exp(-(((x - 200.0) / 3.0) ** 2))  # noqa: E731
    lower = lambda x: 200.0 - 75.0 * np.exp(-(((x - 205.0) / 3.0) ** 2))  # noqa: E731
    for curve in (upper, lower):
        board.draw(X, curve(X))
    board.strip(0, 60.0, reach_px=180.0)
    board.strip(1, 200.0, reach_px=180.0)
    first, second = board.read(viterbi)
    assert first.y_px.max() == pytest.approx(135.0, abs=5.0)
    assert second.y_px.min() == pytest.approx(125.0, abs=5.0)
    assert error_px(first, upper) < 2.0
    assert error_px(second, lower) < 2.0
