"""The pipeline: the one place where the stages follow each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from ecgengine.data.digitized import Digitized
from ecgengine.data.hints import Hints
from ecgengine.data.page import Page
from ecgengine.data.recording import Recording, StageRecord
from ecgengine.data.sheet import Sheet
from ecgengine.data.source import Source, SourceGuess
from ecgengine.data.strips import Strips
from ecgengine.data.tracemap import TraceMap
from ecgengine.data.traces import Traces
from ecgengine.errors import NoEcgFoundError, UnreadableInputError
from ecgengine.plugins.calling import Outcome, call
from ecgengine.plugins.kinds import (
    ASSEMBLER,
    CLASSIFIER,
    EXTRACTOR,
    LAYOUT,
    MATCHER,
    PREPROCESSOR,
    READER,
    RECTIFIER,
    SEGMENTER,
    StageKind,
)
from ecgengine.plugins.manager import PluginManager, Selected

if TYPE_CHECKING:
    from ecgengine.plugins.stages import Rectifier

Step = tuple[str, ...]
"""One step on a page's way: kind, name, provider and options as JSON, of a stage and its needs."""

StepRunner = Callable[[tuple[Step, ...], Callable[[], Outcome[Any]]], Outcome[Any]]
"""Runs a step, given the whole way to it (itself the last). Equal ways give equal results."""

Observer = Callable[[str, str, object], None]
"""Told of every stage's result: (page name, stage kind, result). For debug pictures."""

ResultT = TypeVar("ResultT")
StageT = TypeVar("StageT")

HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class FlatSheet:
    """A sheet of a page, laid flat, with the way that led to it."""

    page: Page
    guess: SourceGuess
    sheet: Sheet
    way: Way


@dataclass(frozen=True, slots=True)
class Inspection:
    """What is on a sheet of a page, before any curve is read, with the way that led to it."""

    page: Page
    guess: SourceGuess
    sheet: Sheet
    trace_map: TraceMap
    strips: Strips
    way: Way


@dataclass
class Pipeline:
    """A chain of chosen stages, ready for many pages.

    Attributes:
        manager: where plugins come from.
        hints: what the user says about the pages.
        source: the pages' source when the user knows it; otherwise the classifier is asked.
        choices: plugin name by stage kind; other kinds are selected by source and priority.
        options: option values by stage kind or plugin name, such as
            `{"extractor": {"smoothness": 0.3}}`.
        observe: told of every stage's result.
        run_step: runs every step; whoever sets it may keep results that several pipelines share.
    """

    manager: PluginManager
    hints: Hints = field(default_factory=Hints)
    source: Source | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    observe: Observer | None = None
    run_step: StepRunner | None = None
    built: dict[tuple[str, str], Any] = field(default_factory=dict, init=False, repr=False)

    def read(self, data: bytes, path: str, stem: str) -> Iterator[Page]:
        """Yield the pages of a file's contents.

        Raises UnreadableInputError when no reader knows the format or the file is broken.
        """
        if not data:
            raise UnreadableInputError(f"{path} is empty (0 bytes); check that it was copied whole")
        suffix = "." + path.rsplit(".", 1)[-1].lower() if "." in path else ""
        readers = self._all_of(READER)
        for selected, reader in readers:
            provider = selected.plugin.provider
            doing = "recognizing the format"
            head = data[:HEAD_BYTES]
            if call(provider, doing, reader.can_read, head, suffix, expects=bool).value:
                yield from call(provider, f"reading {path}", reader.read, data, path, stem).value
                return
        names = ", ".join(selected.plugin.name for selected, _ in readers)
        raise UnreadableInputError(
            f"{path} is in no format that a reader knows (readers: {names}); "
            "convert it to PNG, JPEG, TIFF or PDF"
        )

    def digitize(self, page: Page) -> Digitized:
        """Take the largest sheet of a page through every stage.

        Raises NoEcgFoundError when there is no ECG or no scale, PluginError when a stage fails.
        """
        return self.extract(self.inspect(next(self.sheets(page))))

    def sheets(self, page: Page) -> Iterator[FlatSheet]:
        """Yield every sheet of a page, the largest first; at least one, or NoEcgFoundError.

        The page of the second sheet is called `NAME_s2`, and so on.
        """
        way = Way(self, page.name)
        way.tell("page", page)
        if self.source is not None:
            guess = SourceGuess(self.source, {self.source: 1.0})
        else:
            guess = way.step(CLASSIFIER, SourceGuess, lambda stage: stage.classify(page))
        way.source = guess.source
        evened = way.step(PREPROCESSOR, Page, lambda stage: stage.preprocess(page))
        waiting: list[Iterator[Sheet]] = []

        def next_sheet(rectifier: Rectifier) -> Sheet:
            waiting[:] = waiting or [rectifier.rectify(evened, self.hints)]
            for sheet in waiting[0]:
                return sheet
            raise _NoMoreSheetsError(f"{page.name}: the rectifier found no sheet")

        for index in count():
            own = way.fork(f"{page.name}_s{index + 1}" if index else None)
            try:
                sheet = own.step(RECTIFIER, Sheet, next_sheet)
            except _NoMoreSheetsError:
                if index == 0:
                    raise
                return
            yield FlatSheet(replace(page, name=own.name), guess, sheet, own)

    def inspect(self, flat: FlatSheet) -> Inspection:
        """Find out what is on a sheet, up to its layout, without reading the curves."""
        sheet, way = flat.sheet, flat.way.fork()
        trace_map = way.step(SEGMENTER, TraceMap, lambda stage: stage.segment(sheet))
        layouts = tuple(layout for _, layout in self._all_of(LAYOUT))
        strips = way.step(
            MATCHER, Strips, lambda stage: stage.match(sheet, trace_map, layouts, self.hints)
        )
        return Inspection(flat.page, flat.guess, sheet, trace_map, strips, way)

    def extract(self, found: Inspection) -> Digitized:
        """Read the curves of a sheet and make the recording of them."""
        page, sheet, trace_map, strips = found.page, found.sheet, found.trace_map, found.strips
        way = found.way.fork()
        traces = way.step(EXTRACTOR, Traces, lambda stage: stage.extract(sheet, trace_map, strips))
        recording = way.step(
            ASSEMBLER,
            Recording,
            lambda stage: stage.assemble(page.name, sheet, strips, traces, self.hints),
        )
        notes = tuple(dict.fromkeys(sheet.notes + strips.notes + recording.notes))
        recording = replace(recording, notes=notes, provenance=tuple(way.records))
        return Digitized(page, found.guess, sheet, trace_map, strips, traces, recording)

    def _all_of(self, kind: StageKind[StageT]) -> list[tuple[Selected[StageT], StageT]]:
        """Give every plugin of a kind and what it builds, in the order of their priority."""
        chosen = (
            self.manager.select(kind, plugin.name, options=self.options)
            for plugin in self.manager.plugins(kind)
        )
        return [(selected, selected.build(self.built)) for selected in chosen]


