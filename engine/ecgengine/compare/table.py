"""A table and its outputs: terminal, CSV and JSON; the report sets it in HTML."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

Value = str | int | float | None
"""A cell: text, a count, a figure, or None where there is nothing to say."""

_NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table, the same in every output.

    Attributes:
        key: its name for machines.
        title: its name for people, in one or two words.
        unit: unit of its figures, or a second line of the title.
        digits: decimals shown of a figure.
        meaning: one sentence that says what it holds.
    """

    key: str
    title: str
    unit: str = ""
    digits: int = 2
    meaning: str = ""

    def text(self, value: Value) -> str:
        """Show a value as people read it."""
        if value is None:
            return _NOTHING
        return f"{value:z.{self.digits}f}" if isinstance(value, float) else str(value)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of values under columns; the first `labels` columns say what a row is about."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    labels: int = 1

    def texts(self) -> list[list[str]]:
        """Give the cells of all rows as people read them."""
        return [
            [column.text(value) for column, value in zip(self.columns, row, strict=True)]
            for row in self.rows
        ]

    def is_number(self, index: int) -> bool:
        """Tell whether a column holds figures, which stand to the right."""
        return index >= self.labels and not any(isinstance(row[index], str) for row in self.rows)


def text_table(tables: Iterable[Table]) -> str:
    """Set tables for a terminal: titles, two lines of headings, aligned columns."""
    return "\n\n".join(_text(table) for table in tables) + "\n"


def csv_tables(tables: Iterable[Table]) -> dict[str, bytes]:
    """Give each table as a CSV file by its name, with figures to six digits."""
    return {f"{table.key}.csv": _csv(table) for table in tables}


def tables_data(tables: Iterable[Table]) -> dict[str, list[dict[str, Value]]]:
    """Give the rows of each table as JSON can hold them, in full precision."""
    return {
        table.key: [
            {column.key: value for column, value in zip(table.columns, row, strict=True)}
            for row in table.rows
        ]
        for table in tables
    }


def _text(table: Table) -> str:
    heads = [[column.title for column in table.columns], [column.unit for column in table.columns]]
    lines = heads + table.texts()
    widths = [max(len(line[i]) for line in lines) for i in range(len(table.columns))]
    right = [table.is_number(i) for i in range(len(table.columns))]
    set_lines = (
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    )
    return "\n".join([table.title, *set_lines])


def _csv(table: Table) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(column.key for column in table.columns)
    for row in table.rows:
        writer.writerow(f"{value:.6g}" if isinstance(value, float) else value for value in row)
    return text.getvalue().encode()
