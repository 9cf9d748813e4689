from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgengine.data.sheet import PaperGrid
from ecgengine_plugins.matchers.start import Printing, Sign, place_start

X_MM = 8.0
PEN_MM = 0.4
LAST_MM = 0.05
HALF_MM = 0.5 * 25.4 / 200
FINE, COARSE = 0.015, 0.03
NO_GRID = Printing(X_MM, PEN_MM, 25.0, None)


def on_grid(start_mm: float, *, minor: bool = True) -> Printing:
    """Leads that begin on a heavy line of the grid."""
    grid = PaperGrid((start_mm - 20) * X_MM, 0.0, 1.0 if minor else None, 5.0)
    return Printing(X_MM, PEN_MM, 25.0, grid)


@given(st.floats(3, 40), st.sampled_from([0.0, 0.03, 0.1, 0.2]))
def test_both_ends_tell_how_late_a_pen_sets_on(start: float, inset: float) -> None:
    low, high = Sign(start + inset, FINE), Sign(start - inset - LAST_MM, COARSE)
    assert place_start(low, high, (), NO_GRID) == pytest.approx(start, abs=0.025)


@pytest.mark.parametrize("last_mm", [0.05, 0.1, 0.25])
def test_on_a_line_slow_sampling_is_told_from_a_late_pen(last_mm: float) -> None:
    low, high = Sign(10.0, FINE), Sign(10.0 - last_mm, COARSE)
    assert place_start(low, high, (), on_grid(10.0)) == pytest.approx(10.0, abs=1e-9)


def test_at_twice_the_speed_the_last_sample_is_twice_as_long() -> None:
    fast = Printing(X_MM, PEN_MM, 50.0, None)
    low, high = Sign(10.1, FINE), Sign(10.0 - 0.1 - 2 * LAST_MM, COARSE)
    assert place_start(low, high, (), fast) == pytest.approx(10.0, abs=0.001)


@given(st.floats(5, 40), st.floats(-0.02, 0.04))
def test_leads_begin_on_a_heavy_line_near_by(start: float, off: float) -> None:
    low, high = Sign(start + off, FINE), Sign(start + off - LAST_MM, COARSE)
    assert place_start(low, high, (), on_grid(start)) == pytest.approx(start, abs=1e-9)


def test_or_half_a_pixel_of_200_dots_per_inch_before_it() -> None:
    low, high = Sign(20 - HALF_MM + 0.01, FINE), Sign(20 - HALF_MM + 0.01 - LAST_MM, COARSE)
    assert place_start(low, high, (), on_grid(20.0)) == pytest.approx(20 - HALF_MM, abs=1e-9)


@pytest.mark.parametrize("away", [0.3, 0.45, 2.4])
def test_leads_that_begin_elsewhere_stay_there(away: float) -> None:
    low, high = Sign(20 + away, FINE), Sign(20 + away - LAST_MM, COARSE)
    for minor in (False, away < 1):
        found = place_start(low, high, (), on_grid(20.0, minor=minor))
        assert found == pytest.approx(20 + away, abs=0.005)


def test_one_separator_that_is_wrong_moves_nothing() -> None:
    low, high = Sign(10.0, FINE), Sign(10.0 - LAST_MM, COARSE)
    signs = [Sign(10.01, 0.08), Sign(11.2, 0.08)]
    assert place_start(low, high, signs, NO_GRID) == pytest.approx(10.0, abs=0.005)


def test_what_stands_at_the_start_is_enough() -> None:
    signs = [Sign(10.02, 0.1), Sign(9.95, 0.08), Sign(10.0, 0.08)]
    assert place_start(None, None, signs, NO_GRID) == pytest.approx(9.985, abs=0.02)
    assert place_start(None, None, signs, on_grid(10.0)) == pytest.approx(10 - HALF_MM, abs=1e-9)
