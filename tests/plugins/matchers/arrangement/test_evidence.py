from __future__ import annotations

from dataclasses import replace
from itertools import compress, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgengine.data.layout import LEADS
from ecgengine.data.look import Words
from ecgengine.data.sheet import GridFit, Sheet
from ecgengine.errors import UsageError
from ecgengine_plugins.matchers.arrangement import tuning
from ecgengine_plugins.matchers.arrangement.evidence import (
    PossibleRows,
    Rows,
    clear_names,
    look_along,
    possible_rows,
)
from ecgengine_plugins.paper.ink import Ink
from ecgengine_plugins.paper.layouts import LAYOUTS

BY_NAME = {layout.name: layout for layout in LAYOUTS}
RHYTHM = ("II", "V1", "V5")


def rows_of(page: Any, count: int | None = None, **changes: Any) -> PossibleRows:
    sheet = replace(page.sheet(), **changes)
    return possible_rows(page.ink(), page.look(sheet), sheet, count)


def along(page: Any) -> Rows:
    sheet = page.sheet()
    traced = PossibleRows((), 0, ((tuple(page.traced()), 0.0),))
    return look_along(page.ink(), page.look(sheet), traced, sheet)[0]


def test_likely_rows_come_first_and_others_are_tried(painter: Any) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    other = page.zeros_px[-1] + 14 * page.px_per_mm
    x = np.linspace(page.x_px(0.0), page.x_px(3.0), 500)
    page.curve(x, np.full(500, other), other)
    found = rows_of(page)
    assert (len(found.every), found.likely) == (5, 4)
    best, log = found.sets[0]
    assert [row.zero_px for row in best] == pytest.approx(page.zeros_px, abs=1.0)
    more = {len(rows): weight for rows, weight in found.sets[::-1]}
    assert more[5] < log


@pytest.fixture(scope="module")
def bare(painter: Any) -> tuple[Ink, Sheet]:
    """A sheet without ink."""
    page = painter(rows=3)
    return page.ink(), page.sheet()


@given(st.lists(st.integers(32, 480), min_size=1, max_size=5))
def test_sets_of_rows_are_the_likeliest_of_all(
    bare: tuple[Ink, Sheet], blank_look: Any, lengths: list[int]
) -> None:
    ink, sheet = bare
    cells = np.zeros((24 * len(lengths), 480), np.float32)
    drawn = np.zeros_like(ink.trace)
    # Cells are three pixels wide and high.
    for row, length in enumerate(lengths):
        cells[24 * row + 12, :length] = 1.0
        drawn[3 * (24 * row + 12) + 1, : 3 * length] = 1.0
    look = blank_look(trace=cells, zero_mm=np.zeros_like(cells))
    found = possible_rows(replace(ink, trace=drawn), look, sheet)
    offset, slope = tuning.ROW_SEEN
    logits = offset + slope * np.array(lengths) / max(lengths)
    every = []
    for kept in product((False, True), repeat=len(lengths)):
        wrong = np.where(kept, -logits, logits)
        every.append((-float(np.log1p(np.exp(wrong)).sum()), kept))
    every = sorted(each for each in every if any(each[1]))[::-1]
    worth = [log for log, _ in every[:8] if log > every[0][0] - tuning.ROWS_WORTH_TRYING]
    assert [log for _, log in found.sets] == pytest.approx(worth)
    assert found.likely == (logits > 0).sum()
    best, _ = found.sets[0]
    expected_mm = sum(compress(lengths, every[0][1])) / 2
    assert sum(row.inked_mm for row in best) == pytest.approx(expected_mm)


def test_of_so_many_rows_as_the_user_says_the_fullest_are_taken(painter: Any) -> None:
    page = painter(rows=3)
    for row, seconds in enumerate((10.0, 4.0, 8.0)):
        page.lead("II", row, 0.0, seconds)
    ((rows, _),) = rows_of(page, 2).sets
    assert [row.zero_px for row in rows] == pytest.approx(
        [page.zeros_px[0], page.zeros_px[2]], abs=1.0
    )
    with pytest.raises(UsageError, match="4 rows, but only 3 were found"):
        rows_of(page, 4)


def test_the_edge_of_the_paper_and_a_table_are_hardly_rows(painter: Any) -> None:
    page = painter(rows=5)
    *inside, beyond = page.zeros_px
    for row in range(5):
        page.lead("II", row, 0.0, 10.0 if row < 4 else 6.0)
    height = page.sheet().image.shape[0]
    regions = 20
    edge = beyond - 5 * page.px_per_mm
    last = int(edge / height * regions)
    seen = np.ones((regions, 25))
    seen[last + 1 :] = 0.0
    seen[last, ::2] = 0.0
    nowhere = np.full_like(seen, np.nan)
    best, _ = rows_of(page, grid_fit=GridFit(nowhere, seen)).sets[0]
    assert [row.zero_px for row in best] == pytest.approx(inside, abs=1.0)
    for told in (None, GridFit(nowhere, np.zeros_like(seen))):
        best, _ = rows_of(page, grid_fit=told).sets[0]
        assert len(best) == 5


