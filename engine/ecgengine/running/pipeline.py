"""The one place where the stages follow each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from ecgengine.data.digitized import Digitized
from ecgengine.data.hints import Hints
from ecgengine.data.page import Page
from ecgengine.data.recording import Recording, StageRecord
from ecgengine.data.sheet import Sheet
from ecgengine.data.source import Source, SourceGuess
from ecgengine.data.strips import Strips
from ecgengine.data.tracemap import TraceMap
from ecgengine.data.traces import Traces
from ecgengine.errors import UnreadableInputError
from ecgengine.plugins.calling import Outcome, call
from ecgengine.plugins.manager import PluginManager, Selected
from ecgengine.plugins.options import Options

Step = tuple[str, ...]
"""One step on a page's way: stage kind, plugin name, provider, options as JSON."""

StepRunner = Callable[[tuple[Step, ...], Callable[[], Outcome[Any]]], Outcome[Any]]
"""Runs a step, given the whole way to it (itself the last). Equal ways give equal results."""

Observer = Callable[[str, object], None]
"""Told of every stage's result: (stage kind, result). Used for debug pictures and progress."""

ResultT = TypeVar("ResultT")

HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Inspection:
    """What is on a page, before anything is read from it."""

    page: Page
    guess: SourceGuess
    sheet: Sheet
    trace_map: TraceMap
    strips: Strips
    provenance: tuple[StageRecord, ...]


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
    _built: dict[tuple[str, str], Any] = field(default_factory=dict, init=False, repr=False)

    def read(self, data: bytes, path: str, stem: str) -> Iterator[Page]:
        """Yield the pages of a file's contents.

        Raises UnreadableInputError when no reader knows the format or the file is broken.
        """
        if not data:
            raise UnreadableInputError(f"{path} is empty (0 bytes); check that it was copied whole")
        suffix = "." + path.rsplit(".", 1)[-1].lower() if "." in path else ""
        for plugin in self.manager.plugins("reader"):
            selected = self.manager.select("reader", plugin.name, options=self.options)
            reader = self._stage(selected)
            if call(
                plugin.provider,
                "recognizing the format",
                reader.can_read,
                data[:HEAD_BYTES],
                suffix,
                expects=bool,
            ).value:
                pages = call(plugin.provider, f"reading {path}", reader.read, data, path, stem)
                yield from pages.value
                return
        names = ", ".join(plugin.name for plugin in self.manager.plugins("reader"))
        raise UnreadableInputError(
            f"{path} is in no format that a reader knows (readers: {names}); "
            "convert it to PNG, JPEG, TIFF or PDF"
        )

    def of_sheet(self, index: int) -> Pipeline:
        """Give the same pipeline, with the same built stages, for another sheet of each picture."""
        other = replace(self, hints=replace(self.hints, sheet=index))
        other._built = self._built
        return other

    def inspect(self, page: Page) -> Inspection:
        """Find out what is on a page, up to its layout, without reading the curves."""
        return self._inspect(_Run(self), page)

    def _inspect(self, run: _Run, page: Page) -> Inspection:
        guess = self._guess(run, page)
        evened = run.step("preprocessor", guess.source, "preprocess", Page, page)
        sheet = run.step("rectifier", guess.source, "rectify", Sheet, evened, self.hints)
        trace_map = run.step("segmenter", guess.source, "segment", TraceMap, sheet)
        layouts = tuple(
            self._stage(self.manager.select("layout", plugin.name, options=self.options))
            for plugin in self.manager.plugins("layout")
        )
        strips = run.step(
            "matcher", guess.source, "match", Strips, sheet, trace_map, layouts, self.hints
        )
        return Inspection(page, guess, sheet, trace_map, strips, tuple(run.records))

    def digitize(self, page: Page) -> Digitized:
        """Take a page through every stage.

        Raises NoEcgFoundError when there is no ECG or no scale, PluginError when a stage fails.
        """
        run = _Run(self)
        found = self._inspect(run, page)
        traces = run.step(
            "extractor",
            found.guess.source,
            "extract",
            Traces,
            found.sheet,
            found.trace_map,
            found.strips,
        )
        recording = run.step(
            "assembler",
            found.guess.source,
            "assemble",
            Recording,
            page.name,
            found.sheet,
            found.strips,
            traces,
            self.hints,
        )
        notes = tuple(dict.fromkeys(found.sheet.notes + found.strips.notes + recording.notes))
        recording = replace(recording, notes=notes, provenance=tuple(run.records))
        return Digitized(
            page, found.guess, found.sheet, found.trace_map, found.strips, traces, recording
        )

    def _guess(self, run: _Run, page: Page) -> SourceGuess:
        if self.source is not None:
            return SourceGuess(self.source, {self.source: 1.0})
        return run.step("classifier", None, "classify", SourceGuess, page)

    def _stage(self, selected: Selected) -> Any:
        key = (selected.kind, selected.plugin.name)
        if key not in self._built:
            self._built[key] = selected.build()
        return self._built[key]


class _Run:
    """One page's way through the stages: runs each, keeps the records."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._way: tuple[Step, ...] = ()
        self.records: list[StageRecord] = []

    def step(
        self, kind: str, source: Source | None, method: str, expects: type[ResultT], *args: object
    ) -> ResultT:
        """Select, build and run the stage of a kind; note it; tell the observer."""
        pipeline = self._pipeline
        selected = pipeline.manager.select(
            kind, pipeline.choices.get(kind), source=source, options=pipeline.options
        )
        stage = pipeline._stage(selected)
        plugin = selected.plugin
        doing = f"running the {kind} '{plugin.name}'"
        options: Options = selected.options
        self._way += ((kind, plugin.name, plugin.provider, options.model_dump_json()),)

        def run() -> Outcome[Any]:
            return call(plugin.provider, doing, getattr(stage, method), *args, expects=expects)

        outcome = run() if pipeline.run_step is None else pipeline.run_step(self._way, run)
        self.records.append(
            StageRecord(kind, plugin.name, plugin.provider, options.model_dump(), outcome.seconds)
        )
        result: ResultT = outcome.value
        if pipeline.observe is not None:
            pipeline.observe(kind, result)
        return result
