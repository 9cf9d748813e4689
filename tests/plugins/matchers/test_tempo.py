from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ecgengine.data.hints import Hints
from ecgengine.data.layout import Layout
from ecgengine_plugins.matchers.tempo import measure_beats
from ecgengine_plugins.paper.layouts import LAYOUTS

LAYOUT: Layout = next(layout for layout in LAYOUTS if layout.name == "3x4+1")


def page(painter: Any, speed: float) -> Any:
    made = painter(speed=speed, seconds=250.0 / speed)
    made.layout(LAYOUT, ("II",))
    return made


@pytest.mark.parametrize("speed", [25.0, 50.0])
def test_beats_are_measured_in_millimeters(painter: Any, speed: float) -> None:
    made = page(painter, speed)
    span = made.x0_px, made.x_px(250.0 / speed)
    beats = measure_beats(made.traced(), span, made.px_per_mm)
    assert beats is not None
    # Painted beats follow each other after 0.62 s in the middle and are about 0.09 s wide, and
    # their T waves stand highest 0.21 s later; slopes are smoothed over 0.3 mm before.
    assert beats.apart_mm / speed == pytest.approx(0.62, abs=0.08)
    assert beats.qrs_mm / speed == pytest.approx(0.09 + 1.0 / speed, abs=0.03)
    assert beats.t_mm is not None
    assert beats.t_mm / speed == pytest.approx(0.21, abs=0.02)


@pytest.mark.parametrize("speed", [25.0, 50.0])
def test_beats_tell_of_the_speed_where_nothing_says_it(
    painter: Any, match: Any, speed: float
) -> None:
    made = page(painter, speed)
    found = match(made)
    assert found.layout == "3x4+1"
    scales = found.calibration
    # Nearly all paper runs at 25 mm/s, and slow hearts are rare, too: beats alone make it doubtful.
    assert speed in (scales.speed_mm_per_s, scales.speed_runner_up)
    assert scales.speed_mm_per_s == speed or scales.speed_probability < 0.7
    assert scales.speed_basis == "assumed"
    assert found.strips[1].start_s == pytest.approx(62.5 / scales.speed_mm_per_s, abs=0.01)


def test_print_and_the_user_know_better_than_the_beats(painter: Any, match: Any) -> None:
    made = page(painter, 50.0)
    told = match(made, Hints(speed_mm_per_s=25.0))
    assert (told.calibration.speed_mm_per_s, told.calibration.speed_source) == (25.0, "given")
    made.word("25mm/s", made.x0_px, made.zeros_px[-1] + 20 * made.px_per_mm)
    read = match(made)
    assert (read.calibration.speed_mm_per_s, read.calibration.speed_source) == (25.0, "text")


def test_an_empty_sheet_has_no_beats(painter: Any) -> None:
    assert measure_beats(painter().traced(), (0.0, 900.0), 6.0) is None


def test_a_pulse_of_five_millimeters_makes_beats_of_fast_paper_doubtful(
    painter: Any, match: Any
) -> None:
    made = page(painter, 50.0)
    for row in range(4):
        made.pulse(row, made.x0_px - 2 * made.px_per_mm)
    found = match(made)
    assert found.calibration.speed_probability < 0.98
    assert found.calibration.gain_source == "pulse"


def test_a_scribble_along_one_row_is_no_beats(painter: Any) -> None:
    made = page(painter, 50.0)
    span = made.x0_px, made.x_px(5.0)
    x = np.arange(*span, 0.25)
    made.trace[: round(4 * (made.zeros_px[0] + made.row_mm / 2 * made.px_per_mm))] = 0
    scribble = 9 * made.px_per_mm * np.sin(x / 14 + np.sin(x / 70))
    made.curve(x, made.zeros_px[0] + scribble, made.zeros_px[0])
    beats = measure_beats(made.traced(), span, made.px_per_mm)
    assert beats is not None
    assert beats.apart_mm / 50.0 == pytest.approx(0.62, abs=0.08)
