"""The runner: files through a pipeline to written files; a bad page never stops the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ecgengine.data.digitized import Digitized
from ecgengine.data.page import Page
from ecgengine.data.recording import LeadStatus, Recording
from ecgengine.errors import EcgEngineError, NoEcgFoundError, PluginError, QualityError, UsageError
from ecgengine.plugins.calling import call
from ecgengine.plugins.kinds import WRITER
from ecgengine.running.files import read_bytes, write_files
from ecgengine.running.pipeline import FlatSheet, Pipeline

if TYPE_CHECKING:
    from ecgengine.plugins.stages import Writer

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Failure:
    """What failed.

    Attributes:
        path: the input, or the output folder when files for all pages together failed.
        page: page number, or None when the whole file failed.
        error: why.
        skipped: the page shows no ECG, as covers do, and others of its document were read: this is
            no failure.
    """

    path: str
    page: int | None
    error: Exception
    skipped: bool = False

    @property
    def exit_code(self) -> int:
        """The code that a command with this failure alone ends with; see docs/errors.md."""
        return self.error.exit_code if isinstance(self.error, EcgEngineError) else 1

    def to_data(self) -> dict[str, Any]:
        """Give what JSON can hold."""
        data = {"path": self.path, "page": self.page, "exit_code": self.exit_code}
        return {**data, "message": str(self.error)}


@dataclass(frozen=True, slots=True)
class Written:
    """A page that was digitized, and the files that it gave."""

    page: Page
    recording: Recording
    files: tuple[Path, ...]


def read_pages(pipeline: Pipeline, path: str) -> Iterator[Page]:
    """Yield the pages of a file (`-` is standard input); raises UnreadableInputError."""
    yield from pipeline.read(read_bytes(path), path, "stdin" if path == "-" else Path(path).stem)


def run_sheets(
    pipeline: Pipeline,
    paths: Iterable[str],
    work: Callable[[FlatSheet], ResultT],
    *,
    every_sheet: bool = False,
) -> Iterator[ResultT | Failure]:
    """Yield what `work` gives for the largest sheet of every page of every file, or its failure.

    With `every_sheet` it works on the other sheets of each picture, too. Pages without an ECG come
    last of their file, for only then is it known whether they are failures or skipped.
    """
    for path in paths:
        without: list[Failure] = []
        read = False
        try:
            for page in read_pages(pipeline, path):
                for outcome in _of_page(pipeline, page, work, every_sheet):
                    if not isinstance(outcome, Failure):
                        read = True
                    elif isinstance(outcome.error, NoEcgFoundError):
                        without.append(outcome)
                        continue
                    yield outcome
        except Exception as error:
            yield Failure(path, None, error)
        yield from (replace(failure, skipped=read) for failure in without)


def _of_page(
    pipeline: Pipeline, page: Page, work: Callable[[FlatSheet], ResultT], every_sheet: bool
) -> Iterator[ResultT | Failure]:
    sheets = pipeline.sheets(page)
    while True:
        try:
            flat = next(sheets, None)
            if flat is None:
                return
            yield work(flat)
        except Exception as error:
            yield Failure(page.path, page.number, error)
        if not every_sheet:
            return


class Output:
    """Digitizes sheets and writes what writers make of them into a folder.

    Args:
        pipeline: reads the sheets.
        formats: names of writers.
        folder: where files go; made when missing.
        force: replace files that are there already.
        require: the status that every printed lead must at least have, or None.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        formats: Iterable[str],
        folder: Path,
        *,
        force: bool = False,
        require: LeadStatus | None = None,
    ) -> None:
        self._pipeline, self._folder, self._force = pipeline, folder, force
        self._require = require
        chosen = (
            pipeline.manager.select(WRITER, name, options=pipeline.options)
            for name in dict.fromkeys(formats)
        )
        self._writers = [(selected.plugin, selected.build(pipeline.built)) for selected in chosen]
        self._recordings: list[Recording] = []
        self._taken: set[str] = set()

    def digitize(self, flat: FlatSheet) -> Written:
        """Digitize a sheet and write its files, all or none.

        Raises QualityError when a lead is below what is required, UsageError when another page of
        this output has given a file of the same name, and what stages and writing raise.
        """
        page = flat.page
        self._take(page, {f"the name '{page.name}'"})
        result = self._pipeline.extract(self._pipeline.inspect(flat))
        if self._require is not None:
            require_status(page.path, result.recording, self._require)
        contents = self.render(result)
        self._take(page, set(contents))
        files = write_files(self._folder, contents, force=self._force)
        self._recordings.append(result.recording)
        return Written(page, result.recording, tuple(files))

    def render(self, result: Digitized) -> dict[str, bytes]:
        """Give file name to content; raises PluginError when two writers give the same name."""
        return self._gathered(lambda writer: writer.render(result))

    def finish(self) -> tuple[Path, ...] | Failure:
        """Write the files that tell of all pages together; none when no page was read."""
        if not self._recordings:
            return ()
        try:
            contents = self._gathered(lambda writer: writer.render_batch(self._recordings))
            return tuple(write_files(self._folder, contents, force=self._force))
        except Exception as error:
            return Failure(str(self._folder), None, error)

    def _gathered(self, render: Callable[[Writer], Mapping[str, bytes]]) -> dict[str, bytes]:
        contents: dict[str, bytes] = {}
        for plugin, writer in self._writers:
            doing = f"rendering '{plugin.name}'"
            files = call(plugin.provider, doing, render, writer, expects=Mapping).value
            for name in set(files) & set(contents):
                raise PluginError(
                    f"{plugin.provider} failed while {doing}: another writer gives {name} too; "
                    "choose one of the two"
                )
            contents.update(files)
        return contents

    def _take(self, page: Page, names: set[str]) -> None:
        """Keep `force` from replacing what another page of this very call gave."""
        if names & self._taken:
            raise UsageError(
                f"{page.path}: another input gives {min(names & self._taken)} too; "
                "rename it or digitize it into another folder"
            )
        self._taken.update(names)


def require_status(path: str, recording: Recording, least: LeadStatus) -> None:
    """Raise QualityError when a printed lead's status is below `least`."""
    accepted = {LeadStatus.OK} if least is LeadStatus.OK else {LeadStatus.OK, LeadStatus.REVIEW}
    for lead in recording.leads:
        if lead.status not in accepted:
            reason = lead.reasons[0] if lead.reasons else lead.status
            raise QualityError(
                f"{path}: lead {lead.name} is '{lead.status}' ({reason}) and "
                f"'{least}' was required; look at its overlay without --require"
            )


def split(outcomes: Iterable[ResultT | Failure]) -> tuple[list[ResultT], list[Failure]]:
    """Part what was done from what failed."""
    done: list[ResultT] = []
    failures: list[Failure] = []
    for outcome in outcomes:
        if isinstance(outcome, Failure):
            failures.append(outcome)
        else:
            done.append(outcome)
    return done, failures
