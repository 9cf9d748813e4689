from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ecgengine_plugins.matchers.pulses import Pulse, find_pulses

EXACT_MM = 0.05


def find(page: Any) -> list[Pulse]:
    found = find_pulses(page.ink(), page.look(page.sheet()), page.zeros_px)
    return sorted(found, key=lambda pulse: pulse.row)


@pytest.mark.parametrize("scale", [4.0, 6.0, 11.3])
@pytest.mark.parametrize(
    ("gain", "width_mm"), [(10.0, 5.0), (5.0, 5.0), (2.5, 5.0), (20.0, 2.5), (10.0, 10.0)]
)
@pytest.mark.parametrize("feet_mm", [0.0, 1.0])
def test_pulses_are_measured_by_the_middle_of_the_pen(
    painter: Any, scale: float, gain: float, width_mm: float, feet_mm: float
) -> None:
    page = painter(rows=3, px_per_mm=scale, gain=gain, x0_px=20 * scale + 0.4, row_mm=30.0)
    for row, part in enumerate((0.0, 0.3, 0.6)):
        page.pulse(row, page.x0_px - 2 * scale + part, width_mm, feet_mm)
    found = find(page)
    assert [pulse.row for pulse in found] == [0, 1, 2]
    for pulse, part in zip(found, (0.0, 0.3, 0.6), strict=True):
        right = page.x0_px - 2 * scale + part
        near = EXACT_MM * scale
        assert pulse.whole
        assert (pulse.left_px, pulse.right_px) == pytest.approx(
            (right - width_mm * scale, right), abs=near
        )
        zero = page.zeros_px[pulse.row]
        assert (pulse.top_px, pulse.foot_px) == pytest.approx((zero - gain * scale, zero), abs=near)


def test_pulses_stand_where_most_rows_have_one(painter: Any) -> None:
    page = painter(rows=3)
    before, behind = page.x0_px - 12.0, page.x_px(10.0) + 8 * page.px_per_mm
    page.pulse(0, before)
    (alone,) = find(page)
    assert alone.row == 0
    assert alone.right_px == pytest.approx(before, abs=0.3)
    # No cart prints pulses before some rows and behind others.
    for row in (0, 2):
        page.pulse(row, behind + row)
    for pulse, row in zip(find(page), (0, 2), strict=True):
        assert pulse.row == row
        assert pulse.right_px == pytest.approx(behind + row, abs=0.3)


def test_of_as_many_pulses_before_and_behind_the_leads_those_before_count(painter: Any) -> None:
    page = painter(rows=2)
    before, behind = page.x0_px - 12.0, page.x_px(10.0) + 8 * page.px_per_mm
    for row in (0, 1):
        page.pulse(row, before)
        page.pulse(row, behind)
    assert [pulse.right_px for pulse in find(page)] == pytest.approx([before] * 2, abs=0.3)


@pytest.mark.parametrize("row_mm", [12.0, 15.0, 24.0])
@pytest.mark.parametrize("rows", [(0, 1, 2), (0,), (1,)])
def test_close_rows_have_their_own_pulses_and_no_others(
    painter: Any, row_mm: float, rows: tuple[int, ...]
) -> None:
    page = painter(rows=3, row_mm=row_mm)
    for row in rows:
        page.pulse(row, page.x0_px - 12.0, feet_mm=1.0)
    found = find(page)
    assert [pulse.row for pulse in found] == [*rows]
    for pulse in found:
        zero, near = page.zeros_px[pulse.row], EXACT_MM * page.px_per_mm
        assert (pulse.top_px, pulse.foot_px) == pytest.approx((zero - 60.0, zero), abs=near)


def test_a_trace_that_touches_a_pulse_moves_none_of_its_sides(painter: Any) -> None:
    page = painter(rows=1)
    page.lead("V2", 0, 0.0, 10.0)
    page.pulse(0, page.x0_px)
    (pulse,) = find(page)
    zero, near = page.zeros_px[0], EXACT_MM * page.px_per_mm
    assert pulse.right_px == pytest.approx(page.x0_px, abs=near)
    assert (pulse.top_px, pulse.foot_px) == pytest.approx((zero - 60.0, zero), abs=near)


def test_a_pulse_that_the_edge_of_the_sheet_cuts_is_not_whole(painter: Any) -> None:
    page = painter(rows=1, x0_px=30.0)
    page.pulse(0, 24.0)
    (pulse,) = find(page)
    assert not pulse.whole
    assert pulse.right_px == pytest.approx(24.0, abs=0.3)
    assert pulse.foot_px - pulse.top_px == pytest.approx(60.0, abs=0.3)


@pytest.mark.parametrize(("height_mm", "width_mm"), [(2.0, 5.0), (10.0, 0.5)])
def test_what_is_not_as_large_as_a_pulse_is_none(
    painter: Any, height_mm: float, width_mm: float
) -> None:
    page = painter(rows=1, gain=height_mm)
    page.pulse(0, 80.0, width_mm)
    assert find(page) == []


@pytest.mark.parametrize("away_mm", [-5.0, 5.0])
def test_what_stands_at_no_row_is_no_pulse_of_one(painter: Any, away_mm: float) -> None:
    page = painter(rows=1)
    page.pulse(0, 80.0)
    look, zero = page.look(page.sheet()), page.zeros_px[0]
    assert len(find_pulses(page.ink(), look, [zero])) == 1
    assert find_pulses(page.ink(), look, [zero + away_mm * page.px_per_mm]) == []


def test_without_ink_there_is_no_pulse(painter: Any, blank_look: Any) -> None:
    page = painter(rows=1)
    cells = np.zeros((80, 500), np.float32)
    cells[20:41, 16:28] = 1.0
    assert find_pulses(page.ink(), blank_look(pulses=cells), page.zeros_px) == []


def test_worn_legs_are_legs_and_marks_at_the_place_of_feet_are_none(painter: Any) -> None:
    page = painter(rows=1)
    page.pulse(0, 80.0)
    (whole,) = find(page)
    page.marks[4 * 90 : 4 * 108] = 0
    assert find(page) == [whole]
    page.marks[4 * 72 : 4 * 112] = 0
    assert find(page) == []


def test_a_look_that_misses_a_part_of_a_pulse_is_mended(painter: Any, blank_look: Any) -> None:
    page = painter(rows=1)
    page.pulse(0, 80.0)
    cells = page.look(page.sheet()).pulses.copy()
    cells[28:30] = 0.0
    (pulse,) = find_pulses(page.ink(), blank_look(pulses=cells), page.zeros_px)
    assert pulse == find(page)[0]
