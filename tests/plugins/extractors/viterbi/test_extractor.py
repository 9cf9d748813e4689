from __future__ import annotations

import numpy as np
import pytest

from ecgengine_plugins.extractors.options import ViterbiOptions
from ecgengine_plugins.extractors.viterbi.extractor import ViterbiExtractor

X = np.arange(10.0, 410.5, 0.5)


def lead(x, zero, beats=(80.0, 200.0, 320.0), height=70.0):
    y = zero + 2.0 * np.sin(x / 23.0)
    for beat in beats:
        y = y - height * np.exp(-(((x - beat) / 2.6) ** 2))
        y = y + 0.3 * height * np.exp(-(((x - beat - 6) / 2.4) ** 2))
    return y


@pytest.fixture
def viterbi():
    return ViterbiExtractor(ViterbiOptions())


@pytest.mark.parametrize("pen_px", [1.5, 3.0, 4.5])
def test_reads_a_clean_lead_to_a_fraction_of_a_pixel(board, error_px, viterbi, pen_px):
    board.draw(X, lead(X, 130.0), pen_px)
    board.strip(0, 130.0)
    (trace,) = board.read(viterbi)
    assert error_px(trace, lambda x: lead(x, 130.0)) < 0.5
    assert np.median(trace.confidence) > 0.9


def test_refinement_is_what_reads_the_peaks(board, error_px, viterbi):
    board.draw(X, lead(X, 130.0), 4.0)
    board.strip(0, 130.0)
    (fine,) = board.read(viterbi)
    (rough,) = board.read(ViterbiExtractor(ViterbiOptions(rounds=0)))
    curve = lambda x: lead(x, 130.0)  # noqa: E731
    assert error_px(fine, curve) < 0.4 * error_px(rough, curve)


def test_gray_and_blurred_ink_reads_alike(board, error_px, viterbi):
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


def test_a_tall_beat_of_the_row_below_does_not_bend_the_row_above(board, error_px, viterbi):
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


def test_a_strip_without_ink_has_no_trace(board, viterbi):
    board.draw(X, lead(X, 70.0))
    board.strip(0, 70.0, reach_px=50.0)
    board.strip(1, 220.0, reach_px=30.0)
    assert [trace.strip for trace in board.read(viterbi)] == [0]


def test_a_sheet_without_ink_or_strips_has_no_traces(board, viterbi):
    assert board.read(viterbi) == ()
    board.strip(0, 130.0)
    assert board.read(viterbi) == ()


def test_a_separator_between_leads_is_not_read(board, viterbi):
    board.draw(X[X <= 210], np.full((X <= 210).sum(), 120.0))
    board.draw(X[X >= 210], np.full((X >= 210).sum(), 140.0))
    board.ink[112:148, 208:213] = 1.0
    board.strip(0, 130.0, x=(10.0, 210.0))
    board.strip(0, 130.0, x=(210.0, 410.0))
    first, second = board.read(viterbi)
    assert first.y_px[20:] == pytest.approx(np.full(first.y_px.size - 20, 120.0), abs=0.3)
    assert second.y_px[:-20] == pytest.approx(np.full(second.y_px.size - 20, 140.0), abs=0.3)


def test_reads_a_centerline_map_at_its_own_columns(board, viterbi):
    columns = np.arange(board.width * 2)
    x = (columns + 0.5) / 2 - 0.5
    row = lead(x, 130.0, height=40.0)
    rows = np.arange(board.height)[:, None]
    posterior = np.exp(-0.5 * ((rows - row) / 0.8) ** 2)
    posterior = (posterior / posterior.sum(axis=0)).astype(np.float32)
    posterior[:, 300:304] = 1e-12
    board.strip(0, 130.0)
    (trace,) = board.read(viterbi, trace=posterior[None], meaning="centerline", columns_per_px=2)
    assert trace.step_px == 0.5
    at = trace.x0_px + trace.step_px * np.arange(trace.y_px.size)
    dark = (at >= x[300]) & (at <= x[303])
    assert trace.y_px[~dark] == pytest.approx(lead(at, 130.0, height=40.0)[~dark], abs=0.05)
    assert trace.confidence[dark].max() < 0.01
    assert trace.confidence[~dark].min() > 0.9


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (31, 17)])
def test_tiny_and_full_sheets_are_survived(board, viterbi, shape):
    for ink in (np.zeros(shape, np.float32), np.ones(shape, np.float32)):
        board.ink = ink
        board.height, board.width = shape
        board.strips.clear()
        board.strip(0, shape[0] / 2, x=(0.0, float(shape[1])))
        for trace in board.read(viterbi):
            assert np.isfinite(trace.y_px).all()
