"""Find the paths of all rows together, so that no row takes another one's ink for its own."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.edges import run_edges
from ecgengine_kernels.viterbi import add_unread_costs, cheapest_path, ink_costs
from ecgengine_plugins.extractors.options import ViterbiOptions
from ecgengine_plugins.extractors.viterbi import tuning
from ecgengine_plugins.extractors.viterbi.row_view import RowView
from ecgengine_plugins.paper.runs import runs


@dataclass(slots=True)
class RowPath:
    """The path of one row and the ink that it crosses.

    Attributes:
        view: the row.
        rows: (W,) int32 row of the view in each column.
        upper: (W,) float64 upper edge of the run of ink, NaN where there is none.
        lower: (W,) float64 lower edge.
        first: (W,) int32 first row of the run.
        last: (W,) int32 last row of the run.
        lost: (W,) bool, columns whose ink belongs to another row.
        shared: (W,) bool, columns whose ink another row crosses.
        upper_lost: (W,) bool, columns whose upper edge is the row above's.
        lower_lost: (W,) bool, columns whose lower edge is the row below's.
    """

    view: RowView
    rows: NDArray[np.int32]
    upper: NDArray[np.float64]
    lower: NDArray[np.float64]
    first: NDArray[np.int32]
    last: NDArray[np.int32]
    lost: NDArray[np.bool_]
    shared: NDArray[np.bool_]
    upper_lost: NDArray[np.bool_]
    lower_lost: NDArray[np.bool_]


def trace_rows(views: list[RowView], options: ViterbiOptions) -> list[RowPath]:
    """Trace every row, then settle what two rows claim."""
    paths = [_trace(view, options, None) for view in views]
    for i, j in itertools.combinations(range(len(paths)), 2):
        loser = _run_together(paths[i], paths[j])
        if loser is not None:
            own, other = (i, j) if loser is paths[i] else (j, i)
            paths[own] = _trace(loser.view, options, paths[other])
    for upper, lower in itertools.combinations(paths, 2):
        _settle_crossings(upper, lower)
    return paths


def _trace(view: RowView, options: ViterbiOptions, taken: RowPath | None) -> RowPath:
    """Trace one row; the ink under the path `taken` may be crossed, but not followed."""
    tallest = view.ink.max(axis=1)
    inked = tallest[tallest > options.faintest]
    gain = 1.0
    if inked.size:
        gain = tuning.FULL_GAIN / float(np.clip(np.quantile(inked, 0.2), 0.15, 1.0))
    node, travel = ink_costs(
        view.ink,
        view.trust,
        view.hidden,
        view.zero_row,
        gain,
        options.miss,
        options.white,
        options.crawl,
        options.pull,
    )
    add_unread_costs(node, view.ink, tuning.UNREAD_INK, options.unread, tuning.MOST_UNREAD_PX)
    for bound in view.bounds:
        # The pen was lifted here, so that a jump is likelier than elsewhere.
        travel[bound : bound + 2] *= tuning.LIFTED
    if taken is not None:
        here, there = _overlap(view, taken.view)
        shift = taken.view.y0 - view.y0
        for x, k in zip(here, there, strict=True):
            if taken.last[k] >= taken.first[k]:
                pen = slice(max(taken.rows[k] + shift - 3, 0), max(taken.rows[k] + shift + 4, 0))
                node[x, pen] += options.miss
    rows, _ = cheapest_path(node, travel, view.first_row, view.last_row)
    upper, lower, first, last = run_edges(view.ink, rows, options.faintest, 2)
    claims = [np.zeros(rows.size, np.bool_) for _ in range(4)]
    return RowPath(view, rows, upper, lower, first, last, *claims)


def _overlap(a: RowView, b: RowView) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Columns of `a` and of `b` at the same places of the sheet."""
    start = max(a.x0, b.x0)
    stop = max(start, min(a.x0 + len(a.ink), b.x0 + len(b.ink)))
    columns = np.arange(start, stop)
    return columns - a.x0, columns - b.x0


def _run_together(a: RowPath, b: RowPath) -> RowPath | None:
    """The one of two paths that follows the other's ink, or None when they only cross."""
    here, there = _overlap(a.view, b.view)
    gap = (a.rows[here] + a.view.y0) - (b.rows[there] + b.view.y0)
    close = np.abs(gap) <= tuning.TOGETHER_PX
    if np.count_nonzero(close) < tuning.TOGETHER_COLUMNS:
        return None
    away_a = np.abs(a.rows[here] - a.view.zero_row[here])[close]
    away_b = np.abs(b.rows[there] - b.view.zero_row[there])[close]
    return a if np.median(away_a) > np.median(away_b) else b


def _settle_crossings(a: RowPath, b: RowPath) -> None:
    """Give the ink of each run that the paths of row `a` and the lower row `b` share to one."""
    here, there = _overlap(a.view, b.view)
    shift = a.view.y0 - b.view.y0
    in_b = a.rows[here] + shift
    shared = (
        (a.last[here] >= a.first[here])
        & (b.last[there] >= b.first[there])
        & (a.first[here] + shift <= b.last[there])
        & (a.last[here] + shift >= b.first[there])
    )
    for run in runs(shared):
        start, stop = run.start, run.stop
        reach_a = _reach(a, here, start, stop)
        reach_b = _reach(b, there, start, stop)
        above = bool((in_b[start:stop] < b.rows[there[start:stop]]).all())
        if above and min(reach_a, reach_b) > tuning.TIP_REACH * max(reach_a, reach_b):
            # Two tips touch: each row has the edge on its own side.
            a.lower_lost[here[start:stop]] = b.upper_lost[there[start:stop]] = True
            a.shared[here[start:stop]] = b.shared[there[start:stop]] = True
            continue
        claims = [(a, here), (b, there)]
        (loser, columns), (owner, own_columns) = claims if reach_b >= reach_a else claims[::-1]
        wide = slice(max(start - 1, 0), min(stop + 1, here.size))
        loser.lost[columns[wide]] = True
        owner.shared[own_columns[start:stop]] = True


def _reach(path: RowPath, columns: NDArray[np.intp], start: int, stop: int) -> float:
    """How far the ink beside a stretch leaves the level that the path has around it."""
    center = 0.5 * (path.upper + path.lower)
    beside = [columns[k] for k in (start - 2, start - 1, stop, stop + 1) if 0 <= k < columns.size]
    reach = tuning.LEVEL_COLUMNS
    around = center[max(columns[start] - reach, 0) : columns[stop - 1] + 1 + reach]
    if not beside or np.isnan(around).all():
        return 0.0
    away = np.abs(center[beside] - np.nanmedian(around))
    return 0.0 if np.isnan(away).all() else float(np.nanmax(away))
