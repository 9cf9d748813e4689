from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from ecgengine.data.layout import LEADS
from ecgengine.data.look import Words
from ecgengine_plugins.matchers.arrangement.evidence import Rows
from ecgengine_plugins.matchers.arrangement.hypotheses import hypotheses
from ecgengine_plugins.matchers.ends import Run, TracedRow
from ecgengine_plugins.matchers.timeline import Timeline
from ecgengine_plugins.paper.layouts import LAYOUTS

MM = 6.0
FIRST, LAST = 20.0, 270.0
NO_WORDS = Words(np.zeros((0, 4)), np.zeros((0, len(LEADS))))
BORDERS = (82.5, 145.0, 207.5)


def columns_favored(painter: Any, gaps_mm: Sequence[float], bars_mm: Sequence[float] = ()) -> float:
    """How much likelier four columns are than one in three level rows, by the marks alone."""
    edges = [FIRST, *(x + side for x in gaps_mm for side in (-0.6, 0.6)), LAST]
    runs = tuple(Run(MM * a, MM * b, True, True) for a, b in list(pairwise(edges))[::2])
    traced = tuple(TracedRow(z, 250.0, runs, np.zeros(1700)) for z in (120.0, 260.0, 400.0))
    timeline = Timeline(MM * FIRST, MM * LAST, usual=True)
    bars = tuple(MM * x for x in bars_mm)
    rows = Rows(painter().ink(), traced, (), bars, np.zeros((0, 2)), timeline)
    weights: dict[tuple[int, ...], float] = {}
    for one in hypotheses(rows, 0.0, NO_WORDS, LAYOUTS):
        strips = one.structure.strips
        weights[strips] = np.logaddexp(weights.get(strips, -np.inf), one.log_weight)
    assert np.isfinite(list(weights.values())).all()
    return weights[4, 4, 4] - weights[1, 1, 1]


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
    assert dotted == pytest.approx(columns_favored(painter, ()), abs=1.0)
