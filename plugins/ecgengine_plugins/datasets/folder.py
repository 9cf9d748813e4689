"""Dataset `folder`: synthetic pages with their truth, or pictures beside files of their leads."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ecgengine.data.layout import LEADS
from ecgengine.data.source import Source
from ecgengine.ecg.metrics import cut_to_windows, printed_windows
from ecgengine.ecg.signals import Signals, read_signals
from ecgengine.errors import UnreadableInputError, UsageError
from ecgengine.plugins.options import DatasetOptions
from ecgengine.truth.case import Case
from ecgengine.truth.case_files import TRUTH_NAME, read_case
from ecgengine_plugins.datasets.pictures import PICTURE_SUFFIXES, first_page
from ecgengine_plugins.paper.layouts import LAYOUTS

MANIFEST_NAME = "cases.csv"
_TRUTH_SUFFIXES = (".hea", ".csv")
"""Where there are both, the later one counts."""
_MANIFEST_COLUMNS = ("page", "truth", "name", "source", "layout", "fs_hz")
_WHOLE_SHARE = 0.9
"""A truth that knows this much of every lead is a whole recording, not what a page shows of it."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """A picture and the file of its leads."""

    page: Path
    truth: Path
    source: Source | None = None
    layout: str | None = None
    fs_hz: float | None = None


class FolderDataset:
    """Every page of a folder that has truth (docs/datasets.md says how they lie there).

    Subfolders with a `truth.json` are synthetic pages. Others come as pairs of one stem, `x.png`
    and `x.csv` or `x.hea`; where there is a `cases.csv`, it alone says what the pairs are.
    """

    def __init__(self, options: DatasetOptions) -> None:
        if not options.which:
            raise UsageError("the dataset folder needs a folder: write folder:DIR")
        self._folder = Path(options.which)

    def names(self) -> Sequence[str]:
        """List every case by name; raises UnreadableInputError when there is none to use."""
        return list(self._cases)

    def load(self, name: str) -> Case:
        """Read one case; raises UnreadableInputError naming the file, the cause and a way."""
        if name not in self._cases:
            raise UnreadableInputError(
                f"{self._folder} has no page {name}: it has {_some(list(self._cases))}"
            )
        pair = self._cases[name]
        if pair is None:
            return read_case(self._folder, name)
        page = first_page(pair.page, name)
        return Case(name, page, self._leads(pair), pair.source, pair.layout)

    @cached_property
    def _cases(self) -> dict[str, _Pair | None]:
        """The pairs, and None for a synthetic page, by name."""
        try:
            entries = sorted(path for path in self._folder.iterdir() if path.name[0] != ".")
        except OSError as error:
            raise UnreadableInputError(
                f"{self._folder} cannot be listed ({error.strerror}): give the folder that holds "
                "the pages"
            ) from error
        synthetic = [path.name for path in entries if (path / TRUTH_NAME).is_file()]
        manifest = self._folder / MANIFEST_NAME
        listed = _listed(manifest) if manifest in entries else _beside(self._folder, entries)
        found: dict[str, _Pair | None] = dict.fromkeys(synthetic)
        for name, pair in listed:
            if name in found:
                raise UnreadableInputError(
                    f"{self._folder} has two pages called {name}: rename one, or give them names "
                    f"in the column name of {MANIFEST_NAME}"
                )
            found[name] = pair
        if not found:
            raise UnreadableInputError(
                f"{self._folder} holds no pages: it needs pictures beside .csv or .hea files of "
                f"the same name, a {MANIFEST_NAME}, or folders that ecgengine synth made"
            )
        return found

    def _leads(self, pair: _Pair) -> Signals:
        """Read the leads; of a whole recording keep only what the layout prints."""
        try:
            leads = read_signals(pair.truth, pair.fs_hz)
        except UnreadableInputError as error:
            if pair.fs_hz is None and pair.truth.suffix.lower() == ".csv":
                raise UnreadableInputError(
                    f"{error}; without a column time_s, say its fs_hz in "
                    f"{self._folder / MANIFEST_NAME}"
                ) from error
            raise
        if pair.layout is None or not _is_whole(leads):
            return leads
        layout = next((layout for layout in LAYOUTS if layout.name == pair.layout), None)
        if layout is None:
            raise UnreadableInputError(
                f"{pair.truth} is a whole recording, and what of it the layout {pair.layout} "
                f"prints is not known: use one of {', '.join(each.name for each in LAYOUTS)}, or "
                "empty the cells that are not printed"
            )
        windows = printed_windows(layout)
        return Signals(leads.fs_hz, cut_to_windows(leads.leads_mv, windows, leads.fs_hz))


def _is_whole(leads: Signals) -> bool:
    known = [np.isfinite(x).mean() for name, x in leads.leads_mv.items() if name in LEADS]
    return bool(known) and min(known) > _WHOLE_SHARE


def _beside(folder: Path, entries: Sequence[Path]) -> Iterator[tuple[str, _Pair]]:
    """Pair each picture with the leads beside it, by stem."""
    truths = {
        path.stem: path
        for suffix in _TRUTH_SUFFIXES
        for path in entries
        if path.suffix.lower() == suffix
    }
    alone = []
    for picture in entries:
        if picture.suffix.lower() not in PICTURE_SUFFIXES:
            continue
        if picture.stem in truths:
            yield picture.stem, _Pair(picture, truths[picture.stem])
        else:
            alone.append(picture.name)
    if alone:
        raise UnreadableInputError(
            f"{folder} has no truth for {_some(alone)}: put a .csv or .hea file of the same name "
            f"beside it, move it away, or list the pages to use in {MANIFEST_NAME}"
        )


def _listed(manifest: Path) -> Iterator[tuple[str, _Pair]]:
    """Read the pairs of a manifest; its paths count from its folder."""
    try:
        with manifest.open(newline="", encoding="utf-8-sig") as file:
            table = csv.DictReader(file)
            columns, rows = table.fieldnames or (), list(table)
    except (OSError, ValueError, csv.Error) as error:
        raise UnreadableInputError(
            f"{manifest} cannot be read ({error}): save it as CSV in UTF-8"
        ) from error
    strange = [column for column in columns if column not in _MANIFEST_COLUMNS]
    if strange or not {"page", "truth"} <= set(columns):
        raise UnreadableInputError(
            f"{manifest} has the columns {', '.join(columns)}: it needs page and truth, and may "
            "have name, source, layout and fs_hz"
        )
    for number, row in enumerate(rows, start=2):
        cells = {column: (row[column] or "").strip() for column in columns}
        try:
            yield _pair(manifest.parent, cells)
        except ValueError as error:
            raise UnreadableInputError(f"line {number} of {manifest}: {error}") from error


def _pair(folder: Path, cells: dict[str, str]) -> tuple[str, _Pair]:
    if not cells["page"] or not cells["truth"]:
        raise ValueError("page and truth must both be given; fill them in or remove the line")
    name = cells.get("name") or Path(cells["page"]).stem
    if Path(name).name != name:
        raise ValueError(f"the name {name!r} does not fit a file; use letters, digits, - and _")
    source, layout, fs_hz = (cells.get(column, "") for column in ("source", "layout", "fs_hz"))
    if source and source not in set(Source):
        raise ValueError(f"there is no source {source!r}; use one of {', '.join(Source)}")
    try:
        rate = float(fs_hz) if fs_hz else None
    except ValueError as error:
        raise ValueError(f"fs_hz is {fs_hz!r}; give samples per second") from error
    if rate is not None and not 0 < rate < np.inf:
        raise ValueError(f"fs_hz is {fs_hz!r}; give samples per second")
    pair = _Pair(
        folder / cells["page"],
        folder / cells["truth"],
        Source(source) if source else None,
        layout or None,
        rate,
    )
    return name, pair


def _some(names: Sequence[str]) -> str:
    """Name the first few."""
    few = ", ".join(names[:3])
    return few if len(names) <= 3 else f"{few} and {len(names) - 3} more"
