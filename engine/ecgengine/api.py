"""The engine as Python calls; the command line does nothing that they cannot.

Settings are the keyword arguments of `running.settings.Given`, such as `extractor="viterbi"`,
`layout="3x4+1"`, `layout_files=["ward.toml"]` or `options={"viterbi": {"rounds": 4}}`; every
call raises

    UsageError: an unknown setting, a value out of range, or a faulty layout file.
    PluginError: a stage is missing or failed.
    UnreadableInputError: the file is no readable picture, or has no such page.
    NoEcgFoundError: no ECG, or no scale, was found on the page.
    QualityError: a lead is below the status that was required.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal, Unpack

from ecgengine.data.page import Page
from ecgengine.data.recording import LeadStatus, Recording
from ecgengine.errors import UnreadableInputError
from ecgengine.running.pipeline import Pipeline
from ecgengine.running.runner import (
    Failure,
    Output,
    Written,
    read_pages,
    require_status,
    run_sheets,
    split,
)
from ecgengine.running.settings import Given, make_pipeline

FORMATS = ("csv", "wfdb", "json", "overlay")
"""Writers that are used when none is named."""

Require = Literal["ok", "review"]
"""The least status of every printed lead."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What many files gave.

    Attributes:
        pages: those that were digitized, each with the files that it gave.
        files: files that tell of all pages together.
        failures: what failed, and why.
        skipped: pages without an ECG, such as covers, of documents whose other pages were read.
    """

    pages: tuple[Written, ...]
    files: tuple[Path, ...]
    failures: tuple[Failure, ...]
    skipped: tuple[Failure, ...] = ()


def digitize(
    path: str | Path, *, page: int = 1, require: Require | None = None, **given: Unpack[Given]
) -> Recording:
    """Digitize one page of a file, counted from 1."""
    pipeline = make_pipeline(**given)
    recording = pipeline.digitize(_page(pipeline, path, page)).recording
    return _required(path, recording, require)


def digitize_pages(
    path: str | Path,
    *,
    every_sheet: bool = False,
    require: Require | None = None,
    **given: Unpack[Given],
) -> Iterator[Recording]:
    """Digitize every page of a file, one recording each.

    With `every_sheet` a picture of several sheets gives a recording of each, the largest first.
    """
    pipeline = make_pipeline(**given)
    for page in read_pages(pipeline, str(path)):
        for flat in islice(pipeline.sheets(page), None if every_sheet else 1):
            found = pipeline.extract(pipeline.inspect(flat))
            yield _required(path, found.recording, require)


def digitize_files(
    paths: Iterable[str | Path],
    folder: str | Path,
    *,
    formats: Iterable[str] = FORMATS,
    force: bool = False,
    require: Require | None = None,
    every_sheet: bool = False,
    **given: Unpack[Given],
) -> Batch:
    """Digitize files into a folder as `ecgengine digitize` does; a bad page stops no other.

    Each page's files are written whole or not at all; `force` replaces those that are there.
    What fails is among the failures instead of being raised, but for wrong settings.
    """
    pipeline = make_pipeline(**given)
    least = None if require is None else LeadStatus(require)
    output = Output(pipeline, formats, Path(folder), force=force, require=least)
    outcomes = run_sheets(pipeline, map(str, paths), output.digitize, every_sheet=every_sheet)
    pages, missed = split(outcomes)
    together, failed = split([output.finish()])
    files = tuple(path for written in together for path in written)
    failures = [failure for failure in missed if not failure.skipped]
    skipped = [failure for failure in missed if failure.skipped]
    return Batch(tuple(pages), files, (*failures, *failed), tuple(skipped))


def render(
    path: str | Path, *, page: int = 1, formats: Iterable[str] = FORMATS, **given: Unpack[Given]
) -> dict[str, bytes]:
    """Digitize one page of a file; give the files that writers make of it, by name."""
    pipeline = make_pipeline(**given)
    digitized = pipeline.digitize(_page(pipeline, path, page))
    return Output(pipeline, formats, Path()).render(digitized)


def _page(pipeline: Pipeline, path: str | Path, number: int) -> Page:
    for page in read_pages(pipeline, str(path)):
        if page.number == number:
            return page
    raise UnreadableInputError(f"{path} has no page {number}; pages count from 1")


def _required(path: str | Path, recording: Recording, require: Require | None) -> Recording:
    if require is not None:
        require_status(str(path), recording, LeadStatus(require))
    return recording
