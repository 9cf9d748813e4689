from __future__ import annotations

import pytest

from ecgengine.data.hints import Hints
from ecgengine_plugins.matchers.calibration import calibrate
from ecgengine_plugins.paper.pulses.beside_rows import Pulse

PX_PER_MM = 8.0


def pulse(height_mm: float, width_mm: float, whole: bool = True) -> Pulse:
    left = 10.0 if whole else 0.0
    return Pulse(0, left, 10.0 + width_mm * PX_PER_MM, 0.0, height_mm * PX_PER_MM, whole)


def found(pulses, printed=(None, None), **hints):
    return calibrate(pulses, printed, Hints(**hints), PX_PER_MM, PX_PER_MM)


def test_what_the_user_says_is_obeyed() -> None:
    scale, _ = found([pulse(10, 10)], (10.0, 25.0), gain_mm_per_mv=7.0, speed_mm_per_s=30.0)
    assert (scale.gain_mm_per_mv, scale.speed_mm_per_s) == (7.0, 30.0)
    assert (scale.gain_source, scale.speed_source) == ("given", "given")


@pytest.mark.parametrize("height", [5.0, 9.7, 10.2, 20.0])
def test_a_pulse_of_usual_height_is_the_gain(height: float) -> None:
    scale, notes = found([pulse(height, 5)])
    assert scale.gain_mm_per_mv == pytest.approx(height, rel=0.05)
    assert (scale.gain_source, scale.speed_source, notes) == ("pulse", "default", ())


@pytest.mark.parametrize("height", [2.7, 41.0])
def test_a_pulse_of_unusual_height_needs_the_text(height: float) -> None:
    scale, notes = found([pulse(height, 5)])
    assert (scale.gain_mm_per_mv, scale.gain_source) == (10.0, "default")
    assert "not believed" in notes[0]
    scale, _ = found([pulse(height, 5)], (10.0, None))
    assert (scale.gain_mm_per_mv, scale.gain_source) == (10.0, "text")
    scale, notes = found([pulse(2.5, 5)], (2.5, None))
    assert (scale.gain_mm_per_mv, scale.gain_source, notes) == (2.5, "pulse", ())


def test_a_pulse_twice_as_wide_says_50_mm_per_s() -> None:
    scale, notes = found([pulse(10, 10.1)])
    assert (scale.speed_mm_per_s, scale.speed_source) == (50.0, "pulse")
    assert "--speed" in notes[0]
    # Text and half a pulse say otherwise, or nothing.
    assert found([pulse(10, 10.1)], (None, 25.0))[0].speed_mm_per_s == 25.0
    assert found([pulse(10, 10.1, whole=False)])[0].speed_source == "default"


def test_an_odd_width_is_noted() -> None:
    scale, notes = found([pulse(10, 2.5)])
    assert (scale.speed_mm_per_s, scale.speed_source) == (25.0, "default")
    assert "2.5 mm wide" in notes[0]
