from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ecgengine.data.hints import Hints
from ecgengine.data.layout import Layout
from ecgengine.data.sheet import GridFit
from ecgengine.data.strips import Strips
from ecgengine.errors import NoEcgFoundError, UsageError
from ecgengine_plugins.matchers.baselines import on_grid
from ecgengine_plugins.matchers.rows import RowsMatcher
from ecgengine_plugins.paper.layouts import LAYOUTS

BY_NAME = {layout.name: layout for layout in LAYOUTS}
RHYTHM = ("II", "V1", "V5")


def match(page: Any, hints: Hints | None = None) -> Strips:
    return RowsMatcher().match(page.sheet(), page.map(), LAYOUTS, hints or Hints())


def leads(layout: Layout) -> list[str | None]:
    short = layout.rows[: len(layout.rows) - layout.rhythm_rows]
    named = [cell.lead.removeprefix("-") for row in short for cell in row if cell.lead]
    return [*named, *RHYTHM[: layout.rhythm_rows]]


@pytest.mark.parametrize("name", list(BY_NAME))
def test_names_places_and_times_every_layout(painter: Any, name: str) -> None:
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
def test_a_pulse_on_the_left_gives_gain_and_zero_line(painter: Any, feet_mm: float) -> None:
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


def test_a_pulse_on_the_right_ends_no_lead(painter: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    for row in range(4):
        page.pulse(row, page.x_px(10.0) + 7 * page.px_per_mm, feet_mm=1.0)
    found = match(page)
    assert found.layout == "3x4+1"
    assert found.calibration.gain_source == "pulse"
    assert found.strips[-1].x_end_px == pytest.approx(page.x_px(10.0), abs=0.15)


@pytest.mark.parametrize(("width_mm", "gain"), [(5.0, 5.0), (10.0, 5.0), (3.1, 10.0)])
def test_at_a_single_row_only_what_is_as_wide_as_pulses_is_one(
    painter: Any, width_mm: float, gain: float
) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    page.gain = 5.0
    page.pulse(1, page.x0_px - 2.0 * page.px_per_mm, width_mm, feet_mm=1.0)
    scale = match(page).calibration
    assert scale.gain_mm_per_mv == gain
    assert scale.gain_source == ("default" if gain == 10.0 else "pulse")


def test_separators_place_the_start_that_pulses_hide(painter: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    half = 3.5 * page.px_per_mm
    for row in range(4):
        page.pulse(row, page.x0_px + 3.0)
        for column in (1, 2, 3) if row < 3 else ():
            x, y = page.x_px(2.5 * column), page.zeros_px[row]
            page.line(page.marks, np.array([[x, y - half], [x, y + half]]), 3.0)
    assert match(page).strips[0].x_start_px == pytest.approx(page.x0_px, abs=0.25)


def test_upright_letters_beside_the_columns_are_no_separators(painter: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM, names=False)
    half = 3.5 * page.px_per_mm
    for row in range(3):
        for column in (1, 2, 3):
            x, y = page.x_px(2.5 * column) + 0.9 * page.px_per_mm, page.zeros_px[row]
            page.line(page.marks, np.array([[x, y - half], [x, y + half]]), 3.0)
    assert match(page).strips[0].x_start_px == pytest.approx(page.x0_px, abs=0.15)


def test_names_tell_the_beginning_from_the_flaws_of_worn_paper(painter: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    scale = page.px_per_mm
    # A tear hides where most rows begin, and scratches beside the leads look like rows' ink.
    tear = round(page.x0_px + 14 * scale)
    for zero in page.zeros_px[:3]:
        top, bottom = round(zero - 12 * scale), round(zero + 9 * scale)
        page.trace[4 * top : 4 * bottom, : 4 * tear] = 0
    far = page.x_px(10.0) + 5 * scale
    for zero in page.zeros_px:
        x = np.linspace(far, far + 6 * scale, 50)
        page.curve(x, np.full(50, zero))
    found = match(page)
    assert found.layout == "3x4+1"
    assert found.strips[0].x_start_px == pytest.approx(page.x0_px, abs=2)
    assert found.strips[1].x_start_px == pytest.approx(page.x_px(2.5), abs=2)


def test_on_a_rough_scale_leads_are_as_wide_as_their_ink(painter: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    exact = page.sheet()
    for wrong in (0.995, 1.005):
        scale = wrong * exact.px_per_mm_x
        rough = replace(exact, px_per_mm_x=scale, px_per_mm_y=scale, scale_source="pulse")
        found = RowsMatcher().match(rough, page.map(), LAYOUTS, Hints())
        assert found.layout == "3x4+1"
        assert found.strips[0].x_start_px == pytest.approx(page.x_px(0.0), abs=0.8)
        assert found.strips[3].x_start_px == pytest.approx(page.x_px(7.5), abs=0.8)
        assert found.strips[-1].x_end_px == pytest.approx(page.x_px(10.0), abs=0.8)


def test_columns_narrower_than_their_share_are_measured(painter: Any) -> None:
    page = painter()
    layout = BY_NAME["3x4+1"]
    pitch_s = 2.475
    for row, cells in enumerate(layout.rows):
        for index, cell in enumerate(cells):
            seconds = pitch_s if cell.lead else 10.0
            page.lead(cell.lead or "II", row, index * pitch_s, seconds, cell.start_s, 4.0 * index)
            page.word(cell.lead or "II", page.x_px(pitch_s * index) + 6, page.zeros_px[row] + 63)
    strips = match(page).strips
    assert strips[3].x_start_px == pytest.approx(page.x_px(3 * pitch_s), abs=0.4)
    assert strips[3].start_s == 7.5
    assert strips[-1].x_end_px == pytest.approx(page.x_px(10.0), abs=0.3)


def test_gaps_between_leads_leave_columns_their_share(painter: Any) -> None:
    page = painter()
    for row, cells in enumerate(BY_NAME["3x4+1"].rows):
        for cell in cells:
            seconds = 2.46 if cell.lead else 10.0
            page.lead(cell.lead or "II", row, cell.start_s, seconds)
            page.word(cell.lead or "II", page.x_px(cell.start_s) + 6, page.zeros_px[row] + 63)
    assert match(page).strips[3].x_start_px == pytest.approx(page.x_px(7.5), abs=0.15)


def test_columns_of_ten_seconds_share_their_time(painter: Any) -> None:
    page = painter(rows=6, seconds=20.0, px_per_mm=4.0, pen_px=1.5)
    page.layout(BY_NAME["6x2"], same_time=True)
    found = match(page)
    assert found.layout == "6x2"
    assert {strip.start_s for strip in found.strips} == {0.0}


def test_columns_of_ten_seconds_that_differ_follow_each_other(painter: Any) -> None:
    page = painter(rows=6, seconds=20.0, px_per_mm=4.0, pen_px=1.5)
    page.layout(BY_NAME["6x2"])
    assert {round(strip.start_s, 2) for strip in match(page).strips} == {0.0, 10.0}


def test_printed_speed_and_gain_are_read(painter: Any) -> None:
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


def test_names_that_are_all_read_leave_no_doubt_about_a_second_column(painter: Any) -> None:
    page = painter(rows=6, seconds=5.0, speed=50.0)
    page.layout(BY_NAME["6x1"])
    found = match(page)
    assert found.layout == "6x1"
    assert found.confidence > 0.6


def test_limb_leads_that_add_up_stand_in_for_names(painter: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM, names=False)
    found = match(page)
    assert found.layout == "3x4+1"
    assert any("add up" in note for note in found.notes)
    assert found.strips[-1].lead == "II"
    assert any("repeats that lead" in note for note in found.notes)


def test_a_rhythm_strip_is_named_by_the_lead_it_repeats(painter: Any) -> None:
    page = painter(rows=5)
    layout = BY_NAME["3x4+2"]
    page.layout(layout, ("V1", "V5"), names=False)
    assert [strip.lead for strip in match(page).strips if strip.rhythm] == ["V1", "V5"]


def test_a_rhythm_strip_of_an_augmented_lead_is_named_by_its_name(painter: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], ("aVR",))
    assert match(page).strips[-1].lead == "aVR"


def test_a_rhythm_strip_that_repeats_a_lead_was_misread_as_another(painter: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], ("II",))
    page.marks[round(4 * (page.zeros_px[3] + 5 * page.px_per_mm)) :] = 0
    page.word("III", page.x_px(0.0) + page.px_per_mm, page.zeros_px[3] + 10.5 * page.px_per_mm)
    found = match(page)
    assert found.strips[-1].lead == "II"
    assert any("repeats that lead" in note for note in found.notes)


@pytest.mark.parametrize(("of_s", "lead"), [(7.7, "II"), (None, "III")])
def test_a_rhythm_strip_is_iii_only_if_it_looks_so(
    painter: Any, of_s: float | None, lead: str
) -> None:
    page = painter()
    page.layout(BY_NAME["3x4"])
    page.lead("III" if of_s is None else "II", 3, 0.0, 10.0, of_s)
    page.word("III", page.x_px(0.0) + page.px_per_mm, page.zeros_px[3] + 10.5 * page.px_per_mm)
    found = match(page)
    assert found.strips[-1].lead == lead
    assert any("is unlike III, as it was read; II" in note for note in found.notes) == (
        lead == "II"
    )


@pytest.mark.parametrize("rows", [1, 3, 4])
def test_an_unknown_arrangement_stays_unnamed(painter: Any, rows: int) -> None:
    page = painter(rows=rows)
    for row, lead in enumerate(("V4", "V2", "aVL", "V6")[:rows]):
        page.lead(lead, row, 0.0, 10.0)
    found = match(page)
    assert found.layout is None
    assert [strip.lead for strip in found.strips] == [None] * rows
    assert any("unnamed" in note and "--layout" in note for note in found.notes)
    assert found.strips[0].x_start_px == pytest.approx(page.x0_px, abs=0.15)


def test_a_row_that_is_lost_leaves_the_others_unnamed(painter: Any) -> None:
    page = painter(rows=4)
    layout = BY_NAME["3x4+1"]
    for row, cells in enumerate(layout.rows):
        for cell in cells if row != 1 else ():
            page.lead(cell.lead or "II", row, cell.start_s, cell.duration_s)
    found = match(page)
    assert found.layout is None
    assert [strip.lead for strip in found.strips] == [None] * 3


def test_the_user_names_layout_and_rhythm(painter: Any) -> None:
    page = painter(rows=4)
    page.layout(BY_NAME["3x4+1"], ("V6",), names=False)
    hints = Hints(layout="3x4+1-cabrera", rhythm=("V2",), gain_mm_per_mv=20.0, speed_mm_per_s=50.0)
    found = match(page, hints)
    assert found.layout == "3x4+1-cabrera"
    assert found.strips[0].lead == "aVL"
    assert found.strips[-1].lead == "V2"
    assert found.calibration.gain_source == found.calibration.speed_source == "given"
    assert found.strips[1].start_s == pytest.approx(1.25, abs=1e-3)
    assert found.confidence == 1


def test_a_layout_that_is_unknown_or_does_not_fit_is_refused(painter: Any) -> None:
    page = painter(rows=4)
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    with pytest.raises(UsageError, match="use one of"):
        match(page, Hints(layout="5x5"))
    with pytest.raises(UsageError, match="no lead 'V7'"):
        match(page, Hints(rhythm=("V7",)))
    with pytest.raises(UsageError, match="12 rows, but only 4 were found"):
        match(page, Hints(layout="12x1"))


def test_an_empty_page_says_so(painter: Any) -> None:
    with pytest.raises(NoEcgFoundError, match="no row of leads"):
        match(painter())


def test_a_ruled_line_is_no_row(painter: Any) -> None:
    page = painter(rows=4)
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    y = page.zeros_px[-1] + 16 * page.px_per_mm
    page.line(page.trace, np.array([[50.0, y], [1500.0, y + 3.0]]), 2.0)
    assert len({strip.row for strip in match(page).strips}) == 4


def test_a_finer_trace_map_changes_nothing(painter: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    coarse = page.map()
    fine = type(coarse)(
        np.repeat(coarse.trace, 2, axis=2),
        columns_per_px=2,
        pen_width_px=coarse.pen_width_px,
        text=coarse.text,
    )
    first = RowsMatcher().match(page.sheet(), coarse, LAYOUTS, Hints())
    assert RowsMatcher().match(page.sheet(), fine, LAYOUTS, Hints()) == first


def test_leads_cut_off_by_the_edge_keep_their_columns(painter: Any) -> None:
    page = painter(right_mm=-12.0)
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    found = match(page)
    assert found.strips[3].x_start_px == pytest.approx(page.x_px(7.5), abs=0.3)
    width = page.sheet().image.shape[1]
    assert max(strip.x_end_px for strip in found.strips) == width - 0.5


def test_names_keep_the_columns_of_leads_that_the_edge_of_the_paper_cuts_off(painter: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    # The paper ends within the picture; a table follows.
    page.trace[:, round(4 * page.x_px(9.7)) :] = 0
    found = match(page)
    assert found.layout == "3x4+1"
    for index, strip in enumerate(found.strips[:4]):
        assert strip.x_start_px == pytest.approx(page.x_px(2.5 * index), abs=0.3)


def test_names_tell_of_rows_that_hum_makes_fuzzy(painter: Any) -> None:
    page = painter(rows=12, row_mm=15.0)
    page.layout(BY_NAME["12x1"])
    # 50 Hz over the seventh and the ninth row: no ink runs level.
    x = np.arange(page.x0_px, page.x_px(10.0), 0.25)
    hum = 0.5 * np.sin(4 * np.pi * x / page.px_per_mm) + 1.2 * np.sin(x / (8 * page.px_per_mm))
    for row in (6, 8):
        middle = round(4 * page.zeros_px[row])
        page.trace[middle - 4 * 10 : middle + 4 * 10] = 0
        page.curve(x, page.zeros_px[row] + hum * page.px_per_mm)
    found = match(page)
    assert found.layout == "12x1"
    assert [strip.lead for strip in found.strips] == leads(BY_NAME["12x1"])


@pytest.mark.parametrize("speck", [False, True])
def test_names_tell_rows_from_mould_that_runs_level(painter: Any, speck: bool) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    if speck:  # is read as a name, too near to those of the second row for a row of its own
        page.word("V4", page.x_px(5.0) + page.px_per_mm, page.zeros_px[1] + 6 * page.px_per_mm)
    apart = page.row_mm / 2 * page.px_per_mm
    for place in [page.zeros_px[0] - apart, *(zero + apart for zero in page.zeros_px)]:
        x = np.linspace(page.x0_px + 5 * page.px_per_mm, page.x_px(7.0), 3000)
        page.curve(x, place + 0.7 * page.px_per_mm * np.sin(x / 30))
    found = match(page)
    assert found.layout == "3x4+1"
    for strip in found.strips:
        assert strip.zero_px == pytest.approx(page.zeros_px[strip.row], abs=0.5 * page.px_per_mm)


def test_a_misread_name_makes_no_row_of_mould(painter: Any) -> None:
    page = painter(rows=4, row_mm=30.0)
    above, *page.zeros_px = page.zeros_px
    page.layout(BY_NAME["3x4"])
    apart = page.row_mm / 2 * page.px_per_mm
    for place in [above, *(zero + apart for zero in page.zeros_px)]:
        x = np.linspace(page.x0_px + 5 * page.px_per_mm, page.x_px(6.0), 3000)
        page.curve(x, place + 0.7 * page.px_per_mm * np.sin(x / 30))
    page.word("V5", page.x_px(0.0) + page.px_per_mm, above + 10.5 * page.px_per_mm)
    found = match(page)
    assert found.layout == "3x4"
    assert [strip.lead for strip in found.strips] == leads(BY_NAME["3x4"])
    assert found.strips[0].zero_px == pytest.approx(page.zeros_px[0], abs=3)


def test_ink_close_to_a_row_is_no_row(painter: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    y = page.zeros_px[0] - 8.8 * page.px_per_mm
    x = np.arange(page.x_px(0.2), page.x_px(9.0))
    page.curve(x, y - 2 * page.px_per_mm * (x % 400 < 4))
    assert match(page).layout == "3x4+1"


def test_a_frame_hides_the_start_but_places_it(painter: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    for x in (page.x_px(0.0), page.x_px(10.0)):
        page.line(page.trace, np.array([[x, 20.0], [x, page.zeros_px[-1] + 60]]), 2.0)
    assert match(page).strips[0].x_start_px == pytest.approx(page.x0_px, abs=0.6)


@pytest.mark.parametrize("layout", [None, "3x4+1"])
def test_a_row_of_other_ink_is_left_out_and_named_in_a_note(
    painter: Any, layout: str | None
) -> None:
    page = painter(rows=5)
    page.zeros_px = page.zeros_px[1:] + page.zeros_px[:1]
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    x = np.arange(page.x_px(1.0), page.x_px(6.0))
    page.curve(x, page.zeros_px[4] - 3 * page.px_per_mm * (x % 90 < 5))
    found = match(page, Hints(layout=layout))
    assert found.layout == "3x4+1"
    assert found.strips[0].zero_px == pytest.approx(page.zeros_px[0], abs=3)
    assert any("left out" in note for note in found.notes)


def test_a_worn_row_with_its_names_stays_where_other_ink_is_left_out(painter: Any) -> None:
    page = painter(rows=8)
    above, *page.zeros_px = page.zeros_px
    page.layout(BY_NAME["6x2+1"], RHYTHM)
    first = slice(round(4 * (page.zeros_px[0] - 8)), round(4 * (page.zeros_px[0] + 8)))
    page.trace[first, round(4 * page.x_px(2.5)) : round(4 * page.x_px(9.0))] = 0
    x = np.arange(page.x_px(0.5), page.x_px(9.5))
    page.curve(x, above - 3 * page.px_per_mm * (x % 90 < 5))
    found = match(page)
    assert found.layout == "6x2+1"
    assert found.strips[0].zero_px == pytest.approx(page.zeros_px[0], abs=3)


def test_in_a_single_column_lead_i_needs_no_name_beside_a_misread_one(painter: Any) -> None:
    page = painter(rows=13, row_mm=15.0)
    above, *page.zeros_px = page.zeros_px
    page.layout(BY_NAME["12x1"])
    x = np.arange(page.x_px(1.0), page.x_px(6.0))
    page.curve(x, above - 3 * page.px_per_mm * (x % 90 < 5))
    page.word("V5", page.x_px(0.0) + page.px_per_mm, above + 10.5 * page.px_per_mm)
    found = match(page)
    assert found.layout == "12x1"
    assert found.strips[0].zero_px == pytest.approx(page.zeros_px[0], abs=3)


def test_the_edge_of_the_paper_and_a_table_are_no_rows(painter: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    sheet = page.sheet()
    height = sheet.image.shape[0]
    rows = 20
    seen = np.ones((rows, 25))
    edge = page.zeros_px[-1] + 12 * page.px_per_mm
    last = int(edge / height * rows)
    seen[last + 1 :] = 0.0
    seen[last, ::2] = 0.0
    nowhere = np.full_like(seen, np.nan)
    inside = [float(zero) for zero in page.zeros_px]
    beyond = (last + 1.5) * height / rows
    told = replace(sheet, grid_fit=GridFit(nowhere, seen))
    assert on_grid([*inside, beyond], told) == inside
    assert on_grid([*inside, beyond], sheet) == [*inside, beyond]
    blank = replace(sheet, grid_fit=GridFit(nowhere, np.zeros_like(seen)))
    assert on_grid(inside, blank) == inside
