from __future__ import annotations

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


def traced(row: Row) -> TracedRow:
    """Level ink along runs, in millimeters."""
    heights = np.full(2000, np.nan)
    for start, end in row:
        heights[round(MM * start) : round(MM * end) + 1] = 0.0
    runs = tuple(Run(MM * start, MM * end, True, True) for start, end in row)
    return TracedRow(300.0, 250.0, runs, heights)


def spans(
    painter: Any,
    structure: Structure,
    rows: list[Row],
    points: list[float] | None = None,
    sure: float = 0.9,
) -> list[tuple[float, float]]:
    """Lay strips on runs of ink, from FIRST to LAST; all in millimeters."""
    starts: NDArray[np.float64] = np.array([(MM * x, sure) for x in points or []]).reshape(-1, 2)
    timeline = Timeline(MM * FIRST, MM * LAST, usual=True)
    every = tuple(traced(row) for row in rows)
    found = strip_spans(Rows(painter().ink(), every, (), (), starts, timeline), structure)
    return [(a / MM, b / MM) for a, b in found]


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
    assert spans(painter, Structure((2, 2, 2)), rows) == pytest.approx(np.array(parts * 3))


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
