"""The checks of each stage kind, put together."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np
from PIL import Image

from ecgengine.data.hints import Hints
from ecgengine.data.layout import Layout
from ecgengine.data.model import MAX_MODEL_BYTES, Model
from ecgengine.data.page import Page
from ecgengine.data.sheet import Sheet
from ecgengine.data.traces import Trace, Traces
from ecgengine.errors import EcgEngineError, UnreadableInputError
from ecgengine.plugins.hooks import StagePlugin
from ecgengine.plugins.stages import (
    Assembler,
    Classifier,
    Dataset,
    Extractor,
    Matcher,
    Preprocessor,
    Reader,
    Rectifier,
    Segmenter,
    Trainer,
    Writer,
)
from ecgengine.testing import accuracy, material, sound
from ecgengine.testing.api import api_checks, build
from ecgengine.testing.compare import same
from ecgengine.testing.results import Check, CheckResult, expect, run_checks

Arguments = tuple[Any, ...]
KnownFailures = Mapping[str, str] | None

SAMPLE = "sample"


@dataclass(frozen=True, slots=True)
class _Suite:
    """How one stage kind is tried.

    Attributes:
        method: the stage's method.
        cases: what to call it with, by name; `sample` is the page that it must do well.
        sound: raises a Fault for a result that cannot be, given (arguments, result).
        accurate: raises a Fault for a result on the sample that is too far off.
        may_refuse: whether an error of the engine is an answer to all but the sample.
    """

    method: str
    cases: Callable[[], dict[str, Arguments]]
    sound: Callable[[Arguments, Any], None]
    accurate: Callable[[Any], None] | None = None
    may_refuse: bool = True


def check_plugin(
    kind: str, plugin: StagePlugin[Any], known_failures: KnownFailures = None
) -> tuple[CheckResult, ...]:
    """Run every check for a plugin of a kind, given as in `--extractor`; KeyError if unknown."""
    checks: dict[str, Callable[..., tuple[CheckResult, ...]]] = {
        "reader": check_reader,
        "classifier": check_classifier,
        "preprocessor": check_preprocessor,
        "rectifier": check_rectifier,
        "segmenter": check_segmenter,
        "layout": check_layout,
        "matcher": check_matcher,
        "extractor": check_extractor,
        "assembler": check_assembler,
        "writer": check_writer,
        "dataset": check_dataset,
        "model": check_model,
        "trainer": check_trainer,
    }
    return checks[kind](plugin, known_failures)


def check_classifier(
    plugin: StagePlugin[Classifier], known_failures: KnownFailures = None
) -> tuple[CheckResult, ...]:
    """Check a classifier; it must answer for any page."""
    suite = _Suite("classify", _pages, lambda args, out: sound.sound_guess(out), may_refuse=False)
    return _run("classifier", plugin, suite, known_failures)


def check_preprocessor(
    plugin: StagePlugin[Preprocessor], known_failures: KnownFailures = None
) -> tuple[CheckResult, ...]:
    """Check a preprocessor; it must keep size and name of any page."""

    def kept(args: Arguments, out: Page) -> None:
        sound.sound_page(out)
        expect(out.image.shape == args[0].image.shape, "it changes the size of the page")
        expect(replace(out, image=args[0].image) == args[0], "it changes more than the image")

    suite = _Suite("preprocess", _pages, kept, accuracy.accurate_page, may_refuse=False)
    return _run("preprocessor", plugin, suite, known_failures)


def check_rectifier(
    plugin: StagePlugin[Rectifier], known_failures: KnownFailures = None
) -> tuple[CheckResult, ...]:
    """Check a rectifier: sound sheets, NoEcgFoundError where there is no grid, the right scale."""

    def cases() -> dict[str, Arguments]:
        pages = _pages()
        given = Hints(px_per_mm=(material.PX_PER_MM, material.PX_PER_MM))
        cases = {name: (*args, Hints()) for name, args in pages.items()}
        return cases | {"given scale": (*pages["blank"], given)}

    def sheets(args: Arguments, out: tuple[Sheet, ...]) -> None:
        expect(out, "it yields no sheet")
        for sheet in out:
            sound.sound_sheet(sheet)

    suite = _Suite("rectify", cases, sheets, lambda out: accuracy.accurate_sheet(out[0]))
    return _run("rectifier", plugin, suite, known_failures)


def check_segmenter(
    plugin: StagePlugin[Segmenter], known_failures: KnownFailures = None
) -> tuple[CheckResult, ...]:
    """Check a segmenter: sound maps of any sheet, an empty map of a blank one."""

    def cases() -> dict[str, Arguments]:
        return {name: (material.sheet_of(args[0]),) for name, args in _pages().items()}

    def mapped(args: Arguments, out: Any) -> None:
        sound.sound_trace_map(args[0], out)
        blank = bool((args[0].image == 255).all())
        expect(not blank or float(out.trace.max()) < 0.5, "it sees a trace on a blank sheet")

    suite = _Suite("segment", cases, mapped, accuracy.accurate_trace_map)
    return _run("segmenter", plugin, suite, known_failures)


def check_matcher(
    plugin: StagePlugin[Matcher], known_failures: KnownFailures = None
) -> tuple[CheckResult, ...]:
    """Check a matcher: every lead of the sample page, no strips out of nothing."""

    def cases() -> dict[str, Arguments]:
        layouts = (material.LAYOUT,)
        sheet, trace_map = material.sheet_of(material.sample().page), material.sample_trace_map()
        awkward = material.awkward_trace_maps().items()
        return {SAMPLE: (sheet, trace_map, layouts, Hints())} | {
            name: (*both, layouts, Hints()) for name, both in awkward
        }

    suite = _Suite(
        "match", cases, lambda args, out: sound.sound_strips(out), accuracy.accurate_strips
    )
    return _run("matcher", plugin, suite, known_failures)


def check_extractor(
    plugin: StagePlugin[Extractor], known_failures: KnownFailures = None
) -> tuple[CheckResult, ...]:
    """Check an extractor: sound traces of any map, the curves of the sample page."""

    def cases() -> dict[str, Arguments]:
        sheet = material.sheet_of(material.sample().page)
        exact = (sheet, material.sample_trace_map(), material.sample_strips())
        nothing = replace(material.sample_strips(), strips=())
        return {
            SAMPLE: exact,
            "no strips": (*exact[:2], nothing),
            **{
                name: (sheet, trace_map, material.one_strip(sheet))
                for name, (sheet, trace_map) in material.awkward_trace_maps().items()
            },
        }

    def read(args: Arguments, out: Traces) -> None:
        sound.sound_traces(args[2], out)
        if not args[1].trace.any():
            sure = [trace for trace in out.traces if (trace.confidence > 0.5).any()]
            expect(not sure, "it is confident where there is no ink")

    suite = _Suite("extract", cases, read, accuracy.accurate_traces)
    return _run("extractor", plugin, suite, known_failures)


def check_assembler(
    plugin: StagePlugin[Assembler], known_failures: KnownFailures = None
) -> tuple[CheckResult, ...]:
    """Check an assembler: always the twelve leads, with reasons, exact from exact traces."""

    def cases() -> dict[str, Arguments]:
        sheet, strips = material.sheet_of(material.sample().page), material.sample_strips()
        traces = material.sample_traces()
        unread = Traces(tuple(_unread(trace) for trace in traces.traces))
        return {
            SAMPLE: ("sample", sheet, strips, traces, Hints()),
            "empty": ("sample", sheet, strips, Traces(()), Hints()),
            "no strips": ("sample", sheet, replace(strips, strips=()), Traces(()), Hints()),
            "NaN": ("sample", sheet, strips, unread, Hints()),
            "odd rate": ("sample", sheet, strips, traces, Hints(fs_hz=333.3)),
        }

    suite = _Suite(
        "assemble",
        cases,
        lambda args, out: sound.sound_recording(out),
        accuracy.accurate_recording,
        may_refuse=False,
    )
    return _run("assembler", plugin, suite, known_failures)


def check_writer(
    plugin: StagePlugin[Writer], known_failures: KnownFailures = None
) -> tuple[CheckResult, ...]:
    """Check a writer: plain file names, bytes, any recording, the same bytes each time."""

    def cases() -> dict[str, Arguments]:
        results = {SAMPLE: material.sample_result()} | material.awkward_results()
        return {name: (result,) for name, result in results.items()}

    suite = _Suite("render", cases, lambda args, out: sound.sound_files(args[0], out))
    return _run("writer", plugin, suite, known_failures)


def check_layout(
    plugin: StagePlugin[Layout], known_failures: KnownFailures = None
) -> tuple[CheckResult, ...]:
    """Check a layout: known leads, rows without gaps, the name of its plugin."""

    def sound_data() -> None:
        layout = build(plugin)
        sound.sound_layout(layout)
        expect(layout.name == plugin.name, f"it calls itself {layout.name}, not {plugin.name}")

    checks = [*api_checks(plugin), Check("behavior", "sound layout", sound_data)]
    return run_checks(f"layout {plugin.name}", checks, known_failures)


def check_model(
    plugin: StagePlugin[Model], known_failures: KnownFailures = None
) -> tuple[CheckResult, ...]:
    """Check a model: a card that says everything, a file that it describes, the plugin's name."""

    def card() -> Model:
        return build(plugin)

    def sound_card() -> None:
        model = card()
        expect(model.name == plugin.name, f"it calls itself {model.name}, not {plugin.name}")
        for field in ("task", "license", "data", "training", "scores"):
            expect(getattr(model, field), f"its card says nothing of its {field}")

    def whole() -> None:
        expect(len(card().read()) <= MAX_MODEL_BYTES, "its file is larger than 16 MiB")

    checks = [
        *api_checks(plugin),
        Check("behavior", "sound card", sound_card),
        Check("behavior", "whole file", whole),
    ]
    return run_checks(f"model {plugin.name}", checks, known_failures)


