"""Measure how wide a column of leads is: not every cart gives a lead its full part of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ecgengine.data.layout import Layout
from ecgengine_plugins.matchers.ends import Run, row_reach
from ecgengine_plugins.matchers.timeline import Timeline
from ecgengine_plugins.paper.ink import CORE, Ink

_LEAST_MM = 0.4
_MOST_SHARE = 0.03
_SPREAD_MM = 0.3
_LAST_SAMPLE_MM = 0.05
_MOST_INSET_MM = 0.6
_AROUND_MM = 2.0


def fit_columns(
    layout: Layout,
    timeline: Timeline,
    runs: Sequence[Sequence[Run]],
    baselines: Sequence[float],
    ink: Ink,
) -> Timeline:
    """Give the timeline with the end of the rows of short leads.

    Where no gap parts the leads, one begins where the last ends, so that the columns share what
    the ink spans. Where gaps part them, they begin at equal shares of the page.
    """
    rows = [row for row, cells in enumerate(layout.rows) if len(cells) > 1]
    if not rows:
        return timeline
    ends = [runs[row][-1].end_px for row in rows if runs[row] and runs[row][-1].end_free]
    if len(ends) < len(rows) or np.ptp(ends) > _SPREAD_MM * ink.x_mm:
        return timeline
    # A pen whose ink begins late ends as early.
    late = [row[0].start_px - timeline.start_px for row in runs if row and row[0].start_free]
    inset = float(np.median(late)) if late else 0.0
    inset = inset if 0 < inset < _MOST_INSET_MM * ink.x_mm else 0.0
    end = float(np.median(ends)) + inset + _LAST_SAMPLE_MM * ink.x_mm
    width = timeline.end_px - timeline.start_px
    less = abs(end - timeline.end_px)
    if not _LEAST_MM * ink.x_mm < less < _MOST_SHARE * width:
        return timeline
    count = len(layout.rows[rows[0]])
    inner = [timeline.start_px + width * column / count for column in range(1, count)]
    reach = row_reach(baselines, ink)
    gaps = [_has_gap(ink, baselines[row], x, reach) for row in rows for x in inner]
    return timeline if np.mean(gaps) > 0.5 else replace(timeline, short_end_px=end)


def _has_gap(ink: Ink, zero: float, x: float, reach: float) -> bool:
    around = _AROUND_MM * ink.x_mm
    rows = slice(max(round(zero - reach), 0), round(zero + reach) + 1)
    window = ink.trace[rows, round(x - around) : round(x + around)]
    empty = np.asarray(~(window > CORE).any(axis=0))
    return bool((empty[1:] & empty[:-1]).any())
