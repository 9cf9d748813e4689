from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine_plugins.matchers.ends import Run, stroke_px, trace_rows

EXACT_MM = 0.02


def waves(page: Any, x_px: NDArray[np.float64], height_mm: float = 2.0) -> NDArray[np.float64]:
    """Give a course that is level where it begins and ends, and no ruled line between."""
    share = (x_px - x_px[0]) / (x_px[-1] - x_px[0])
    return height_mm * page.px_per_mm * np.sin(2 * np.pi * share) ** 2


def strip(page: Any, row: int, from_s: float = 0.0, to_s: float = 10.0) -> tuple[float, float]:
    """Draw a quiet strip; gives where it begins and ends."""
    x = np.linspace(page.x_px(from_s), page.x_px(to_s), 4000)
    page.curve(x, page.zeros_px[row] + waves(page, x), page.zeros_px[row])
    return x[0], x[-1]


def runs(page: Any) -> list[tuple[Run, ...]]:
    return [row.runs for row in page.traced()]


def in_one_ink(page: Any) -> None:
    """Let what is no trace look like one: as where a pulse is drawn by the same pen."""
    page.trace = np.maximum(page.trace, page.marks)
    page.marks = np.zeros_like(page.marks)


@pytest.mark.parametrize(("scale", "pen_px"), [(4.0, 1.5), (6.0, 2.0), (11.3, 4.0)])
@pytest.mark.parametrize("part", [0.0, 0.25, 0.5, 0.75])
def test_ends_are_where_the_pen_set_on_and_off(
    painter: Any, scale: float, pen_px: float, part: float
) -> None:
    page = painter(rows=1, px_per_mm=scale, x0_px=60 + part, pen_px=pen_px)
    start, end = strip(page, 0)
    ((run,),) = runs(page)
    assert (run.start_px, run.end_px) == pytest.approx((start, end), abs=EXACT_MM * scale)
    assert (run.start_free, run.end_free) == (True, True)


@pytest.mark.parametrize(("gap_mm", "free"), [(0.2, False), (0.8, True), (2.0, True)])
def test_a_pulse_hides_an_end_that_it_nearly_touches(
    painter: Any, gap_mm: float, free: bool
) -> None:
    page = painter(rows=1)
    _, end = strip(page, 0)
    foot_mm = 1.0
    page.pulse(0, end + page.pen_px + (gap_mm + foot_mm + 5.0) * page.px_per_mm, feet_mm=foot_mm)
    in_one_ink(page)
    ((run,),) = runs(page)
    assert run.end_free is free
    if free:
        assert run.end_px == pytest.approx(end, abs=EXACT_MM * page.px_per_mm)


def test_the_leg_of_a_pulse_at_the_start_hides_it(painter: Any) -> None:
    page = painter(rows=2)
    for row in (0, 1):
        strip(page, row)
    page.pulse(1, page.x0_px - 0.3 * page.px_per_mm)
    (bare,), (hidden,) = runs(page)
    assert (bare.start_free, hidden.start_free) == (True, False)
    assert hidden.end_free


@pytest.mark.parametrize(
    ("away_mm", "above_mm", "free"), [(0.2, 0.0, False), (0.5, 0.0, True), (0.2, 4.0, True)]
)
def test_a_letter_right_beside_an_end_hides_it_and_one_apart_or_above_does_not(
    painter: Any, away_mm: float, above_mm: float, free: bool
) -> None:
    page = painter(rows=1)
    start, _ = strip(page, 0)
    # The capital's ink ends 1 mm right of where it is placed, and 1 mm below the trace.
    scale = page.px_per_mm
    page.word("I", start - (1.0 + away_mm) * scale, page.zeros_px[0] + (1.0 - above_mm) * scale)
    ((run,),) = runs(page)
    assert run.start_free is free


def test_a_frame_hides_both_ends(painter: Any) -> None:
    page = painter(rows=3)
    for row in range(3):
        strip(page, row)
    for x in (page.x_px(0.0), page.x_px(10.0)):
        page.line(page.trace, np.array([[x, 20.0], [x, page.zeros_px[-1] + 60]]), 2.0)
    for (run,) in runs(page):
        assert (run.start_free, run.end_free) == (False, False)


def test_the_edge_of_the_sheet_hides_what_it_cuts_off(painter: Any) -> None:
    page = painter(rows=1, x0_px=-30.0, right_mm=-5.0)
    strip(page, 0)
    ((run,),) = runs(page)
    assert (run.start_free, run.end_free) == (False, False)


