from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from ecgengine.data.layout import LEADS
from ecgengine.data.look import Words
from ecgengine.data.strips import TimeOrder
from ecgengine_plugins.matchers.arrangement import tuning
from ecgengine_plugins.matchers.arrangement.evidence import Rows
from ecgengine_plugins.matchers.arrangement.hypotheses import NAMELESS, hypotheses
from ecgengine_plugins.matchers.ends import Run, TracedRow
from ecgengine_plugins.matchers.timeline import Timeline
from ecgengine_plugins.paper.layouts import LAYOUTS

MM = 6.0
FIRST, LAST = 20.0, 270.0
NO_WORDS = Words(np.zeros((0, 4)), np.zeros((0, len(LEADS))))
BORDERS = (82.5, 145.0, 207.5)


def level_rows(
    painter: Any,
    edges_mm: Sequence[Sequence[float]],
    bars_mm: Sequence[float] = (),
    zeros_mm: Sequence[float] | None = None,
    free: bool = True,
) -> Rows:
    """Level ink; rows of it begin and end again where edges say."""
    traced = []
    for row, edges in enumerate(edges_mm):
        runs = tuple(Run(MM * a, MM * b, free, free) for a, b in list(pairwise(edges))[::2])
        zero_mm = zeros_mm[row] if zeros_mm else 20.0 + 24.0 * row
        traced.append(TracedRow(MM * zero_mm, 250.0, runs, np.zeros(1700)))
    timeline = Timeline(MM * FIRST, MM * LAST, usual=True)
    bars = tuple(MM * x for x in bars_mm)
    ink = painter().ink()
    return Rows(
        ink, tuple(traced), (), bars, np.zeros((0, 2)), np.zeros(0), np.zeros(0), timeline, 0.0
    )


def weights(rows: Rows, words: Words = NO_WORDS) -> dict[tuple[tuple[int, ...], TimeOrder], float]:
    """The log weight of each structure and order, all who the strips may be together."""
    found: dict[tuple[tuple[int, ...], TimeOrder], float] = {}
    for one in hypotheses(rows, words, LAYOUTS):
        what = one.structure.strips, one.order
        found[what] = np.logaddexp(found.get(what, -np.inf), one.log_weight)
    assert np.isfinite(list(found.values())).all()
    return found


def columns_favored(painter: Any, gaps_mm: Sequence[float], bars_mm: Sequence[float] = ()) -> float:
    """How much likelier four columns are than one in three level rows, by the marks alone."""
    edges = [FIRST, *(x + side for x in gaps_mm for side in (-0.6, 0.6)), LAST]
    found = weights(level_rows(painter, [edges] * 3, bars_mm))
    four, one = (
        np.logaddexp.reduce([log for (each, _), log in found.items() if each == strips])
        for strips in ((4, 4, 4), (1, 1, 1))
    )
    return float(four - one)


def test_marks_where_columns_meet_speak_for_them_and_marks_elsewhere_do_not(painter: Any) -> None:
    unmarked = columns_favored(painter, ())
    assert columns_favored(painter, BORDERS) > unmarked + 3
    assert columns_favored(painter, BORDERS[:1]) < columns_favored(painter, BORDERS)
    assert columns_favored(painter, (), BORDERS) > unmarked + 3
    assert columns_favored(painter, (50.0, 110.0, 170.0)) < unmarked + 0.1


@pytest.mark.parametrize("pitch_mm", [2.0, 2.6, 3.5, 5.0])
@pytest.mark.parametrize("first_mm", [21.0, 22.0])
def test_gaps_everywhere_tell_nothing_of_borders(
    painter: Any, pitch_mm: float, first_mm: float
) -> None:
    dotted = columns_favored(painter, np.arange(first_mm, LAST - 1, pitch_mm).tolist())
    unmarked = ((1 - tuning.MARK_SEEN) / (1 - tuning.MARK_BY_CHANCE)) ** len(BORDERS)
    log_unmarked = np.log(tuning.NO_MARKS + (1 - tuning.NO_MARKS) * unmarked)
    assert dotted == pytest.approx(columns_favored(painter, ()) - log_unmarked, abs=0.2)


def bare(painter: Any, gaps_mm: Sequence[float], wide_mm: float, free: bool = True) -> float:
    """The log weight of three rows of one strip with gaps."""
    edges = [FIRST, *(x + side * wide_mm / 2 for x in gaps_mm for side in (-1, 1)), LAST]
    found = weights(level_rows(painter, [edges] * 3, free=free))
    return found[(1, 1, 1), TimeOrder.TOGETHER]


def test_bare_paper_within_strips_speaks_against_them(painter: Any) -> None:
    whole = bare(painter, (), 1.0)
    assert bare(painter, (100.0,), 2.0) == pytest.approx(whole)
    assert bare(painter, (100.0,), 6.0) == pytest.approx(whole + 3 * tuning.GAP_WITHIN)
    assert bare(painter, (60.0, 100.0), 6.0) == pytest.approx(whole + 6 * tuning.GAP_WITHIN)
    # Many have one cause, such as a worn page, and what hides the ink hides no gap.
    many = bare(painter, (60.0, 90.0, 120.0, 150.0, 180.0, 210.0), 6.0)
    assert many == pytest.approx(whole + 3 * tuning.MOST_GAPS * tuning.GAP_WITHIN)
    assert bare(painter, (100.0,), 6.0, free=False) == pytest.approx(bare(painter, (), 1.0, False))


