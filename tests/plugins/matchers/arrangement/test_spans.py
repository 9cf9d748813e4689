from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine_plugins.matchers.arrangement.evidence import Rows
from ecgengine_plugins.matchers.arrangement.spans import strip_spans
from ecgengine_plugins.matchers.arrangement.structure import Structure
from ecgengine_plugins.matchers.ends import Run, TracedRow
from ecgengine_plugins.matchers.timeline import Timeline
from ecgengine_plugins.paper.layouts import LAYOUTS

BY_NAME = {layout.name: layout for layout in LAYOUTS}
MM = 6.0
FIRST, LAST = 20.0, 270.0
THREE_BY_FOUR = Structure((4, 4, 4, 1))

Row = list[tuple[float, float]]


def traced(row: Row, free: bool = True) -> TracedRow:
    """Level ink along runs, in millimeters; what is not free is cut off at both ends."""
    heights = np.full(2000, np.nan)
    for start, end in row:
        heights[round(MM * start) : round(MM * end) + 1] = 0.0
    last = len(row) - 1
    runs = tuple(
        Run(MM * start, MM * end, free or k > 0, free or k < last)
        for k, (start, end) in enumerate(row)
    )
    return TracedRow(300.0, 250.0, runs, heights)


def spans(
    painter: Any,
    structure: Structure,
    rows: list[Row],
    points: list[float] | None = None,
    sure: float = 0.9,
) -> list[tuple[float, float]]:
    """Lay strips on runs of ink, in the likeliest way."""
    return every(painter, structure, [traced(row) for row in rows], points, sure)[0]


def every(
    painter: Any,
    structure: Structure,
    rows: list[TracedRow],
    points: list[float] | None = None,
    sure: float = 0.9,
    aligned: Sequence[float] = (),
    last_points: Sequence[float] = (),
    bars: Sequence[float] = (),
    span: tuple[float, float] = (FIRST, LAST),
) -> list[list[tuple[float, float]]]:
    """Lay strips on rows in every way; all in millimeters."""
    starts: NDArray[np.float64] = np.array([(MM * x, sure) for x in points or []]).reshape(-1, 2)
    timeline = Timeline(MM * span[0], MM * span[1], usual=True)
    seen = Rows(
        painter().ink(), tuple(rows), (), tuple(MM * x for x in bars), starts,
        MM * np.array(aligned), MM * np.array(last_points), timeline, 0.0,
    )  # fmt: skip
    return [[(a / MM, b / MM) for a, b in found] for found in strip_spans(seen, structure)]


def test_strips_share_their_row_evenly(painter: Any) -> None:
    whole = [[(FIRST, LAST)]] * 4
    edges = [20.0, 82.5, 145.0, 207.5, 270.0]
    even = list(pairwise(edges))
    assert spans(painter, THREE_BY_FOUR, whole) == pytest.approx(
        np.array([*even * 3, (FIRST, LAST)])
    )
    assert spans(painter, Structure((1, 1)), whole[:2]) == [(FIRST, LAST)] * 2


@pytest.mark.parametrize("gap_mm", [0.5, 1.0])
@pytest.mark.parametrize("whole_rows", [0, 1, 2])
def test_gaps_of_most_rows_leave_columns_their_share(
    painter: Any, gap_mm: float, whole_rows: int
) -> None:
    pitch, end = 62.5, LAST - gap_mm
    parts = [(FIRST + pitch * k, FIRST + pitch * (k + 1) - gap_mm) for k in range(4)]
    rows = [[(FIRST, end)]] * whole_rows + [parts] * (3 - whole_rows) + [[(FIRST, LAST)]]
    found = spans(painter, THREE_BY_FOUR, rows)
    if whole_rows > 1:
        pitch = (end - FIRST) / 4
    starts = [FIRST + pitch * column for column in range(4)]
    assert [start for start, _ in found[:4]] == pytest.approx(starts, abs=0.05)


@pytest.mark.parametrize("torn", [0, 1])
def test_gaps_of_most_rows_part_columns(painter: Any, torn: int) -> None:
    parts: Row = [(30.0, 105.0), (140.0, 215.0)]
    # A pulse between columns is short, and a break no gap.
    broken: Row = [(30.0, 60.0), (61.0, 105.0), (125.0, 131.0), (140.0, 215.0)]
    rows = [parts, broken, parts]
    rows[0] = [(30.0, 215.0)] if torn else parts
    structure, inked = Structure((2, 2, 2)), [traced(row) for row in rows]
    _, parted = every(painter, structure, inked, span=(30.0, 215.0))
    assert parted == pytest.approx(np.array(parts * 3))


@pytest.mark.parametrize("torn", [0, 1, 2, 3])
def test_last_points_say_where_columns_end_whose_ink_is_torn(painter: Any, torn: int) -> None:
    parts: Row = [(30.0, 112.0), (133.0, 215.0)]
    flawed: Row = [(30.0, 50.0 + 15 * torn), (133.0, 215.0)]
    inked = [traced(row) for row in (parts, flawed, flawed)]
    points = {"aligned": [30.0, 133.0], "last_points": [112.0, 215.0]}
    _, parted = every(painter, Structure((2, 2, 2)), inked, span=(30.0, 215.0), **points)
    assert parted == pytest.approx(np.array(parts * 3), abs=0.01)


def test_gaps_that_part_no_even_columns_are_flaws(painter: Any) -> None:
    torn: Row = [(FIRST, 90.0), (100.0, LAST)]
    found = spans(painter, Structure((2, 2)), [torn] * 2)
    assert found == pytest.approx(np.array([(20.0, 145.0), (145.0, 270.0)] * 2))


