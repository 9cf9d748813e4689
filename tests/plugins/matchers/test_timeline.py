from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgengine_plugins.matchers.ends import Run
from ecgengine_plugins.matchers.pulses import Pulse
from ecgengine_plugins.matchers.start import Printing
from ecgengine_plugins.matchers.timeline import Timeline, fit_timelines, neighbors
from ecgengine_plugins.paper.layouts import LAYOUTS

BY_NAME = {layout.name: layout for layout in LAYOUTS}
RHYTHM = ("II", "V1", "V5")

MM = 8.0
PRINTING = Printing(MM, 0.4, 25.0, None)
LAST_MM = 0.05
"""What a lead of 500 samples a second ends before its last instant."""

Runs = list[list[Run]]


class Fitter:
    """Fits a timeline to runs of ink, on a sheet of 400 mm; all places in millimeters."""

    def __init__(self, blank_look: Any) -> None:
        self.blank_look = blank_look

    def __call__(self, runs: Runs, *seen: Any, **others: Any) -> Timeline:
        return self.every(runs, *seen, **others)[0][0]

    def every(
        self,
        runs: Runs,
        points: Sequence[float] = (),
        pulses: Sequence[Pulse] = (),
        separators: Sequence[float] = (),
        sheet_mm: float = 400.0,
        printing: Printing = PRINTING,
        last_points: Sequence[float] = (),
    ) -> list[tuple[Timeline, float]]:
        starts, ends = (
            np.array([(x, 50.0, 0.9) for x in each], np.float32).reshape(-1, 3)
            for each in (points, last_points)
        )
        found = fit_timelines(
            runs,
            self.blank_look(starts=starts, ends=ends),
            pulses,
            [MM * x for x in separators],
            np.zeros(round(sheet_mm * MM), np.bool_),
            printing,
        )
        return [(Timeline(t.start_px / MM, t.end_px / MM, t.usual), log) for t, log in found]


@pytest.fixture(scope="module")
def fit(blank_look: Any) -> Fitter:
    return Fitter(blank_look)


def run(start: float, end: float, start_free: bool = True, end_free: bool = True) -> Run:
    return Run(MM * start, MM * end, start_free, end_free)


def rows(start: float, end: float, count: int = 4, free: bool = True) -> Runs:
    return [[run(start, end, free, free)] for _ in range(count)]


@pytest.mark.parametrize(
    ("ink_mm", "width_mm"), [(250.0, 250.0), (248.0, 250.0), (126.0, 125.0), (299.0, 300.0)]
)
def test_what_is_about_as_wide_as_usual_is_just_so(
    fit: Fitter, ink_mm: float, width_mm: float
) -> None:
    found = fit(rows(20.0, 20.0 + ink_mm))
    assert found.usual
    assert found.end_px - found.start_px == pytest.approx(width_mm)


@pytest.mark.parametrize("ink_mm", [230.0, 180.0, 62.5])
def test_another_width_is_measured(fit: Fitter, ink_mm: float) -> None:
    found = fit(rows(20.0, 20.0 + ink_mm))
    assert not found.usual
    assert (found.start_px, found.end_px) == pytest.approx((20.0, 20.0 + ink_mm), abs=0.2)


def test_of_two_ends_the_one_that_a_usual_width_asks_for_is_taken(fit: Fitter) -> None:
    runs = rows(20.0, 270.0 - LAST_MM, 2) + rows(20.0, 274.0, 2)
    assert fit(runs).end_px == pytest.approx(270.0, abs=0.03)
    assert fit(runs[2:]).end_px == pytest.approx(274.0, abs=0.2)


def test_both_ends_place_the_start(fit: Fitter) -> None:
    inset = 0.1
    found = fit(rows(20.0 + inset, 270.0 - inset - LAST_MM))
    assert (found.start_px, found.end_px) == pytest.approx((20.0, 270.0), abs=0.03)


def test_a_row_that_begins_elsewhere_moves_nothing(fit: Fitter) -> None:
    runs = [*rows(20.0, 270.0 - LAST_MM), [run(20.9, 269.2)]]
    assert fit(runs).start_px == pytest.approx(20.0, abs=0.03)


@pytest.mark.parametrize(("begin", "end"), [(8.0, 14.0), (13.5, 19.0)])
@pytest.mark.parametrize("rows_with", [1, 2])
def test_a_name_that_looks_like_ink_of_a_row_is_no_beginning(
    fit: Fitter, begin: float, end: float, rows_with: int
) -> None:
    runs = rows(20.0, 270.0 - LAST_MM)
    for row in runs[:rows_with]:
        row.insert(0, run(begin, end))
    found = fit(runs)
    assert (found.start_px, found.end_px) == pytest.approx((20.0, 270.0), abs=0.03)