class Way:
    """The way of one sheet through the stages: runs each, keeps what ran.

    Attributes:
        name: of the page or of one of its sheets.
        source: what kind of picture it is, as far as that is known.
        records: the stages that ran, before each those that it needed.
    """

    def __init__(self, pipeline: Pipeline, name: str) -> None:
        self.name = name
        self.source: Source | None = None
        self.records: list[StageRecord] = []
        self._pipeline = pipeline
        self._steps: tuple[Step, ...] = ()

    def fork(self, name: str | None = None) -> Way:
        """Give a way that goes on from here, of a sheet of its own where that is named."""
        other = Way(self._pipeline, name or self.name)
        other.source, other.records = self.source, list(self.records)
        other._steps = self._steps if name is None else (*self._steps, ("sheet", name))
        return other

    def step(
        self, kind: StageKind[StageT], expects: type[ResultT], work: Callable[[StageT], ResultT]
    ) -> ResultT:
        """Select and build the stage of a kind, let it work; note it; tell the observer."""
        pipeline = self._pipeline
        selected = pipeline.manager.select(
            kind, pipeline.choices.get(kind), source=self.source, options=pipeline.options
        )
        stage = selected.build(pipeline.built)
        plugin = selected.plugin
        doing = f"running the {kind} '{plugin.name}'"
        self._steps += (tuple(text for each in selected.every() for text in _named(each)),)

        def run() -> Outcome[Any]:
            return call(plugin.provider, doing, work, stage, expects=expects)

        outcome = run() if pipeline.run_step is None else pipeline.run_step(self._steps, run)
        for each in reversed(selected.every()):
            own = each is selected
            self.records.append(
                StageRecord(
                    *(each.kind, each.plugin.name, each.plugin.provider),
                    each.options.model_dump(),
                    outcome.seconds if own else None,
                    "" if own else plugin.name,
                )
            )
        result: ResultT = outcome.value
        self.tell(kind, result)
        return result

    def tell(self, kind: str, result: object) -> None:
        """Tell the pipeline's observer of a result."""
        if self._pipeline.observe is not None:
            self._pipeline.observe(self.name, kind, result)


class _NoMoreSheetsError(NoEcgFoundError):
    """A rectifier that was asked for a sheet has none left."""


def _named(selected: Selected[Any]) -> Step:
    plugin, options = selected.plugin, selected.options
    return selected.kind, plugin.name, plugin.provider, options.model_dump_json()
