from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ecgengine.data.hints import Hints
from ecgengine.data.layout import Layout
from ecgengine.data.strips import TimeOrder
from ecgengine.errors import NoEcgFoundError, UsageError
from ecgengine_plugins.matchers.arrangement.matcher import ArrangementMatcher
from ecgengine_plugins.paper.layouts import LAYOUTS

BY_NAME = {layout.name: layout for layout in LAYOUTS}
VIEWS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
RHYTHM = ("II", "V1", "V5")


def leads(layout: Layout) -> list[str | None]:
    short = layout.rows[: len(layout.rows) - layout.rhythm_rows]
    named = [cell.lead.removeprefix("-") for row in short for cell in row if cell.lead]
    return [*named, *RHYTHM[: layout.rhythm_rows]]


@pytest.mark.parametrize("name", list(BY_NAME))
def test_names_places_and_times_every_layout(painter: Any, match: Any, name: str) -> None:
    layout = BY_NAME[name]
    row_mm = 15.0 if len(layout.rows) > 7 else 24.0
    page = painter(rows=len(layout.rows), seconds=10.0, row_mm=row_mm)
    page.layout(layout, RHYTHM)
    found = match(page)
    assert found.layout == name
    assert [strip.lead for strip in found.strips] == leads(layout)
    cells = [cell for row in layout.rows for cell in row]
    for strip, cell in zip(found.strips, cells, strict=True):
        share = 10.0 / layout.duration_s
        assert strip.start_s == pytest.approx(share * cell.start_s, abs=1e-3)
        assert strip.x_start_px == pytest.approx(page.x_px(share * cell.start_s), abs=0.15)
        assert strip.zero_px == pytest.approx(page.zeros_px[strip.row], abs=3)
        assert strip.top_px < strip.zero_px < strip.bottom_px
        assert strip.inverted == (cell.lead == "-aVR")
    assert sum(strip.rhythm for strip in found.strips) == layout.rhythm_rows


@pytest.mark.parametrize("feet_mm", [0.0, 0.8])
def test_a_pulse_on_the_left_gives_gain_and_zero_line(
    painter: Any, match: Any, feet_mm: float
) -> None:
    page = painter(gain=5.0)
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    for row in range(4):
        page.pulse(row, page.x0_px - 2.0 * feet_mm * page.px_per_mm, feet_mm=feet_mm)
    found = match(page)
    assert found.layout == "3x4+1"
    assert found.calibration.gain_mm_per_mv == 5
    assert found.calibration.gain_source == "pulse"
    assert found.strips[0].x_start_px == pytest.approx(page.x0_px, abs=0.15)
    for strip in found.strips:
        assert strip.zero_px == pytest.approx(page.zeros_px[strip.row], abs=0.3)
    assert any(box[2] < page.x0_px + 3 for box in found.strips[0].obstacles_px)


