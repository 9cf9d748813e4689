from __future__ import annotations

import numpy as np
import pytest

X = np.arange(10.0, 410.5, 0.5)


@pytest.mark.parametrize("pen_px", [1.5, 3.0, 4.5])
def test_reads_a_clean_lead_to_a_fraction_of_a_pixel(board, error_px, viterbi, pen_px, lead):
    board.draw(X, lead(X, 130.0), pen_px)
    board.strip(0, 130.0)
    (trace,) = board.read(viterbi)
    assert error_px(trace, lambda x: lead(x, 130.0)) < 0.5
    assert np.median(trace.confidence) > 0.9


def test_a_strip_without_ink_has_no_trace(board, viterbi, lead):
    board.draw(X, lead(X, 70.0))
    board.strip(0, 70.0, reach_px=50.0)
    board.strip(1, 220.0, reach_px=30.0)
    assert [trace.strip for trace in board.read(viterbi)] == [0]


def test_a_sheet_without_ink_or_strips_has_no_traces(board, viterbi):
    assert board.read(viterbi) == ()
    board.strip(0, 130.0)
    assert board.read(viterbi) == ()


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (31, 17)])
def test_tiny_and_full_sheets_are_survived(board, viterbi, shape):
    for ink in (np.zeros(shape, np.float32), np.ones(shape, np.float32)):
        board.ink = ink
        board.height, board.width = shape
        board.strips.clear()
        board.strip(0, shape[0] / 2, x=(0.0, float(shape[1])))
        for trace in board.read(viterbi):
            assert np.isfinite(trace.y_px).all()