def check_trainer(
    plugin: StagePlugin[Trainer], known_failures: KnownFailures = None
) -> tuple[CheckResult, ...]:
    """Check a trainer's record and options; training itself takes longer than a check may."""

    def builds() -> None:
        expect(callable(build(plugin).train), "it cannot train")

    checks = [*api_checks(plugin), Check("behavior", "builds", builds)]
    return run_checks(f"trainer {plugin.name}", checks, known_failures)


def check_reader(
    plugin: StagePlugin[Reader], known_failures: KnownFailures = None
) -> tuple[CheckResult, ...]:
    """Check a reader: whole files of the formats that it knows, and broken ones of them."""

    def read(data: bytes, suffix: str) -> list[Page]:
        return list(build(plugin).read(data, f"sample{suffix}", "sample"))

    def knows(data: bytes, suffix: str) -> bool:
        answer = build(plugin).can_read(data[:4096], suffix)
        expect(isinstance(answer, bool), f"can_read gave {type(answer).__name__}, not bool")
        return answer

    def whole(data: bytes, suffix: str, exact: bool) -> None:
        if not knows(data, suffix):
            return
        pages = read(data, suffix)
        expect(len(pages) == 1, f"it reads {len(pages)} pages from a picture of one")
        sound.sound_page(pages[0])
        expect(same(pages, read(data, suffix)), "it reads the same file differently")
        expected = material.sample().page.image
        expect(
            not exact or np.array_equal(pages[0].image, expected), "it changes pixels of the file"
        )

    def broken(data: bytes, suffix: str) -> None:
        for part in (data[: len(data) // 2], data[:20], data[:8] + b"\xff" * 200):
            if not knows(part, suffix):
                continue
            try:
                read(part, suffix)
            except UnreadableInputError as error:
                expect(
                    f"sample{suffix}" in str(error), f"the error does not name the file: {error}"
                )

    def nothing() -> None:
        expect(not knows(b"", ""), "it claims to know an empty file")
        expect(not knows(b"no picture at all", ".xyz"), "it claims to know plain text")

    checks = [*api_checks(plugin), Check("behavior", "empty", nothing)]
    for name, (data, suffix, exact) in _files().items():
        checks.append(Check("accuracy", name, partial(whole, data, suffix, exact)))
        checks.append(Check("behavior", f"broken {name}", partial(broken, data, suffix)))
    return run_checks(f"reader {plugin.name}", checks, known_failures)


def check_dataset(
    plugin: StagePlugin[Dataset], known_failures: KnownFailures = None, *, which: str = ""
) -> tuple[CheckResult, ...]:
    """Check a dataset: plain unique names, sound cases that repeat, truth where the page has it.

    Args:
        plugin: the dataset.
        known_failures: why by name, for checks that it is known to fail.
        which: what stands behind the colon of `--dataset NAME:WHICH`, where it needs that.
    """
    options = plugin.options.model_validate({"which": which})

    @cache
    def dataset() -> Dataset:
        return build(plugin, options)

    def sound_names() -> None:
        names = dataset().names()
        expect(names, "it has no cases")
        expect(len(set(names)) == len(names), "it names a case twice")
        for name in names:
            expect(name and not set(name) & set('/\\:*?"<>|'), f"{name!r} is no plain file name")
        expect(list(build(plugin, options).names()) == list(names), "its names change")

    def sound_first() -> None:
        name = dataset().names()[0]
        case = dataset().load(name)
        expect(case.name == name, f"the case {name} calls itself {case.name}")
        sound.sound_case(case)

    def repeats() -> None:
        name = dataset().names()[-1]
        again = build(plugin, options).load(name)
        expect(same(dataset().load(name), again), "it gives another case for the same name")

    checks = [
        *api_checks(plugin, options),
        Check("behavior", "sound names", sound_names),
        Check("behavior", "sound case", sound_first),
        Check("behavior", "repeats", repeats),
    ]
    return run_checks(f"dataset {plugin.name}", checks, known_failures)


def _run(
    kind: str, plugin: StagePlugin[Any], suite: _Suite, known_failures: KnownFailures
) -> tuple[CheckResult, ...]:
    checks = [*api_checks(plugin), *_stage_checks(plugin, suite)]
    return run_checks(f"{kind} {plugin.name}", checks, known_failures)


def _stage_checks(plugin: StagePlugin[Any], suite: _Suite) -> Iterator[Check]:
    cases = suite.cases()

    @cache
    def stage() -> Any:
        return build(plugin)

    @cache
    def result(name: str) -> Any:
        """Run a case once; give its result, or None where the stage refuses as it may."""
        arguments = cases[name]
        before = deepcopy(arguments)
        try:
            given = _gathered(getattr(stage(), suite.method)(*arguments))
        except EcgEngineError:
            if name == SAMPLE or not suite.may_refuse:
                raise
            given = None
        expect(same(before, arguments), "it changes its input")
        return given

    def sound_case(name: str) -> None:
        given = result(name)
        if given is not None:
            suite.sound(cases[name], given)

    def repeats() -> None:
        again = _gathered(getattr(build(plugin), suite.method)(*cases[SAMPLE]))
        expect(same(result(SAMPLE), again), "a second run gives something else")

    for name in cases:
        yield Check("behavior", name, partial(sound_case, name))
    yield Check("behavior", "repeats", repeats)
    accurate = suite.accurate
    if accurate is not None:
        yield Check("accuracy", "sample page", lambda: accurate(result(SAMPLE)))


def _gathered(given: Any) -> Any:
    """Give what a stage yields as a tuple, so that it can be looked at twice."""
    return tuple(given) if isinstance(given, Iterator) else given


def _pages() -> dict[str, Arguments]:
    pages = {SAMPLE: material.sample().page} | material.awkward_pages()
    return {name: (page,) for name, page in pages.items()}


def _unread(trace: Trace) -> Trace:
    nothing = np.full_like(trace.y_px, np.nan)
    return replace(trace, y_px=nothing, confidence=np.zeros_like(trace.confidence))


@cache
def _files() -> dict[str, tuple[bytes, str, bool]]:
    """Give the sample page as files: content, suffix, whether the format keeps every pixel."""
    picture = Image.fromarray(material.sample().page.image)
    files = {}
    for name, suffix, exact in (
        ("PNG", ".png", True),
        ("TIFF", ".tif", True),
        ("BMP", ".bmp", True),
        ("JPEG", ".jpg", False),
        ("PDF", ".pdf", False),
    ):
        buffer = io.BytesIO()
        picture.save(buffer, name)
        files[name] = (buffer.getvalue(), suffix, exact)
    return files
