from __future__ import annotations

import numpy as np

from ecgengine_plugins.extractors.options import ViterbiOptions
from ecgengine_plugins.extractors.viterbi.extractor import ViterbiExtractor

X = np.arange(10.0, 410.5, 0.5)


def test_refinement_is_what_reads_the_peaks(board, error_px, viterbi, lead):
    board.draw(X, lead(X, 130.0), 4.0)
    board.strip(0, 130.0)
    (fine,) = board.read(viterbi)
    (rough,) = board.read(ViterbiExtractor(ViterbiOptions(rounds=0)))
    curve = lambda x: lead(x, 130.0)  # noqa: E731
    assert error_px(fine, curve) < 0.4 * error_px(rough, curve)


def test_gray_and_blurred_ink_reads_alike(board, error_px, viterbi, lead):
    board.draw(X, lead(X, 130.0), 4.0)
    board.strip(0, 130.0)
    blur = np.array([0.25, 0.5, 0.25])
    for axis in (0, 1):
        board.ink = np.apply_along_axis(np.convolve, axis, board.ink, blur, "same")
    board.ink = (0.6 * board.ink).astype(np.float32)
    (trace,) = board.read(viterbi)
    assert error_px(trace, lambda x: lead(x, 130.0)) < 0.8


def test_a_gap_is_bridged_with_low_confidence(board, viterbi):
    board.draw(X, np.full(X.size, 130.0))
    board.strip(0, 130.0)
    board.ink[:, 200:220] = 0.0
    (trace,) = board.read(viterbi)
    x = trace.x0_px + trace.step_px * np.arange(trace.y_px.size)
    gap = (x > 202) & (x < 217)
    assert trace.confidence[gap].max() < 0.5
    assert trace.confidence[~gap & (x > 20) & (x < 195)].min() > 0.5
    assert np.abs(trace.y_px[gap] - 130.0).max() < 0.5