def test_a_pulse_on_the_right_ends_no_lead(painter: Any, match: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    for row in range(4):
        page.pulse(row, page.x_px(10.0) + 7 * page.px_per_mm, feet_mm=1.0)
    found = match(page)
    assert found.layout == "3x4+1"
    assert found.calibration.gain_source == "pulse"
    assert found.strips[-1].x_end_px == pytest.approx(page.x_px(10.0), abs=0.15)


@pytest.mark.parametrize("width_mm", [5.0, 10.0])
def test_a_pulse_beside_a_single_row_tells_the_gain(
    painter: Any, match: Any, width_mm: float
) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    page.gain = 5.0
    page.pulse(1, page.x0_px - 2.0 * page.px_per_mm, width_mm, feet_mm=1.0)
    scale = match(page).calibration
    assert (scale.gain_mm_per_mv, scale.gain_source) == (5.0, "pulse")


def test_printed_speed_and_gain_are_read(painter: Any, match: Any) -> None:
    page = painter(rows=6, seconds=5.0, speed=50.0)
    page.layout(BY_NAME["6x1"])
    page.word("50mm/s", page.x0_px, page.zeros_px[-1] + 20 * page.px_per_mm)
    page.word("10mm/mV", page.x0_px + 200, page.zeros_px[-1] + 20 * page.px_per_mm)
    found = match(page)
    assert found.layout == "6x1"
    assert found.calibration.speed_mm_per_s == 50
    assert found.calibration.speed_source == "text"
    assert found.calibration.gain_source == "text"
    width_s = (found.strips[0].x_end_px - found.strips[0].x_start_px) / (50 * page.px_per_mm)
    assert width_s == pytest.approx(5.0, abs=0.005)


def test_names_that_are_all_read_leave_no_doubt_about_a_second_column(
    painter: Any, match: Any
) -> None:
    page = painter(rows=6, seconds=5.0, speed=50.0)
    page.layout(BY_NAME["6x1"])
    found = match(page)
    assert found.layout == "6x1"
    assert found.confidence > 0.6


@pytest.mark.parametrize("rows", [1, 3, 4])
def test_an_unknown_arrangement_stays_unnamed(painter: Any, match: Any, rows: int) -> None:
    page = painter(rows=rows)
    for row, lead in enumerate(("V4", "V2", "aVL", "V6")[:rows]):
        page.lead(lead, row, 0.0, 10.0)
    found = match(page)
    assert found.layout is None
    assert [strip.lead for strip in found.strips] == [None] * rows
    assert any("no readable name" in note and "--leads" in note for note in found.notes)
    assert found.strips[0].x_start_px == pytest.approx(page.x0_px, abs=0.15)


def test_a_row_that_is_lost_takes_no_name_from_the_others(painter: Any, match: Any) -> None:
    page = painter(rows=4)
    layout = BY_NAME["3x4+1"]
    for row, cells in enumerate(layout.rows):
        for cell in cells if row != 1 else ():
            lead = cell.lead or "II"
            page.lead(lead, row, cell.start_s, cell.duration_s)
            page.word(lead, page.x_px(cell.start_s) + 6, page.zeros_px[row] + 60)
    found = match(page)
    assert found.layout is None
    assert [strip.lead for strip in found.strips] == [
        *("I", "aVR", "V1", "V4"),
        *("III", "aVF", "V3", "V6"),
        "II",
    ]


@pytest.mark.parametrize("seed", range(3))
def test_printed_names_in_any_order_name_the_strips(painter: Any, match: Any, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(list(VIEWS))
    page = painter(rows=6)
    for index, lead in enumerate(order):
        row, column = divmod(index, 2)
        page.lead(lead, row, 5.0 * column, 5.0)
        page.word(lead, page.x_px(5.0 * column) + 6, page.zeros_px[row] + 60)
    found = match(page)
    assert [strip.lead for strip in found.strips] == list(order)
    assert min(strip.lead_probability for strip in found.strips) > 0.99
    assert {strip.lead_basis for strip in found.strips} == {"read"}


def test_columns_of_the_same_seconds_are_known_by_their_beats(painter: Any, match: Any) -> None:
    page = painter()
    layout = BY_NAME["3x4+1"]
    for row, cells in enumerate(layout.rows):
        for cell in cells:
            lead = cell.lead or "II"
            page.lead(lead, row, cell.start_s, cell.duration_s, 0.0)
            page.word(lead, page.x_px(cell.start_s) + 6, page.zeros_px[row] + 60)
    found = match(page)
    assert found.order is TimeOrder.TOGETHER
    assert {strip.start_s for strip in found.strips} == {0.0}


def test_rows_of_one_lead_go_on_from_each_other(painter: Any, match: Any) -> None:
    page = painter(rows=4, seconds=6.0)
    for row in range(4):
        page.lead("V2", row, 0.0, 6.0, 6.0 * row)
    page.word("V2", page.x_px(0.0) + 6, page.zeros_px[0] + 60)
    found = match(page)
    assert found.order is TimeOrder.GOING_ON
    assert [strip.lead for strip in found.strips] == ["V2"] * 4
    assert [strip.start_s for strip in found.strips] == [0.0, 6.0, 12.0, 18.0]


def test_the_last_of_rows_that_go_on_may_end_early(painter: Any, match: Any) -> None:
    page = painter(rows=4, seconds=6.0)
    for row in range(4):
        page.lead("V2", row, 0.0, 6.0 if row < 3 else 4.0, 6.0 * row)
    page.word("V2", page.x_px(0.0) + 6, page.zeros_px[0] + 60)
    found = match(page)
    assert found.order is TimeOrder.GOING_ON
    assert [strip.start_s for strip in found.strips] == pytest.approx([0.0, 6.0, 12.0, 18.0])
    ends = [strip.x_end_px for strip in found.strips]
    assert ends == pytest.approx([page.x_px(6.0)] * 3 + [page.x_px(4.0)], abs=0.5)


@pytest.mark.parametrize("columns", [1, 2])
@pytest.mark.parametrize("at_once", [False, True])
def test_beats_tell_whether_panels_follow_each_other(
    painter: Any, match: Any, columns: int, at_once: bool
) -> None:
    # A row more than there are leads leaves room to set the panels apart.
    rows, seconds = 12 // columns, 5.0
    page = painter(rows=rows + 2, row_mm=18.0, seconds=seconds * columns)
    page.zeros_px = [
        zero + 9.0 * (row // 3) * page.px_per_mm for row, zero in enumerate(page.zeros_px[:rows])
    ]
    shown = []
    for row, zero in enumerate(page.zeros_px):
        for column in range(columns):
            panel = row // 3 * columns + column
            lead, at = VIEWS[3 * panel + row % 3], seconds * column
            shown.append((lead, 0.0 if at_once else seconds * panel))
            page.lead(lead, row, at, seconds, shown[-1][1])
            page.word(lead, page.x_px(at) + 6, zero + 7 * page.px_per_mm)
    found = match(page)
    assert found.order is (TimeOrder.TOGETHER if at_once else TimeOrder.IN_PANELS)
    assert found.confidence > 0.95
    assert [strip.lead for strip in found.strips] == [lead for lead, _ in shown]
    assert [strip.start_s for strip in found.strips] == pytest.approx([at for _, at in shown])


def test_names_left_of_first_strips_and_above_others_name_all(painter: Any, match: Any) -> None:
    order = np.random.default_rng(0).permutation(list(VIEWS))
    page = painter(rows=3, row_mm=9.0, gain=5.0)
    for index, lead in enumerate(order):
        row, column = divmod(index, 4)
        page.lead(lead, row, 2.5 * column, 2.5)
        right_mm, above_mm = (1.0, 4.0) if column else (-10.0, -1.5)
        at = page.x_px(2.5 * column) + right_mm * page.px_per_mm
        page.word(lead, at, page.zeros_px[row] - above_mm * page.px_per_mm)
    found = match(page)
    assert [strip.lead for strip in found.strips] == list(order)
    assert {strip.lead_basis for strip in found.strips} == {"read"}
    assert min(strip.lead_probability for strip in found.strips) > 0.99


def test_columns_of_a_roll_lie_between_the_marks_where_edges_cut_it_off(
    painter: Any, match: Any
) -> None:
    page = painter(rows=3, seconds=10.0, right_mm=0.0, x0_px=-0.5)
    pitch_s, first_s = 3.0, 1.4
    starts = [0.0, *(first_s + pitch_s * column for column in range(3))]
    for column, (start, end) in enumerate(zip(starts, [*starts[1:], 10.0], strict=True)):
        for row in range(3):
            lead = VIEWS[3 * column + row]
            page.lead(lead, row, start, end - start)
            page.word(lead, page.x_px(start) + 6, page.zeros_px[row] + 60)
    found = match(page)
    assert [strip.lead for strip in found.strips] == [
        *("I", "aVR", "V1", "V4"),
        *("II", "aVL", "V2", "V5"),
        *("III", "aVF", "V3", "V6"),
    ]
    for start, strip in zip(starts, found.strips[:4], strict=True):
        assert strip.x_start_px == pytest.approx(page.x_px(start), abs=0.5)
        assert strip.start_s == pytest.approx(start, abs=0.02)


def test_columns_that_gaps_part_begin_behind_the_gaps(painter: Any, match: Any) -> None:
    page = painter(rows=3, seconds=12.0)
    leads = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3")
    for index, lead in enumerate(leads):
        column, row = divmod(index, 3)
        at = 4.5 * column + 0.4
        page.lead(lead, row, at, 3.0, 3.0 * column)
        page.word(lead, page.x_px(at) + 6, page.zeros_px[row] + 60)
    found = match(page)
    for index, strip in enumerate(found.strips[:3]):
        assert strip.x_start_px == pytest.approx(page.x_px(4.5 * index + 0.4), abs=1.0)
        assert strip.start_s == pytest.approx(3.0 * index)


def test_the_user_names_layout_and_rhythm(painter: Any, match: Any) -> None:
    page = painter(rows=4)
    page.layout(BY_NAME["3x4+1"], ("V6",), names=False)
    hints = Hints(layout="3x4+1-cabrera", rhythm=("V2",), gain_mm_per_mv=20.0, speed_mm_per_s=50.0)
    found = match(page, hints)
    assert found.layout == "3x4+1-cabrera"
    assert found.strips[0].lead == "aVL"
    assert found.strips[-1].lead == "V2"
    assert found.calibration.gain_source == found.calibration.speed_source == "given"
    assert found.strips[1].start_s == pytest.approx(1.25, abs=1e-3)
    assert found.confidence == pytest.approx(1)


def test_a_layout_that_is_unknown_or_does_not_fit_is_refused(painter: Any, match: Any) -> None:
    page = painter(rows=4)
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    with pytest.raises(UsageError, match="use one of"):
        match(page, Hints(layout="5x5"))
    with pytest.raises(UsageError, match="no lead 'V7'"):
        match(page, Hints(rhythm=("V7",)))
    with pytest.raises(UsageError, match="12 rows, but only 4 were found"):
        match(page, Hints(layout="12x1"))


def test_an_empty_page_says_so(painter: Any, match: Any) -> None:
    with pytest.raises(NoEcgFoundError, match="no row of leads"):
        match(painter())


def test_a_page_on_which_no_heart_is_seen_is_refused_unless_the_user_knows(
    painter: Any, match: Any
) -> None:
    page = painter(rows=6)
    for row, zero in enumerate(page.zeros_px):
        x = np.arange(page.x_px(0.0), page.x_px(10.0), 0.25)
        page.curve(x, zero + 40 * np.sin(x / 9 + row + np.sin(x / 50)), zero)
    with pytest.raises(NoEcgFoundError, match="no heart"):
        match(page)
    assert match(page, Hints(layout="6x1")).layout == "6x1"
    assert len(match(page, Hints(leads=("I",) * 6)).strips) == 6


def test_a_finer_trace_map_changes_nothing(painter: Any, match: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    coarse = page.map()
    fine = type(coarse)(
        np.repeat(coarse.trace, 2, axis=2),
        columns_per_px=2,
        pen_width_px=coarse.pen_width_px,
        text=coarse.text,
    )
    assert match(page, trace_map=fine) == match(page, trace_map=coarse)


def test_what_the_segmenter_saw_is_not_looked_at_again(painter: Any, match: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    seen = replace(page.map(), look=page.look(page.sheet()))
    blind: Any = None
    found = ArrangementMatcher(blind).match(page.sheet(), seen, LAYOUTS, Hints())
    assert found == match(page)


@pytest.mark.parametrize("layout", [None, "3x4+1"])
def test_a_row_of_other_ink_is_left_out_and_named_in_a_note(
    painter: Any, match: Any, layout: str | None
) -> None:
    page = painter(rows=5)
    page.zeros_px = page.zeros_px[1:] + page.zeros_px[:1]
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    x = np.arange(page.x_px(1.0), page.x_px(6.0))
    page.curve(x, page.zeros_px[4] - 3 * page.px_per_mm * (x % 90 < 5), page.zeros_px[4])
    found = match(page, Hints(layout=layout))
    assert found.layout == "3x4+1"
    assert found.strips[0].zero_px == pytest.approx(page.zeros_px[0], abs=3)
    # Who names the layout knows.
    assert any("left out" in note for note in found.notes) == (layout is None)


def test_a_worn_row_with_its_names_stays_where_other_ink_is_left_out(
    painter: Any, match: Any
) -> None:
    page = painter(rows=8)
    above, *page.zeros_px = page.zeros_px
    page.layout(BY_NAME["6x2+1"], RHYTHM)
    first = slice(round(4 * (page.zeros_px[0] - 8)), round(4 * (page.zeros_px[0] + 8)))
    page.trace[first, round(4 * page.x_px(2.5)) : round(4 * page.x_px(9.0))] = 0
    x = np.arange(page.x_px(0.5), page.x_px(9.5))
    page.curve(x, above - 3 * page.px_per_mm * (x % 90 < 5), above)
    found = match(page)
    assert found.layout == "6x2+1"
    assert found.strips[0].zero_px == pytest.approx(page.zeros_px[0], abs=3)


def test_in_a_single_column_lead_i_needs_no_name_beside_a_misread_one(
    painter: Any, match: Any
) -> None:
    page = painter(rows=13, row_mm=15.0)
    above, *page.zeros_px = page.zeros_px
    page.layout(BY_NAME["12x1"])
    x = np.arange(page.x_px(1.0), page.x_px(6.0))
    page.curve(x, above - 3 * page.px_per_mm * (x % 90 < 5), above)
    page.word("V5", page.x_px(0.0) + page.px_per_mm, above + 10.5 * page.px_per_mm)
    found = match(page)
    assert found.layout == "12x1"
    assert found.strips[0].zero_px == pytest.approx(page.zeros_px[0], abs=3)
