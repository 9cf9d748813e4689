"""Lay the strips of a structure on the paper: equal parts of a row, or as marks show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.matchers.arrangement import tuning
from ecgengine_plugins.matchers.arrangement.evidence import Rows
from ecgengine_plugins.matchers.arrangement.structure import Structure
from ecgengine_plugins.matchers.ends import Run, TracedRow
from ecgengine_plugins.matchers.timeline import neighbors


def strip_spans(rows: Rows, structure: Structure) -> list[NDArray[np.float64]]:
    """Give where the strips of a structure may lie: (C, 2) sheet x of start and end of each.

    The strips of a row share its time evenly and without gaps, or begin evenly where marks show
    it, with gaps before, the outer ones cut off by the sheet's edge. Where rows have one strip
    each, the last may end early.
    """
    start, end = rows.timeline.start_px, rows.timeline.end_px
    columns = structure.columns
    if columns == 1:
        whole_rows = np.array([(start, end) for _ in structure.cells])
        short_last = _short_last(rows)
        return [whole_rows] if short_last is None else [whole_rows, short_last]
    short_rows = len(structure.strips) - structure.rhythm_rows
    even = _even(start, _short_end(rows, short_rows, columns), columns)
    near = tuning.UNEVEN_MM * rows.ink.x_mm
    found = [even]
    marked = _marked(rows, short_rows, columns)
    if marked is not None and np.abs(marked - even).max() > near:
        found.append(marked)
    whole = _even(start, end, 1)
    spans = [{1: whole, columns: each} for each in found]
    return [
        np.array([each[structure.strips[row]][column] for row, column in structure.cells])
        for each in spans
    ]


def _short_last(rows: Rows) -> NDArray[np.float64] | None:
    """Give (rows, 2) where rows lie whose last one ends early, as a recording that goes on may."""
    start, end = rows.timeline.span_px
    spans = np.array([(start, end)] * len(rows.runs))
    last = rows.runs[-1][-1] if rows.runs[-1] else None
    if last is None or not last.end_free or len(spans) == 1:
        return None
    spans[-1, 1] = last.end_px
    return spans if start < last.end_px < end - tuning.GAP_WITHIN_MM * rows.ink.x_mm else None


def _even(start: float, end: float, count: int) -> NDArray[np.float64]:
    edges = np.linspace(start, end, count + 1)
    return np.stack([edges[:-1], edges[1:]], axis=1)


def _short_end(rows: Rows, short_rows: int, columns: int) -> float:
    """Give where rows of several strips end: not every cart gives a lead its full part of the page.

    Where no gap parts the leads, one begins where the last ends, so that the columns share what
    the ink spans, unless the first points of the other columns say else. Where gaps part them, they
    begin at equal shares of the page.
    """
    x_mm, timeline = rows.ink.x_mm, rows.timeline
    ends = [row[-1].end_px for row in rows.runs[:short_rows] if row and row[-1].end_free]
    off = np.abs(np.array(ends) - np.median(ends)) if ends else np.zeros(0)
    if (off < tuning.SHORT_SPREAD_MM * x_mm).sum() <= tuning.PARTED_ROWS * short_rows:
        return timeline.end_px
    # A pen whose ink begins late ends as early.
    late = [row[0].start_px - timeline.start_px for row in rows.runs if row and row[0].start_free]
    inset = float(np.median(late)) if late else 0.0
    inset = inset if 0 < inset < tuning.MOST_INSET_MM * x_mm else 0.0
    end = float(np.median(ends)) + inset + tuning.LAST_SAMPLE_MM * x_mm
    less = abs(end - timeline.end_px) / x_mm
    width = (timeline.end_px - timeline.start_px) / x_mm
    if not tuning.LEAST_SHORT_MM < less < tuning.MOST_SHORT * width:
        return timeline.end_px
    short, whole = (
        _even(timeline.start_px, each, columns)[1:, 0] for each in (end, timeline.end_px)
    )
    apart = np.mean([_has_gap(row, x, x_mm) for row in rows.traced[:short_rows] for x in whole])
    told = _shown(rows, whole) > _shown(rows, short) + tuning.POINTS_TELL
    return timeline.end_px if told or apart > tuning.PARTED_ROWS else end


def _has_gap(row: TracedRow, x: float, x_mm: float) -> bool:
    """Tell whether a row has two columns without ink, one beside the other, near a place."""
    near = row.heights_px[max(round(x - tuning.GAP_NEAR_MM * x_mm), 0) :]
    empty = np.isnan(near[: round(2 * tuning.GAP_NEAR_MM * x_mm)])
    return bool((empty[1:] & empty[:-1]).any())


def _shown(rows: Rows, places_px: NDArray[np.float64]) -> float:
    """Add up the probabilities of first points, less the farther they are, at some places."""
    x, probability = rows.starts_px.T
    away = np.abs(x[:, None] - places_px[None]) / (tuning.POINT_MM * rows.ink.x_mm)
    return float((probability[:, None] * np.exp(-0.5 * away**2)).sum())


def _marked(rows: Rows, short_rows: int, columns: int) -> NDArray[np.float64] | None:
    """Give (columns, 2) where columns lie that begin evenly, most of them at marks of borders.

    The outer ones may be cut off by an edge; None without marks.
    """
    x_mm = rows.ink.x_mm
    start, end = rows.timeline.span_px
    near, least = tuning.EVEN_MM * x_mm, tuning.SHORTEST_COLUMN_MM * x_mm
    inked = [row for row in rows.runs[:short_rows] if row]
    cut_left = sum(not row[0].start_free for row in inked) > tuning.PARTED_ROWS * short_rows
    cut_right = sum(not row[-1].end_free for row in inked) > tuning.PARTED_ROWS * short_rows
    marks = _marks(rows, short_rows)
    marks = marks[(marks > start + least) & (marks < end - least)]
    inner = np.arange(1, columns)
    best, spans = ((columns - 2) // 2, 0.0), None
    for place, before, step in _progressions(marks, columns, start):
        places = place + (inner - before) * step
        left, right = places[0] - start, end - places[-1]
        off = np.abs(marks - places[:, None])
        seen = int((off.min(axis=1, initial=np.inf) < near).sum())
        if seen < best[0] or step <= least or min(left, right) <= 0:
            continue
        if max(left, right) >= step + near:
            continue
        begins = np.where(off.min(axis=1) < near, marks[off.argmin(axis=1)], places)
        ends = [_end_before(rows, short_rows, begin) for begin in begins]
        # What is not cut off is as wide as the rest.
        width = step - float(np.median(begins - ends))
        misfit = max(
            0.0 if cut_left else abs(step - left), 0.0 if cut_right else abs(width - right)
        )
        if misfit < 2 * near and (seen, -misfit) > best:
            best, spans = (seen, -misfit), np.stack([[start, *begins], [*ends, end]], axis=1)
    return spans


def _progressions(
    marks: NDArray[np.float64], columns: int, start: float
) -> Iterator[tuple[float, int, float]]:
    """Yield a place, which column begins there, and the step from column to column.

    Any two marks, or the start and one, may be some steps apart.
    """
    for mark in marks:
        for steps in range(1, columns):
            yield start, 0, float(mark - start) / steps
    for first, second in combinations(marks, 2):
        for steps in range(1, columns - 1):
            for before in range(1, columns - steps):
                yield float(first), before, float(second - first) / steps


def _marks(rows: Rows, short_rows: int) -> NDArray[np.float64]:
    """Give where separators stand, and where ink or first points begin anew in most rows."""
    near = tuning.SAME_MARK_MM * rows.ink.x_mm
    every = np.array(
        [start for row in rows.runs[:short_rows] for start, _ in _stretches(row, rows.ink.x_mm)[1:]]
    )
    most = tuning.PARTED_ROWS * short_rows
    anew = [np.median(every[each]) for each in neighbors(every, near) if each.size > most]
    marks = np.concatenate([rows.separators, anew, rows.aligned_px])
    return np.array([marks[each].mean() for each in neighbors(marks, near) if each.size])


def _end_before(rows: Rows, short_rows: int, place: float) -> float:
    """Give where rows end before a column's first instant: there, or where a gap begins."""
    x_mm = rows.ink.x_mm
    ends = [
        before[1]
        for row in rows.runs[:short_rows]
        for before, after in pairwise(_stretches(row, x_mm))
        if abs(after[0] - place) < tuning.EVEN_MM * x_mm
    ]
    most = len(ends) > tuning.PARTED_ROWS * short_rows
    if most and np.ptp(ends) < tuning.EVEN_MM * x_mm:
        return float(np.median(ends))
    near, far = (place - mm * x_mm for mm in tuning.COLUMN_GAP_MM)
    shown = rows.last_points_px[(rows.last_points_px > far) & (rows.last_points_px < near)]
    if shown.size:
        return float(shown.max())
    return float(np.median(ends)) if most else place


def _stretches(runs: Sequence[Run], x_mm: float) -> list[tuple[float, float]]:
    """Give where ink begins and ends that hardly any gap breaks; a pulse's is shorter."""
    found: list[tuple[float, float]] = []
    for run in runs:
        if found and run.start_px - found[-1][1] < tuning.COLUMN_GAP_MM[0] * x_mm:
            found[-1] = (found[-1][0], run.end_px)
        else:
            found.append((run.start_px, run.end_px))
    return [each for each in found if each[1] - each[0] > tuning.SHORTEST_COLUMN_MM * x_mm]
