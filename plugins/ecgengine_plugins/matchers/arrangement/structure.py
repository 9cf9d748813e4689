"""How strips may lie on a page: rows from top to bottom, each with so many strips side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ecgengine.data.layout import LEADS, Cell, Layout
from ecgengine_plugins.matchers.arrangement import tuning

PANEL_ROWS = 3
"""Leads below each other on one of several grids."""


@dataclass(frozen=True, slots=True)
class Structure:
    """So many strips in each row, from top to bottom, rhythm strips last."""

    strips: tuple[int, ...]

    @property
    def columns(self) -> int:
        """The most strips side by side."""
        return max(self.strips)

    @property
    def rhythm_rows(self) -> int:
        """Rows of one strip below rows of several, or below one for each lead."""
        return self.strips.count(1) if self.columns > 1 else max(len(self.strips) - len(LEADS), 0)

    @property
    def cells(self) -> tuple[tuple[int, int], ...]:
        """(row, column) of each strip, row by row."""
        return tuple((row, k) for row, count in enumerate(self.strips) for k in range(count))

    @property
    def short(self) -> tuple[int, ...]:
        """Which of `cells` are no rhythm strips."""
        first = len(self.strips) - self.rhythm_rows
        return tuple(index for index, (row, _) in enumerate(self.cells) if row < first)

    @property
    def rhythms(self) -> tuple[int, ...]:
        """Which of `cells` are rhythm strips."""
        return tuple(sorted(set(range(len(self.cells))) - set(self.short)))

    @property
    def in_panels(self) -> bool:
        """Whether its rows may stand in several groups of three."""
        rows = len(self.strips)
        groups = rows > PANEL_ROWS and rows % PANEL_ROWS == 0
        return groups and self.columns <= 2 and self.rhythm_rows == 0

    def unnamed(self) -> Layout:
        """Give the layout of this structure without names."""
        rows = tuple(
            tuple(Cell(None, k / count, 1 / count) for k in range(count)) for count in self.strips
        )
        return Layout("", rows, self.rhythm_rows)


def structure_of(layout: Layout) -> Structure:
    """Give the structure of a layout."""
    return Structure(tuple(len(row) for row in layout.rows))


def panel_layout(structure: Structure) -> Layout:
    """Give the usual leads of twelve strips in groups of three rows, each group after the other."""
    columns = structure.columns
    rows = []
    for row, count in enumerate(structure.strips):
        panels = [row // PANEL_ROWS * columns + column for column in range(count)]
        rows.append(
            tuple(Cell(LEADS[PANEL_ROWS * each + row % PANEL_ROWS], each, 1.0) for each in panels)
        )
    return Layout("", tuple(rows))


def shows_same_seconds(layout: Layout) -> bool:
    """Tell whether all columns of a layout begin at once."""
    return any(len(row) > 1 and row[1].start_s == row[0].start_s for row in layout.rows)


def structures(rows: int, layouts: Iterable[Layout]) -> Iterator[tuple[Structure, float]]:
    """Yield the structures that so many rows may have, each with its log prior.

    Those of layouts share most of the probability, by what carts print; others the rest.
    """
    known = {structure_of(layout) for layout in layouts if len(layout.rows) == rows}
    for structure in sorted(known | set(_possible(rows)), key=lambda each: each.strips):
        yield structure, tuning.structure_log_prior(structure.strips, named=structure in known)


def _possible(rows: int) -> Iterator[Structure]:
    yield Structure((1,) * rows)
    for rhythms in range(min(tuning.MOST_RHYTHMS, rows - 1) + 1):
        for columns in range(2, tuning.MOST_COLUMNS + 1):
            if columns * (rows - rhythms) <= len(LEADS):
                yield Structure((columns,) * (rows - rhythms) + (1,) * rhythms)