@pytest.mark.parametrize("rows_with", [1, 2])
def test_a_mark_after_the_leads_is_no_end(fit: Fitter, rows_with: int) -> None:
    runs = rows(20.0, 270.0 - LAST_MM)
    for row in runs[:rows_with]:
        row.append(run(275.0, 281.0))
    assert fit(runs).end_px == pytest.approx(270.0, abs=0.03)


def test_points_tell_which_of_two_beginnings_is_one(fit: Fitter) -> None:
    runs: Runs = [[run(8.0, 14.0), run(20.0, 200.0)] for _ in range(3)]
    assert fit(runs, points=[8.0] * 3).start_px == pytest.approx(8.0, abs=0.2)
    assert fit(runs, points=[20.0] * 3).start_px == pytest.approx(20.0, abs=0.2)


def test_many_points_tell_no_more_than_the_rows_that_begin_there(fit: Fitter) -> None:
    runs = rows(20.0, 240.0)
    runs[0].insert(0, run(8.0, 14.0))
    assert fit(runs, points=[8.0] * 12).start_px == pytest.approx(20.0, abs=0.05)


def test_ink_beyond_a_gap_may_be_the_rows_own_or_not(fit: Fitter) -> None:
    beats: Runs = [[run(20.0, 270.0 - LAST_MM), run(282.0, 300.0)] for _ in range(4)]
    (first, log_first), (second, log_second), *_ = fit.every(beats)
    assert sorted([first.end_px, second.end_px]) == pytest.approx([270.0, 300.0], abs=0.1)
    assert log_second < log_first == 0.0
    assert fit(beats, last_points=[270.0] * 4).end_px == pytest.approx(270.0, abs=0.03)
    # Of ink that only a flaw parts from the rows, nothing is left out.
    broken: Runs = [[run(20.0, 270.0 - LAST_MM), run(271.0, 300.0)] for _ in range(4)]
    (whole, _), *others = fit.every(broken)
    assert whole.end_px == pytest.approx(300.0, abs=0.1)
    assert not others


def test_points_in_a_line_tell_where_rows_begin_whose_ink_begins_later(fit: Fitter) -> None:
    runs: Runs = [[run(start, 240.0)] for start in (24.0, 28.0, 33.0, 38.0)]
    assert fit(runs, points=[20.0] * 3).start_px == pytest.approx(20.0, abs=0.1)
    # Points of a few rows are no line, nor those of many that stand apart.
    assert fit(runs, points=[20.0]).start_px == pytest.approx(24.0, abs=0.1)
    assert fit(runs, points=[14.0, 17.0, 20.0]).start_px == pytest.approx(24.0, abs=0.1)


def test_rows_whose_ink_runs_on_over_pulses_begin_at_their_legs(fit: Fitter) -> None:
    runs: Runs = [[run(start, 240.0)] for start in (12.0, 15.0, 17.0, 18.5)]
    pulses = [Pulse(row, 15.0 * MM, 20.0 * MM, 300.0, 380.0, whole=True) for row in range(4)]
    assert fit(runs, pulses=pulses).start_px == pytest.approx(20.0, abs=0.1)
    # One row's leg speaks for one row.
    assert fit(runs, pulses=pulses[:1]).start_px < 19.0


def test_a_pulse_that_touches_the_traces_ends_where_they_begin(fit: Fitter) -> None:
    pulses = [Pulse(row, 15.0 * MM, 20.0 * MM, 300.0, 380.0, whole=True) for row in range(4)]
    # The ink of the trace is seen behind the leg only.
    found = fit([[run(20.4, 270.0 - LAST_MM, start_free=False)] for _ in range(4)], pulses=pulses)
    assert found.start_px == pytest.approx(20.0, abs=0.05)
    without = fit([[run(20.4, 240.0, start_free=False)] for _ in range(4)], pulses=pulses)
    assert without.start_px == pytest.approx(20.0, abs=0.05)
    # One that stands apart places nothing.
    apart = fit(rows(23.0, 273.0 - LAST_MM), pulses=pulses)
    assert apart.start_px == pytest.approx(23.0, abs=0.03)


