"""Lay the strips of a structure on the paper: equal parts of a row, or what gaps part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.matchers.arrangement import tuning
from ecgengine_plugins.matchers.arrangement.evidence import Rows
from ecgengine_plugins.matchers.arrangement.structure import Structure
from ecgengine_plugins.matchers.columns import fit_columns
from ecgengine_plugins.matchers.ends import row_reach
from ecgengine_plugins.paper.ink import CORE
from ecgengine_plugins.paper.runs import runs


def strip_spans(rows: Rows, structure: Structure) -> NDArray[np.float64]:
    """Give (C, 2) sheet x of start and end of each strip.

    The strips of a row share its time evenly and without gaps, unless all rows of several are
    without ink at the same places, where pulses or blank paper part the columns.
    """
    timeline = fit_columns(structure.unnamed(), rows.timeline, rows.runs, rows.baselines, rows.ink)
    edges = {}
    for count in set(structure.strips):
        end = timeline.end_px if count == 1 else timeline.short_end_px
        edges[count] = np.linspace(timeline.start_px, end, count + 1)
    spans = {count: np.stack([each[:-1], each[1:]], axis=1) for count, each in edges.items()}
    columns = structure.columns
    if columns > 1:
        parted = _parted(rows, len(structure.strips) - structure.rhythm_rows, columns)
        if parted is not None:
            off = np.abs(parted[:, 0] - spans[columns][:, 0]).max()
            spans[columns] = parted if off > tuning.UNEVEN_MM * rows.ink.x_mm else spans[columns]
    return np.array([spans[structure.strips[row]][column] for row, column in structure.cells])


def _parted(rows: Rows, short_rows: int, columns: int) -> NDArray[np.float64] | None:
    """Give (columns, 2) where columns that gaps part begin and end; None where they do not."""
    ink = rows.ink
    reach = row_reach(rows.baselines, ink)
    inked = np.zeros(ink.trace.shape[1], np.intp)
    for zero in rows.baselines[:short_rows]:
        band = ink.trace[max(round(zero - reach), 0) : round(zero + reach) + 1]
        inked += np.asarray((band > CORE).any(axis=0))
    gap = round(tuning.COLUMN_GAP_MM * ink.x_mm)
    stretches: list[list[int]] = []
    for run in runs(inked >= max(tuning.INKED_ROWS * short_rows, 1)):
        if stretches and run.start - stretches[-1][1] < gap:
            stretches[-1][1] = run.stop
        else:
            stretches.append([run.start, run.stop])
    # A pulse before a column stands alone, too.
    least = tuning.SHORTEST_COLUMN_MM * ink.x_mm
    wide = [(start, stop) for start, stop in stretches if stop - start > least]
    if len(wide) != columns:
        return None
    near = tuning.COLUMN_GAP_MM * ink.x_mm
    found = []
    for start, stop in wide:
        ends = [_ends(rows, row, start, stop, near) for row in range(short_rows)]
        firsts, lasts = (
            zip(*[each for each in ends if each], strict=True) if any(ends) else ((), ())
        )
        found.append(
            (
                float(np.median(firsts)) if firsts else start - 0.5,
                float(np.median(lasts)) if lasts else stop - 0.5,
            )
        )
    spans = np.array(found)
    widths = spans[:, 1] - spans[:, 0]
    return spans if np.ptp(widths) < tuning.UNEVEN_SHARE * widths.max() else None


def _ends(
    rows: Rows, row: int, start: float, stop: float, near: float
) -> tuple[float, float] | None:
    """Give where a row's runs begin and end near a stretch, to a part of a pixel."""
    firsts = [run.start_px for run in rows.runs[row] if abs(run.start_px - start) < near]
    lasts = [run.end_px for run in rows.runs[row] if abs(run.end_px - stop) < near]
    return (firsts[0], lasts[-1]) if firsts and lasts else None