def test_strips_that_begin_or_end_long_before_their_ink_are_unlikely(painter: Any) -> None:
    together = (1, 1, 1), TimeOrder.TOGETHER
    whole = weights(level_rows(painter, [(FIRST, LAST)] * 3))[together]
    late = weights(level_rows(painter, [(FIRST + 10.0, LAST)] * 3))[together]
    assert late == pytest.approx(whole + 3 * tuning.GAP_WITHIN)


def test_a_gap_between_columns_is_not_within_strips(painter: Any) -> None:
    row = [FIRST, 141.0, 149.0, LAST]
    found = weights(level_rows(painter, [row] * 3))
    two, one = (found[strips, TimeOrder.TOGETHER] for strips in ((2, 2, 2), (1, 1, 1)))
    flawed = [FIRST, 96.0, 104.0, LAST]
    found = weights(level_rows(painter, [flawed] * 3))
    other_two, other_one = (found[strips, TimeOrder.TOGETHER] for strips in ((2, 2, 2), (1, 1, 1)))
    assert two - one > other_two - other_one + 4


def names(places_mm: Sequence[tuple[float, float]]) -> Words:
    """Clear names, all leads in turn, by left edge and middle."""
    logits = np.full((len(places_mm), len(LEADS)), -4.0)
    logits[np.arange(len(places_mm)), np.arange(len(places_mm))] = 4.0
    boxes = np.array([(x, y - 1.5, x + 5.0, y + 1.5) for x, y in places_mm])
    return Words(boxes, logits)


def test_names_beside_a_row_that_no_strip_begins_at_speak_against_it(painter: Any) -> None:
    rows = level_rows(painter, [(FIRST, LAST)] * 3)
    own = [(FIRST + 1, 14.0 + 24.0 * row) for row in range(3)]

    def named(words: Words) -> float:
        return max(
            one.log_weight
            for one in hypotheses(rows, words, LAYOUTS)
            if one.structure.strips == (1, 1, 1)
            and one.order is TimeOrder.TOGETHER
            and one.leads[:, NAMELESS].max() < 0.5
        )

    alone = named(names(own))
    stray = named(names([*own, (145.0, 14.0), (145.0, 38.0)]))
    assert stray == pytest.approx(alone + 2 * np.log(tuning.STRAY_NAME), abs=0.3)
    elsewhere = named(names([*own, (145.0, 2.0), (145.0, 98.0)]))
    assert elsewhere == pytest.approx(alone, abs=0.3)


@pytest.mark.parametrize("order", [TimeOrder.TOGETHER, TimeOrder.GOING_ON])
def test_whatever_is_printed_strips_may_have_no_known_name(painter: Any, order: TimeOrder) -> None:
    rows = level_rows(painter, [(FIRST, LAST)] * 3)
    # Words everywhere, as in the text of a report, name no strip.
    text = names([(60.0 + 40.0 * k, 14.0 + 24.0 * row) for row in range(3) for k in range(4)])
    quiet, loud = (weights(rows, each)[(1, 1, 1), order] for each in (NO_WORDS, text))
    assert loud > quiet + np.log(tuning.NO_ORDER) - 0.5


def test_the_last_of_rows_that_go_on_ends_early_rather_than_that_of_others(painter: Any) -> None:
    rows = level_rows(painter, [*[(FIRST, LAST)] * 3, (FIRST, 150.0)])
    logs: dict[tuple[TimeOrder, bool], float] = {}
    for one in hypotheses(rows, NO_WORDS, LAYOUTS):
        if one.structure.strips == (1,) * 4:
            what = one.order, bool(one.spans_px[-1, 1] < MM * LAST)
            logs[what] = np.logaddexp(logs.get(what, -np.inf), one.log_weight)
            if one.order is TimeOrder.GOING_ON:
                # The last begins where the one before it ends, however long it is itself.
                assert one.starts_s(25.0) == pytest.approx([0.0, 10.0, 20.0, 30.0])
    early, whole = (
        logs[TimeOrder.GOING_ON, ends] - logs[TimeOrder.TOGETHER, ends] for ends in (True, False)
    )
    together, going_on = np.log(tuning.ENDS_EARLY) - np.log1p(-np.array(tuning.ENDS_EARLY))
    assert early - whole == pytest.approx(going_on - together)


def groups_favored(painter: Any, strips: tuple[int, ...], apart_mm: float) -> float:
    """How much likelier rows of panels are, one panel after the other, than all at once."""
    count = len(strips)
    zeros = [15.0 + 15.0 * row + apart_mm * (row // 3) for row in range(count)]
    rows = level_rows(painter, [(FIRST, LAST)] * count, zeros_mm=zeros)
    found = weights(rows)
    return found[strips, TimeOrder.IN_PANELS] - found[strips, TimeOrder.TOGETHER]


@pytest.mark.parametrize("strips", [(1,) * 12, (2,) * 6])
def test_groups_of_three_rows_that_stand_apart_may_follow_each_other(
    painter: Any, strips: tuple[int, ...]
) -> None:
    assert groups_favored(painter, strips, 6.0) > groups_favored(painter, strips, 0.0) + 4
    assert groups_favored(painter, strips, 1.0) == groups_favored(painter, strips, 0.0)


def test_panels_follow_each_other_row_of_panels_after_row_of_panels(painter: Any) -> None:
    rows = level_rows(painter, [(FIRST, LAST)] * 6)
    panels = [one for one in hypotheses(rows, NO_WORDS, LAYOUTS) if one.order == "in panels"]
    two = next(one for one in panels if one.structure.strips == (2,) * 6)
    assert two.starts_s(25.0).tolist() == [0.0, 5.0] * 3 + [10.0, 15.0] * 3
    one = next(one for one in panels if one.structure.strips == (1,) * 6)
    assert one.starts_s(25.0).tolist() == [0.0] * 3 + [10.0] * 3
