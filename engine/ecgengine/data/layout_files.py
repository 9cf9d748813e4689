"""Layout files: arrangements of leads as TOML, the built-in ones and a user's own."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ecgengine.data.layout import Cell, Layout, check_leads
from ecgengine.errors import UsageError


class _Entry(BaseModel):
    """One `[[layout]]` table as it is written."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    summary: str = ""
    rows: list[str] = Field(min_length=1)
    rhythm: list[str] = []
    seconds: float = Field(gt=0, lt=1e5, allow_inf_nan=False)
    together: bool = False


def load_layouts(files: Iterable[str | Path]) -> tuple[Layout, ...]:
    """Read the layouts of several files; a later file's replaces one of the same name.

    Raises UsageError for a file that cannot be read, and what `read_layouts` raises.
    """
    layouts: dict[str, Layout] = {}
    for file in files:
        try:
            # Some editors put a mark before the first character.
            text = Path(file).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"the layout file {file} cannot be read ({error}); "
                "check its name, and save it as UTF-8 text"
            ) from error
        layouts |= {layout.name: layout for layout in read_layouts(text, str(file))}
    return tuple(layouts.values())


def read_layouts(text: str, name: str) -> tuple[Layout, ...]:
    """Read the layouts of a file's text, in their order.

    Args:
        text: TOML as docs/layouts.md describes it.
        name: what errors call the file.

    Raises UsageError naming the file, the line or the layout, and what to write instead.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            f"{name} is no TOML: {error}; compare that line with the example in docs/layouts.md"
        ) from error
    entries = content.get("layout")
    if set(content) != {"layout"} or not isinstance(entries, list):
        found = f"has {', '.join(sorted(content))}" if content else "holds no layout"
        raise UsageError(
            f"{name} {found}; begin each layout with the line [[layout]] and write all of it below"
        )
    layouts: dict[str, Layout] = {}
    for number, entry in enumerate(entries, 1):
        named = isinstance(entry, dict) and isinstance(entry.get("name"), str)
        where = f"{name}: layout " + (f"'{entry['name']}'" if named else str(number))
        try:
            layout = _layout(entry)
        except UsageError as error:
            raise UsageError(f"{where}: {error}") from error
        if layout.name in layouts:
            raise UsageError(f"{where} stands there twice; give one of them another name")
        layouts[layout.name] = layout
    return tuple(layouts.values())


def _layout(written: Any) -> Layout:
    """Make a layout of a table; raises UsageError that says what is wrong with it."""
    try:
        entry = _Entry.model_validate(written)
    except ValidationError as error:
        # A misspelt key is missing as well.
        first = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
        key = " ".join(str(part) for part in first["loc"]) or "it"
        raise UsageError(
            f"{key}: {first['msg']}; a layout has {', '.join(_Entry.model_fields)}"
        ) from error
    if entry.name.split() != [entry.name]:
        raise UsageError("its name is one word, without spaces; --layout will call it so")
    check_leads(entry.rhythm)
    leads: set[str] = set()
    rows = []
    for number, text in enumerate(entry.rows, 1):
        row = text.replace(",", " ").split()
        plain = [lead.removeprefix("-") for lead in row]
        check_leads(plain)
        if not row:
            raise UsageError(f"row {number} has no lead; write the leads in it, or leave it out")
        for lead in plain:
            if lead in leads:
                raise UsageError(f"lead {lead} has two places; name rhythm strips under `rhythm`")
            leads.add(lead)
        share_s = entry.seconds / len(row)
        step_s = 0.0 if entry.together else share_s
        rows.append(tuple(Cell(lead, at * step_s, share_s) for at, lead in enumerate(row)))
    rows += [(Cell(None, 0.0, entry.seconds),)] * len(entry.rhythm)
    return Layout(entry.name, tuple(rows), len(entry.rhythm), tuple(entry.rhythm), entry.summary)