@pytest.mark.parametrize(("start_mm", "placed_mm"), [(20.3, 20.0), (19.6, 20.0), (20.8, 20.8)])
def test_a_start_that_touches_a_leg_may_be_the_leg_s(
    fit: Fitter, start_mm: float, placed_mm: float
) -> None:
    pulses = [Pulse(row, 15.0 * MM, 20.0 * MM, 300.0, 380.0, whole=True) for row in range(4)]
    found = fit(rows(start_mm, 240.0), pulses=pulses)
    assert found.start_px == pytest.approx(placed_mm, abs=0.05)
    # What is known of one row's leg is not of the others.
    assert fit(rows(start_mm, 240.0), pulses=pulses[:1]).start_px == pytest.approx(
        start_mm, abs=0.05
    )


@pytest.mark.parametrize(("cut_mm", "whole"), [(225.0, True), (190.0, False)])
def test_a_page_that_an_edge_cuts_off_is_whole_if_little_is_lost(
    fit: Fitter, cut_mm: float, whole: bool
) -> None:
    runs = [[run(20.0, 20.0 + cut_mm, end_free=False)] for _ in range(4)]
    found = fit(runs, sheet_mm=20.0 + cut_mm + 0.5)
    assert found.usual is whole
    assert found.end_px == pytest.approx(270.0 if whole else 20.0 + cut_mm, abs=0.2)


@pytest.mark.parametrize(("pitch_mm", "end_mm"), [(62.5, 270.0), (57.5, 250.0)])
def test_points_of_columns_tell_whether_something_cuts_leads_off(
    fit: Fitter, pitch_mm: float, end_mm: float
) -> None:
    points = [20.0 + pitch_mm * column for column in range(4)] * 3
    found = fit(rows(20.0, 250.0), points=points)
    assert found.end_px == pytest.approx(end_mm, abs=0.2)


@given(st.lists(st.integers(0, 60)), st.integers(1, 5))
def test_neighbors_are_all_places_and_no_group_is_near_another(
    places: list[int], near: int
) -> None:
    x = np.array(places, np.float64)
    groups = neighbors(x, near)
    assert np.concatenate([x[group] for group in groups]).tolist() == sorted(places)
    assert all((np.diff(x[group]) <= near).all() for group in groups)
    assert all(x[b[0]] - x[a[-1]] > near for a, b in pairwise(groups))


def test_a_rough_scale_gives_way_to_both_ends(fit: Fitter) -> None:
    rough = Printing(MM, 0.4, 25.0, None, rough=True)
    found = fit(rows(20.0, 271.3 - LAST_MM), printing=rough)
    assert found.usual
    assert (found.start_px, found.end_px) == pytest.approx((20.0, 271.3), abs=0.15)


def test_without_ink_there_is_nothing_to_fit(fit: Fitter) -> None:
    found = fit([[], []])
    assert found.start_px == pytest.approx(0.0, abs=0.1)
    assert not found.usual


@given(st.integers(0, 10**6), st.integers(1, 6), st.floats(1, 60), st.sampled_from([250.0, 180.0]))
def test_a_timeline_moves_along_with_all_that_it_is_fitted_to(
    fit: Fitter, seed: int, count: int, shift: float, width_mm: float
) -> None:
    random = np.random.default_rng(seed)
    jitter = random.normal(0, 0.1, (count, 2))
    breaks = random.uniform(40, 240, count)
    separators = [30.0 + width_mm / 4 * share for share in (1, 2, 3)]

    def fitted(at: float) -> Timeline:
        moved: Runs = [
            [run(at + 30 + a, at + x), run(at + x + 2, at + 30 + width_mm + b)]
            for (a, b), x in zip(jitter, np.minimum(breaks, 20 + width_mm), strict=True)
        ]
        return fit(moved, separators=[at + x for x in separators])

    here, there = fitted(0.0), fitted(shift)
    assert there.start_px - here.start_px == pytest.approx(shift, abs=1e-6)
    assert there.end_px - here.end_px == pytest.approx(shift, abs=1e-6)


def test_separators_place_the_start_that_pulses_hide(painter: Any, match: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    for row in range(4):
        page.pulse(row, page.x0_px + 3.0)
        for column in (1, 2, 3) if row < 3 else ():
            page.separator(row, page.x_px(2.5 * column))
    assert match(page).strips[0].x_start_px == pytest.approx(page.x0_px, abs=0.25)


def test_letters_beside_the_columns_that_look_like_bars_place_no_start(
    painter: Any, match: Any
) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM, names=False)
    for row in range(3):
        for column in (1, 2, 3):
            page.separator(row, page.x_px(2.5 * column) + 0.9 * page.px_per_mm)
    assert match(page).strips[0].x_start_px == pytest.approx(page.x0_px, abs=0.15)