@pytest.mark.parametrize("less_mm", [0.3, 2.5, 5.0])
def test_columns_are_narrower_where_ends_and_points_say_so(painter: Any, less_mm: float) -> None:
    short, end = [(FIRST, LAST - less_mm)], LAST - less_mm
    rows: list[Row] = [short] * 3 + [[(FIRST, LAST)]]
    pitch = (end - FIRST) / 4
    told = spans(painter, THREE_BY_FOUR, rows, [FIRST + pitch * k for k in range(4)] * 3)
    # Less than a lead may be shorter by its last samples is nothing.
    narrower = FIRST + 3 * (pitch if less_mm > 0.4 else 62.5)
    assert told[3][0] == pytest.approx(narrower, abs=0.05)
    assert told[-1] == (FIRST, LAST)
    shares = [FIRST + 62.5 * k for k in range(4)] * 3
    apart = spans(painter, THREE_BY_FOUR, rows, shares)
    assert apart[3][0] == pytest.approx(FIRST + 3 * 62.5)
    # Ink without a gap speaks for itself where points say nothing, or hardly anything.
    for points, sure in (([], 0.9), (shares[1:2], 0.4)):
        silent = spans(painter, THREE_BY_FOUR, rows, points, sure)
        assert silent[3][0] == pytest.approx(narrower, abs=0.05)


@pytest.mark.parametrize("ends", [(265.0, 266.0, 267.0), (240.0, 240.0, 240.0)])
def test_ends_that_differ_or_lie_far_off_narrow_nothing(
    painter: Any, ends: tuple[float, ...]
) -> None:
    rows: list[Row] = [[(FIRST, end)] for end in ends]
    pitch = (ends[0] - FIRST) / 4
    found = spans(painter, Structure((4, 4, 4)), rows, [FIRST + pitch * k for k in range(4)] * 3)
    assert found[3][0] == pytest.approx(FIRST + 3 * 62.5)


def test_the_end_of_one_row_among_several_may_be_lost(painter: Any) -> None:
    rows: list[Row] = [[(FIRST, 265.0)], [(FIRST, 258.0)], [(FIRST, 265.0)]]
    found = spans(painter, Structure((4, 4, 4)), rows)
    assert found[3][0] == pytest.approx(FIRST + 3 * 245.0 / 4, abs=0.05)


ROLL = [20.0, 55.0, 130.0, 205.0]
"""Where four columns begin, 75 mm wide, whose first and last the edges of the sheet cut off."""


@pytest.mark.parametrize("seen", ["points", "bars", "gaps"])
@pytest.mark.parametrize("lost", [None, 1, 3])
def test_columns_that_an_edge_cuts_off_lie_where_marks_show(
    painter: Any, seen: str, lost: int | None
) -> None:
    marks = [x for k, x in enumerate(ROLL[1:], 1) if k != lost]
    gap = 2.0 if seen == "gaps" else 0.0
    row = list(zip([FIRST, *marks], [*(x - gap for x in marks), LAST], strict=True))
    points, bars = (marks if seen == kind else [] for kind in ("points", "bars"))
    rows = [traced(row if gap else [(FIRST, LAST)], free=False)] * 3
    even, cut = every(painter, Structure((4, 4, 4)), rows, aligned=points, bars=bars)
    assert [start for start, _ in even[:4]] == pytest.approx([20.0, 82.5, 145.0, 207.5])
    ends = [x - (gap if x in marks else 0.0) for x in ROLL[1:]]
    assert cut == pytest.approx(np.array(list(zip(ROLL, [*ends, LAST], strict=True)) * 3))


def test_columns_of_whole_rows_or_without_marks_are_not_cut_off(painter: Any) -> None:
    structure, row = Structure((4, 4, 4)), [(FIRST, LAST)]
    assert len(every(painter, structure, [traced(row)] * 3, aligned=ROLL[1:])) == 1
    assert len(every(painter, structure, [traced(row, free=False)] * 3)) == 1
    # Marks that no even columns share are no borders of theirs.
    stray = every(painter, structure, [traced(row, free=False)] * 3, aligned=[40.0, 60.0])
    assert len(stray) == 1


def test_the_last_of_several_rows_may_end_early(painter: Any) -> None:
    rows = [traced([(FIRST, LAST)])] * 3
    structure = Structure((1,) * 4)
    whole = [(FIRST, LAST)] * 4
    early = [*rows, traced([(FIRST, 150.0)])]
    assert every(painter, structure, early) == [whole, [*whole[:3], (FIRST, 150.0)]]
    # Not if only a flaw is missing, or the edge of the sheet cuts it off, or it is the only row.
    assert every(painter, structure, [*rows, traced([(FIRST, 268.0)])]) == [whole]
    assert every(painter, structure, [*rows, traced([(FIRST, 150.0)], free=False)]) == [whole]
    assert every(painter, structure, early[::-1]) == [whole]
    assert every(painter, Structure((1,)), early[3:]) == [whole[:1]]


def test_columns_narrower_than_their_share_are_measured(painter: Any, match: Any) -> None:
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


def test_gaps_between_leads_leave_columns_their_share(painter: Any, match: Any) -> None:
    page = painter()
    for row, cells in enumerate(BY_NAME["3x4+1"].rows):
        for cell in cells:
            seconds = 2.46 if cell.lead else 10.0
            page.lead(cell.lead or "II", row, cell.start_s, seconds)
            page.word(cell.lead or "II", page.x_px(cell.start_s) + 6, page.zeros_px[row] + 63)
    assert match(page).strips[3].x_start_px == pytest.approx(page.x_px(7.5), abs=0.15)