def test_rows_that_hum_makes_fuzzy_are_rows(painter: Any, match: Any) -> None:
    page = painter(rows=12, row_mm=15.0)
    # 50 Hz over the seventh and the ninth row: no ink runs level.
    x = np.arange(page.x0_px, page.x_px(10.0), 0.25)
    hum = 0.5 * np.sin(4 * np.pi * x / page.px_per_mm) + 1.2 * np.sin(x / (8 * page.px_per_mm))
    for row, lead in enumerate(LEADS):
        if row in (6, 8):
            page.curve(x, page.zeros_px[row] + hum * page.px_per_mm, page.zeros_px[row])
        else:
            page.lead(lead, row, 0.0, 10.0)
        page.word(lead, page.x0_px + page.px_per_mm, page.zeros_px[row] + 63)
    found = match(page)
    assert found.layout == "12x1"
    assert [strip.lead for strip in found.strips] == [*LEADS]


@pytest.mark.parametrize(("moulds", "seconds"), [(3, 3.5), (2, 5.0)])
def test_names_tell_rows_from_mould_that_looks_like_trace(
    painter: Any, match: Any, moulds: int, seconds: float
) -> None:
    page = painter()
    page.layout(BY_NAME["3x4+1"], RHYTHM)
    for zero in page.zeros_px[:moulds]:
        between = zero + page.row_mm / 2 * page.px_per_mm
        x = np.linspace(page.x_px(1.0), page.x_px(1.0 + seconds), 3000)
        page.curve(x, between + 0.7 * page.px_per_mm * np.sin(x / 30), between, ends=False)
    found = match(page)
    assert found.layout == "3x4+1"
    for strip in found.strips:
        assert strip.zero_px == pytest.approx(page.zeros_px[strip.row], abs=0.5 * page.px_per_mm)


def test_pulses_place_zero_lines_and_rows_without_one_keep_theirs(painter: Any) -> None:
    page = painter(rows=3)
    for row, lead in enumerate(("V2", "V4", "aVL")):
        page.lead(lead, row, 0.0, 10.0)
    for row in (0, 1):
        page.pulse(row, page.x0_px - 12.0)
    seen = along(page)
    assert seen.zeros_px[:2] == pytest.approx(page.zeros_px[:2], abs=0.3)
    assert seen.zeros_px[2] == seen.baselines[2]
    assert seen.timeline.usual


def test_separators_and_gaps_mark_where_strips_meet(painter: Any) -> None:
    page = painter(rows=2)
    page.lead("II", 0, 0.0, 4.0)
    page.lead("II", 0, 4.2, 5.8)
    page.lead("V2", 1, 0.0, 10.0)
    page.separator(1, page.x_px(5.0))
    seen = along(page)
    assert seen.gaps_px == pytest.approx(np.array([[page.x_px(4.0), page.x_px(4.2)]]), abs=1.0)
    # First points stand in a line where all rows begin.
    expected = [page.x_px(5.0), page.x_px(4.1), page.x_px(4.2), page.x_px(0.0)]
    assert seen.marks_px == pytest.approx(expected, abs=1.0)


def test_rows_and_their_seconds_are_weighed_together(painter: Any) -> None:
    page = painter(rows=2, right_mm=50.0)
    for row in range(2):
        page.lead("II", row, 0.0, 10.0)
        page.lead("II", row, 10.5, 1.0)
    sheet = page.sheet()
    both, one = tuple(page.traced()), tuple(page.traced()[:1])
    possible = PossibleRows(both, 2, ((both, -0.5), (one, -3.0)))
    every = look_along(page.ink(), page.look(sheet), possible, sheet)
    found = [(len(each.traced), each.timeline.end_px) for each in every]
    whole, parted = page.x_px(11.5), page.x_px(10.0)
    for rows in (1, 2):
        ends = [end for count, end in found if count == rows]
        assert sorted(ends[:2]) == pytest.approx([parted, whole], abs=2.0)
    logs = [each.log_likelihood for each in every]
    assert logs[0] == -0.5
    assert logs == sorted(logs, reverse=True)
    # What is far less likely is not worth weighing.
    unlikely = PossibleRows(both, 2, ((both, -0.5), (one, -9.0)))
    every = look_along(page.ink(), page.look(sheet), unlikely, sheet)
    assert {len(each.traced) for each in every} == {2}


def test_first_points_are_told_in_pixels_of_the_sheet(painter: Any) -> None:
    page = painter(rows=2)
    page.lead("II", 0, 0.0, 5.0)
    page.lead("II", 1, 5.0, 5.0)
    x, probability = along(page).starts_px.T
    assert sorted(x) == pytest.approx([page.x_px(0.0), page.x_px(5.0)], abs=0.1)
    assert probability.tolist() == [1.0, 1.0]


def test_clear_names_are_boxes_on_the_sheet_and_doubtful_words_none(painter: Any) -> None:
    logits = np.full((2, 12), -4.0)
    logits[0, 3], logits[1, 5] = 2.0, -2.0
    boxes = np.array([[10.0, 20.0, 15.0, 23.0], [50.0, 20.0, 55.0, 23.0]])
    (name,) = clear_names(Words(boxes, logits), painter(rows=1).ink())
    assert name == pytest.approx((59.5, 119.5, 89.5, 137.5))