def test_points_tell_the_beginning_from_the_flaws_of_worn_paper(painter: Any, match: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM, names=False)
    scale = page.px_per_mm
    # A tear hides where most rows begin, and scratches beside the leads look like rows' ink.
    tear = round(page.x0_px + 14 * scale)
    for zero in page.zeros_px[:3]:
        top, bottom = round(zero - 12 * scale), round(zero + 9 * scale)
        page.trace[4 * top : 4 * bottom, : 4 * tear] = 0
    far = page.x_px(10.0) + 5 * scale
    for zero in page.zeros_px:
        x = np.linspace(far, far + 6 * scale, 50)
        page.curve(x, np.full(50, zero), zero, ends=False)
    found = match(page)
    assert found.layout == "3x4+1"
    assert found.strips[0].x_start_px == pytest.approx(page.x0_px, abs=2)
    assert found.strips[1].x_start_px == pytest.approx(page.x_px(2.5), abs=2)


def test_on_a_rough_scale_leads_are_as_wide_as_their_ink(painter: Any, match: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    exact = page.sheet()
    for wrong in (0.995, 1.005):
        scale = wrong * exact.px_per_mm_x
        found = match(page, px_per_mm_x=scale, px_per_mm_y=scale, scale_source="pulse")
        assert found.layout == "3x4+1"
        assert found.strips[0].x_start_px == pytest.approx(page.x_px(0.0), abs=0.8)
        assert found.strips[3].x_start_px == pytest.approx(page.x_px(7.5), abs=0.8)
        assert found.strips[-1].x_end_px == pytest.approx(page.x_px(10.0), abs=0.8)


def test_leads_cut_off_by_the_edge_keep_their_columns(painter: Any, match: Any) -> None:
    page = painter(right_mm=-12.0)
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    found = match(page)
    assert found.strips[3].x_start_px == pytest.approx(page.x_px(7.5), abs=0.3)
    width = page.sheet().image.shape[1]
    assert max(strip.x_end_px for strip in found.strips) == width - 0.5


def test_points_keep_the_columns_of_leads_that_the_edge_of_the_paper_cuts_off(
    painter: Any, match: Any
) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    # The paper ends within the picture; a table follows.
    page.trace[:, round(4 * page.x_px(9.7)) :] = 0
    found = match(page)
    assert found.layout == "3x4+1"
    assert found.strips[-1].x_end_px == pytest.approx(page.x_px(10.0), abs=0.3)
    for index, strip in enumerate(found.strips[:4]):
        assert strip.x_start_px == pytest.approx(page.x_px(2.5 * index), abs=0.3)


@pytest.mark.parametrize("shown", [False, True])
def test_average_beats_right_of_rows_are_none_of_theirs(
    painter: Any, match: Any, shown: bool
) -> None:
    page = painter(right_mm=40.0)
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    time_s = np.arange(0.0, 0.7, 0.002)
    x = page.x_px(10.4) + time_s * page.speed * page.px_per_mm
    for zero in page.zeros_px:
        mv = np.exp(-(((time_s - 0.3) / 0.02) ** 2))
        page.curve(x, zero - mv * page.gain * page.px_per_mm, zero, ends=shown)
    found = match(page)
    assert found.layout == "3x4+1"
    for index, strip in enumerate(found.strips[:4]):
        assert strip.x_start_px == pytest.approx(page.x_px(2.5 * index), abs=0.2)
    assert found.strips[-1].x_end_px == pytest.approx(page.x_px(10.0), abs=0.2)


def test_average_beats_below_rows_are_no_row(painter: Any, match: Any) -> None:
    page = painter(rows=6)
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    time_s = np.arange(0.0, 0.7, 0.002)
    for zero in page.zeros_px[4:]:
        for column in range(4):
            x = page.x_px(2.5 * column + 0.4) + time_s * page.speed * page.px_per_mm
            mv = np.exp(-(((time_s - 0.3) / 0.02) ** 2))
            page.curve(x, zero - mv * page.gain * page.px_per_mm, zero, ends=False)
    found = match(page)
    assert found.layout == "3x4+1"
    assert [strip.zero_px for strip in found.strips[::4]] == pytest.approx(page.zeros_px[:4], abs=3)
    for index, strip in enumerate(found.strips[:4]):
        assert strip.x_start_px == pytest.approx(page.x_px(2.5 * index), abs=0.2)


def test_a_frame_hides_the_start_but_places_it(painter: Any, match: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    for x in (page.x_px(0.0), page.x_px(10.0)):
        page.line(page.trace, np.array([[x, 20.0], [x, page.zeros_px[-1] + 60]]), 2.0)
    assert match(page).strips[0].x_start_px == pytest.approx(page.x0_px, abs=0.6)
