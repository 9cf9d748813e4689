"""Fit layouts to rows and lead names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ecgengine.data.layout import Cell, Layout
from ecgengine_plugins.matchers.timeline import Timeline
from ecgengine_plugins.paper.lettering.words import Name

_BEFORE_MM, _AFTER_MM = 12.0, 36.0
_AFTER_SHARE = 0.55
_ROW_SHARE = 0.3
_DISTANCES = np.arange(-6, 7) / 10
_BORDER_MM = 1.5
_UNREAD_COST = 0.4
_BORDERS_WORTH = 2.0
_PLAIN_SHARE = 0.75
_AUGMENTED = ("aVR", "aVL", "aVF")


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a layout explains a sheet.

    Attributes:
        layout: the layout.
        matches: cells whose printed name was read where it should be.
        conflicts: cells where another name was read.
        borders: share of the borders between leads that separators or gaps show.
        printed: name read at each (row, cell).
    """

    layout: Layout
    matches: int
    conflicts: int
    borders: float
    printed: dict[tuple[int, int], Name]

    @property
    def plain(self) -> bool:
        """Nearly all names were read, and none contradicts."""
        return self.matches >= _PLAIN_SHARE * self._cells and not self.conflicts

    @property
    def unread(self) -> int:
        """Leads whose name was not read where it should be, nor another one."""
        return self._cells - self.matches - self.conflicts

    @property
    def _cells(self) -> int:
        return sum(cell.lead is not None for row in self.layout.rows for cell in row)

    @property
    def score(self) -> float:
        """Matches less conflicts and missing names, and a little for borders."""
        named = self.matches - self.conflicts - _UNREAD_COST * self.unread
        return named + _BORDERS_WORTH * self.borders


def cell_span(layout: Layout, cell: Cell, timeline: Timeline) -> tuple[float, float]:
    """Give the sheet x of a cell's start and end."""
    end = timeline.end_px if cell.duration_s == layout.duration_s else timeline.short_end_px
    width = end - timeline.start_px
    first = cell.start_s / layout.duration_s
    last = (cell.start_s + cell.duration_s) / layout.duration_s
    return timeline.start_px + first * width, timeline.start_px + last * width


def fit_layout(
    layout: Layout,
    baselines: Sequence[float],
    timeline: Timeline,
    names: Sequence[Name],
    marks_px: Sequence[float],
    x_mm: float,
) -> Fit:
    """Score a layout of as many rows as there are baselines.

    Names may stand at any height relative to their row, but all at the same.
    """
    spacing = float(np.median(np.diff(baselines))) if len(baselines) > 1 else 30.0 * x_mm
    best = Fit(layout, 0, 0, 0.0, {})
    for distance in _DISTANCES[np.argsort(np.abs(_DISTANCES))]:
        printed = _assigned(layout, baselines, timeline, names, distance * spacing, spacing, x_mm)
        matches = conflicts = 0
        for (row, index), name in printed.items():
            lead = layout.rows[row][index].lead
            if lead is None:
                # Rhythm strips repeat any lead but the augmented ones.
                conflicts += name.lead in _AUGMENTED
            elif lead.removeprefix("-") == name.lead:
                matches += 1
            elif name.lead != "I":
                conflicts += 1
        if matches - conflicts > best.matches - best.conflicts or not best.printed:
            best = Fit(layout, matches, conflicts, 0.0, printed)
    borders = _borders(layout, timeline, marks_px, x_mm)
    return Fit(layout, best.matches, best.conflicts, borders, best.printed)


def _assigned(
    layout: Layout,
    baselines: Sequence[float],
    timeline: Timeline,
    names: Sequence[Name],
    distance_px: float,
    spacing: float,
    x_mm: float,
) -> dict[tuple[int, int], Name]:
    """Give the name that belongs to each cell when names stand `distance_px` below their row."""
    rows = np.asarray(baselines)
    printed: dict[tuple[int, int], Name] = {}
    for name in names:
        away = np.abs(rows + distance_px - name.middle_px)
        row = int(away.argmin())
        if away[row] > _ROW_SHARE * spacing:
            continue
        for index, cell in enumerate(layout.rows[row]):
            start, end = cell_span(layout, cell, timeline)
            after = min(_AFTER_MM * x_mm, _AFTER_SHARE * (end - start))
            if not -_BEFORE_MM * x_mm < name.left_px - start < after:
                continue
            old = printed.get((row, index))
            if old is None or _credit(name, cell) > _credit(old, cell):
                printed[row, index] = name
    return printed


def _credit(name: Name, cell: Cell) -> tuple[bool, bool, float]:
    """Rank the names read at a cell: what it should say, then all but I, which specks look like."""
    fits = cell.lead is not None and name.lead == cell.lead.removeprefix("-")
    return fits, name.lead != "I", name.score


def _borders(layout: Layout, timeline: Timeline, marks_px: Sequence[float], x_mm: float) -> float:
    """Give the share of the borders inside the rows that have a mark."""
    inner = {
        round(cell_span(layout, cell, timeline)[0])
        for row in layout.rows
        for cell in row
        if cell.start_s > 0
    }
    if not inner:
        return 0.0
    marks = np.asarray(marks_px)
    hits = [bool((np.abs(marks - x) < _BORDER_MM * x_mm).any()) for x in inner]
    return float(np.mean(hits))
