from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine.data.traces import Trace, Traces
from ecgengine_plugins.extractors.fusion.refining import contradicts, refined
from ecgengine_plugins.extractors.options import ViterbiOptions
from ecgengine_plugins.extractors.viterbi.extractor import ViterbiExtractor

X = np.arange(10.0, 410.5, 0.5)
APART_PX = 16.0


def trace(y_px: NDArray[np.float64], step_px: float, sure: float = 0.99) -> Trace:
    return Trace(0, 10.0, step_px, y_px, np.full(y_px.size, sure, np.float32))


def wave(step_px: float, moved_px: float = 0.0) -> NDArray[np.float64]:
    """A level line with one steep wave of 200 px at x = 110."""
    x = 10.0 + step_px * np.arange(round(200 / step_px)) - moved_px
    return 100.0 + np.clip(200 - 40 * np.abs(x - 110), 0, None)


@pytest.mark.parametrize("moved_px", [-0.9, 0.0, 0.9])
def test_a_steep_wave_a_moment_apart_is_no_contradiction(moved_px: float) -> None:
    assert not contradicts(trace(wave(0.5, moved_px), 0.5), trace(wave(0.25), 0.25), APART_PX)


def test_a_wave_of_another_row_is_one_where_the_network_is_sure() -> None:
    level = np.full(800, 100.0)
    assert contradicts(trace(wave(0.5), 0.5), trace(level, 0.25), APART_PX)
    assert not contradicts(trace(wave(0.5), 0.5, sure=0.5), trace(level, 0.25), APART_PX)


def test_where_the_network_lost_the_trace_it_says_nothing() -> None:
    lost = np.full(400, np.nan)
    assert not contradicts(trace(lost, 0.5), trace(wave(0.25), 0.25), APART_PX)


def lead(x):
    y = 130.0 + 2.0 * np.sin(x / 23.0)
    for beat in (80.0, 200.0, 320.0):
        y = y - 70.0 * np.exp(-(((x - beat) / 4.0) ** 2))
    return y


def wobbling(x):
    """A reading that is right to half a pixel, steep or level."""
    return lead(x + 0.3 * np.sin(x / 9.0)) + 0.4 * np.sin(x / 5.0)


class Refiner:
    """Reads what it was given, refined by the stroke; `fine` changes what `viterbi` read."""

    def __init__(self, y=None, fine=lambda trace: trace):
        rows = wobbling(X) if y is None else y
        self.read = Trace(0, X[0], 0.5, rows, np.ones(X.size, np.float32))
        self._fine = fine

    def extract(self, sheet, trace_map, strips):
        viterbi = ViterbiExtractor(ViterbiOptions())
        page = viterbi.measure(sheet, trace_map, strips)
        fine = viterbi.read(page, sheet, trace_map, strips).traces
        changed = Traces(tuple(self._fine(trace) for trace in fine))
        return refined(Traces((self.read,)), changed, page, sheet, strips)


def moved(trace, by_px, x_from=-np.inf):
    y = trace.y_px + np.where(trace.x_px > x_from, by_px, 0.0)
    return replace(trace, y_px=y)


@pytest.mark.parametrize("pen_px", [1.5, 3.0])
def test_a_reading_of_clean_ink_gets_finer(board, error_px, pen_px):
    board.draw(X, lead(X), pen_px)
    board.strip(0, 130.0)
    refiner = Refiner(fine=lambda trace: moved(trace, 6.0))
    (trace,) = board.read(refiner)
    assert error_px(trace, lead) < 0.3 * error_px(refiner.read, lead)


def test_in_each_place_the_curve_is_taken_that_agrees_with_the_ink(board, error_px):
    board.draw(X, lead(X), 3.0)
    board.strip(0, 130.0)
    lame = wobbling(X) + np.where(np.abs(X - 140) < 20, 7.0, 0.0)
    (both,) = board.read(Refiner(lame, lambda trace: moved(trace, 6.0, x_from=240.0)))
    (one,) = board.read(Refiner(lame, lambda trace: moved(trace, 6.0)))
    assert error_px(one, lead) > 0.5
    assert error_px(both, lead) < 0.1


def test_a_path_that_the_reading_contradicts_is_not_taken(board, error_px):
    board.draw(X, lead(X), 3.0)
    board.draw(X, lead(X) + 60.0, 3.0)
    board.strip(0, 130.0)
    (trace,) = board.read(Refiner(lead(X) + 60.0))
    assert error_px(trace, lambda x: lead(x) + 60.0) < 0.1


def test_what_was_lost_stays_lost(board):
    board.draw(X, lead(X), 3.0)
    board.strip(0, 130.0)
    gap = np.abs(X - 250) < 20
    (trace,) = board.read(Refiner(np.where(gap, np.nan, wobbling(X))))
    inside = np.abs(trace.x_px - 250) < 20
    assert np.isnan(trace.y_px[inside]).all()
    assert np.isfinite(trace.y_px[np.abs(trace.x_px - 250) > 21]).all()


def test_a_strip_off_the_map_stays_as_it_is(board):
    board.draw(X, lead(X), 3.0)
    board.strip(0, 130.0, x=(600.0, 800.0))
    (trace,) = board.read(Refiner())
    np.testing.assert_array_equal(trace.y_px, wobbling(X))