@pytest.mark.parametrize("slope", [1.0, 3.0, 6.0])
@pytest.mark.parametrize("part", [0.0, 0.25, 0.5, 0.75])
def test_what_is_cut_off_where_it_is_steep_begins_where_level_ink_does(
    painter: Any, slope: float, part: float
) -> None:
    page = painter(x0_px=97.0 + part, rows=2)
    x = np.linspace(page.x0_px - 4, page.x_px(10.0), 4000)
    fall = np.minimum(slope * (x - x[0]), 8 * slope)
    for row, course in enumerate((fall - 4 * slope + waves(page, x), waves(page, x))):
        page.curve(x, page.zeros_px[row] + course, page.zeros_px[row])
    page.trace[:, : round(4 * (page.x0_px + 0.5))] = 0
    steep, level = (row[0].start_px for row in runs(page))
    assert steep == pytest.approx(level, abs=0.15)


@pytest.mark.parametrize(("gap_mm", "count"), [(0.8, 1), (2.5, 2)])
def test_gaps_part_runs_and_breaks_do_not(painter: Any, gap_mm: float, count: int) -> None:
    page = painter(rows=1)
    gap_s = (gap_mm + page.pen_px / page.px_per_mm) / page.speed
    _, before = strip(page, 0, 0.0, 5.0)
    after, _ = strip(page, 0, 5.0 + gap_s)
    (found,) = runs(page)
    assert len(found) == count
    if count == 2:
        ends = found[0].end_px, found[1].start_px
        assert ends == pytest.approx((before, after), abs=EXACT_MM * page.px_per_mm)


def test_a_speck_is_no_run(painter: Any) -> None:
    page = painter(rows=1)
    strip(page, 0)
    strip(page, 0, 10.2, 10.28)
    (found,) = runs(page)
    assert len(found) == 1


def test_a_complex_of_the_next_row_fills_no_gap_and_bends_no_row(painter: Any) -> None:
    page = painter(rows=2, row_mm=8.0)
    _, before = strip(page, 0, 0.0, 5.0)
    after, _ = strip(page, 0, 5.3)
    x = np.linspace(page.x_px(0.0), page.x_px(10.0), 4000)
    tall = 11 * page.px_per_mm * np.exp(-(((x - page.x_px(5.15)) / 5.0) ** 2))
    page.curve(x, page.zeros_px[1] - tall, page.zeros_px[1])
    upper, lower = page.traced()
    assert [len(row.runs) for row in (upper, lower)] == [2, 1]
    ends = upper.runs[0].end_px, upper.runs[1].start_px
    assert ends == pytest.approx((before, after), abs=EXACT_MM * page.px_per_mm)
    assert np.nanmax(lower.heights_px) > 0.85 * tall.max()
    quiet = upper.heights_px[np.isfinite(upper.heights_px)]
    assert np.ptp(quiet) < 2.2 * page.px_per_mm


def test_heights_follow_the_pen_and_are_unknown_without_ink(painter: Any) -> None:
    page = painter(rows=1)
    x = np.linspace(page.x_px(0.0), page.x_px(10.0), 4000)
    rise = waves(page, x, 6.0)
    page.curve(x, page.zeros_px[0] - rise, page.zeros_px[0])
    (row,) = page.traced()
    columns = np.arange(row.heights_px.size)
    inside = (columns > x[0] + 1) & (columns < x[-1] - 1)
    off = row.heights_px - np.interp(columns, x, rise)
    assert np.ptp(off[inside]) < 0.3
    beyond = (columns < x[0] - 2) | (columns > x[-1] + 2)
    assert np.isnan(row.heights_px[beyond]).all()


def test_a_page_without_trace_has_no_rows(painter: Any, blank_look: Any) -> None:
    page = painter(rows=1)
    page.pulse(0, 200.0)
    assert page.traced() == []
    # Cells may vote where no ink is.
    look = blank_look(trace=np.ones((20, 200), np.float32), zero_mm=np.zeros((20, 200), np.float32))
    for row in trace_rows(page.ink(), look):
        assert (row.runs, np.isnan(row.heights_px).all()) == ((), True)


@pytest.mark.parametrize("pen_px", [1.5, 2.0, 3.2])
def test_the_stroke_is_as_high_as_the_pen_of_level_ink(painter: Any, pen_px: float) -> None:
    page = painter(rows=2, pen_px=pen_px)
    for row, lead in enumerate(("II", "V2")):
        page.lead(lead, row, 0.0, 10.0)
    assert stroke_px(page.ink(), page.zeros_px) == pytest.approx(pen_px, abs=0.2)
    assert stroke_px(painter(rows=1, pen_px=pen_px).ink(), [100.0]) == pen_px
