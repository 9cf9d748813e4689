"""The checks of each stage kind."""

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
from ecgengine.data.model import MAX_MODEL_BYTES
from ecgengine.data.page import Page
from ecgengine.data.sheet import Sheet
from ecgengine.data.tracemap import TraceMap
from ecgengine.data.traces import Trace, Traces
from ecgengine.errors import EcgEngineError, UnreadableInputError
from ecgengine.plugins.hooks import StagePlugin
from ecgengine.plugins.options import Options
from ecgengine.testing import accuracy, material, sound
from ecgengine.testing.api import api_checks, build
from ecgengine.testing.compare import same
from ecgengine.testing.results import Check, CheckResult, Group, expect, run_checks

Arguments = tuple[Any, ...]
Make = Callable[[], Any]
Cases = dict[str, Callable[[], Arguments]]
Tries = Iterator[tuple[Group, str, Callable[[], object]]]
"""Group, name and run of the checks that a kind adds."""

SAMPLE = "sample"


@dataclass(frozen=True, slots=True)
class _Suite:
    """How one stage kind is tried.

    Attributes:
        method: the stage's method.
        cases: makes what to call it with, by name; `sample` is the page that it must do well.
        sound: raises a Fault for a result that cannot be, given (arguments, result).
        accurate: raises a Fault for a result on the sample that is too far off.
        may_refuse: whether an error of the engine is an answer to all but the sample.
    """

    method: str
    cases: Cases
    sound: Callable[[Arguments, Any], None]
    accurate: Callable[[Any], None] | None = None
    may_refuse: bool = True


def _pages(given: Callable[[Page], Arguments]) -> Cases:
    """Give a case for the sample page and for each page without an ECG."""
    awkward = {name: partial(given, page) for name, page in material.awkward_pages().items()}
    return {SAMPLE: lambda: given(material.sample().page)} | awkward


def _trace_maps(
    given: Callable[[Sheet, TraceMap], Arguments],
) -> Cases:
    """Give a case for the sample page as a perfect segmenter leaves it, and for awkward maps."""
    awkward = {name: partial(given, *both) for name, both in material.awkward_trace_maps().items()}
    return {SAMPLE: lambda: given(*_sample_map())} | awkward


def _sample_map() -> tuple[Sheet, TraceMap]:
    return material.sheet_of(material.sample().page), material.sample_trace_map()


def _traced(traces: Traces | None = None, hints: Hints | None = None, **strips: Any) -> Arguments:
    """Give what an assembler gets for the sample page, or for less of it."""
    sheet, found = material.sheet_of(material.sample().page), material.sample_strips()
    read = material.sample_traces() if traces is None else traces
    return "sample", sheet, replace(found, **strips), read, hints or Hints()


def _unread() -> Traces:
    def nothing(trace: Trace) -> Trace:
        y_px = np.full_like(trace.y_px, np.nan)
        return replace(trace, y_px=y_px, confidence=np.zeros_like(trace.confidence))

    return Traces(tuple(nothing(trace) for trace in material.sample_traces().traces))


def _awkward_result(name: str) -> Arguments:
    return (material.awkward_results()[name],)


def _only_pixels_change(args: Arguments, out: Page) -> None:
    sound.sound_page(out)
    expect(out.image.shape == args[0].image.shape, "it changes the size of the page")
    expect(replace(out, image=args[0].image) == args[0], "it changes more than the image")


def _sound_sheets(args: Arguments, out: tuple[Sheet, ...]) -> None:
    expect(out, "it yields no sheet")
    for sheet in out:
        sound.sound_sheet(sheet)


def _blank_stays_blank(args: Arguments, out: TraceMap) -> None:
    sound.sound_trace_map(args[0], out)
    blank = bool((args[0].image == 255).all())
    expect(not blank or float(out.trace.max()) < 0.5, "it sees a trace on a blank sheet")


def _unsure_without_ink(args: Arguments, out: Traces) -> None:
    sound.sound_traces(args[2], out)
    if not args[1].trace.any():
        sure = [trace for trace in out.traces if (trace.confidence > 0.5).any()]
        expect(not sure, "it is confident where there is no ink")


_SUITES: dict[str, _Suite] = {
    # It must answer for any page.
    "classifier": _Suite(
        "classify",
        _pages(lambda page: (page,)),
        lambda args, out: sound.sound_guess(out),
        may_refuse=False,
    ),
    # It must keep size and name of any page.
    "preprocessor": _Suite(
        "preprocess",
        _pages(lambda page: (page,)),
        _only_pixels_change,
        accuracy.accurate_page,
        may_refuse=False,
    ),
    "rectifier": _Suite(
        "rectify",
        _pages(lambda page: (page, Hints()))
        | {
            "given scale": lambda: (
                material.awkward_pages()["blank"],
                Hints(px_per_mm=(material.PX_PER_MM, material.PX_PER_MM)),
            )
        },
        _sound_sheets,
        lambda out: accuracy.accurate_sheet(out[0]),
    ),
    "segmenter": _Suite(
        "segment",
        _pages(lambda page: (material.sheet_of(page),)),
        _blank_stays_blank,
        accuracy.accurate_trace_map,
    ),
    # Every lead of the sample page, no strips out of nothing.
    "matcher": _Suite(
        "match",
        _trace_maps(lambda sheet, trace_map: (sheet, trace_map, (material.LAYOUT,), Hints())),
        lambda args, out: sound.sound_strips(out),
        accuracy.accurate_strips,
    ),
    "extractor": _Suite(
        "extract",
        _trace_maps(lambda sheet, trace_map: (sheet, trace_map, material.one_strip(sheet)))
        | {
            SAMPLE: lambda: (*_sample_map(), material.sample_strips()),
            "no strips": lambda: (*_sample_map(), replace(material.sample_strips(), strips=())),
        },
        _unsure_without_ink,
        accuracy.accurate_traces,
    ),
    # Always the twelve leads, with reasons; exact from exact traces.
    "assembler": _Suite(
        "assemble",
        {
            SAMPLE: _traced,
            "empty": lambda: _traced(Traces(())),
            "no strips": lambda: _traced(Traces(()), strips=()),
            "NaN": lambda: _traced(_unread()),
            "odd rate": lambda: _traced(hints=Hints(fs_hz=333.3)),
        },
        lambda args, out: sound.sound_recording(out),
        accuracy.accurate_recording,
        may_refuse=False,
    ),
    # Plain file names, bytes, any recording, the same bytes each time.
    "writer": _Suite(
        "render",
        {SAMPLE: lambda: (material.sample_result(),)}
        | {name: partial(_awkward_result, name) for name in ("NaN", "empty", "odd name")},
        lambda args, out: sound.sound_files(args[0], out),
    ),
}
"""How each stage of the pipeline is tried."""


def _stage_checks(suite: _Suite, make: Make) -> Tries:
    """Run every case once; the sample twice."""
    stage = cache(make)

    @cache
    def result(name: str) -> tuple[Arguments, Any]:
        """Give a case and its result, or None where the stage refuses as it may."""
        arguments = suite.cases[name]()
        before = deepcopy(arguments)
        try:
            given = _gathered(getattr(stage(), suite.method)(*arguments))
        except EcgEngineError:
            if name == SAMPLE or not suite.may_refuse:
                raise
            given = None
        expect(same(before, arguments), "it changes its input")
        return arguments, given

    def sound_case(name: str) -> None:
        arguments, given = result(name)
        if given is not None:
            suite.sound(arguments, given)

    def repeats() -> None:
        arguments, given = result(SAMPLE)
        again = _gathered(getattr(make(), suite.method)(*arguments))
        expect(same(given, again), "a second run gives something else")

    for name in suite.cases:
        yield "behavior", name, partial(sound_case, name)
    yield "behavior", "repeats", repeats
    accurate = suite.accurate
    if accurate is not None:
        yield "accuracy", "sample page", lambda: accurate(result(SAMPLE)[1])


def _gathered(given: Any) -> Any:
    """Give what a stage yields as a tuple, so that it can be looked at twice."""
    return tuple(given) if isinstance(given, Iterator) else given


def _layout_checks(plugin: StagePlugin[Any], make: Make) -> Tries:
    """Try a layout: known leads, rows without gaps, the name of its plugin."""

    def sound_layout() -> None:
        layout = make()
        sound.sound_layout(layout)
        expect(layout.name == plugin.name, f"it calls itself {layout.name}, not {plugin.name}")

    yield "behavior", "sound layout", sound_layout


def _model_checks(plugin: StagePlugin[Any], make: Make) -> Tries:
    """Try a model: a card that says everything, a file that it describes, the plugin's name."""

    def sound_card() -> None:
        model = make()
        expect(model.name == plugin.name, f"it calls itself {model.name}, not {plugin.name}")
        for field in ("task", "license", "data", "training", "scores"):
            expect(getattr(model, field), f"its card says nothing of its {field}")

    def whole_file() -> None:
        expect(len(make().read()) <= MAX_MODEL_BYTES, "its file is larger than 16 MiB")

    yield "behavior", "sound card", sound_card
    yield "behavior", "whole file", whole_file


def _trainer_checks(plugin: StagePlugin[Any], make: Make) -> Tries:
    """Try to build a trainer; training itself takes longer than a check may."""
    yield "behavior", "builds", lambda: expect(callable(make().train), "it cannot train")


def _reader_checks(plugin: StagePlugin[Any], make: Make) -> Tries:
    """Try whole files of the formats that a reader knows, and broken ones of them."""

    def knows(data: bytes, suffix: str) -> bool:
        answer = make().can_read(data[:4096], suffix)
        expect(isinstance(answer, bool), f"can_read gave {type(answer).__name__}, not bool")
        return bool(answer)

    def read(data: bytes, suffix: str) -> list[Page]:
        return list(make().read(data, f"sample{suffix}", "sample"))

    def nothing() -> None:
        expect(not knows(b"", ""), "it claims to know an empty file")
        expect(not knows(b"no picture at all", ".xyz"), "it claims to know plain text")

    def whole(format_: str, suffix: str, exact: bool) -> None:
        data = _file(format_)
        if not knows(data, suffix):
            return
        pages = read(data, suffix)
        expect(len(pages) == 1, f"it reads {len(pages)} pages from a picture of one")
        sound.sound_page(pages[0])
        expect(same(pages, read(data, suffix)), "it reads the same file differently")
        kept = np.array_equal(pages[0].image, material.sample().page.image)
        expect(kept or not exact, "it changes pixels of the file")

    def broken(format_: str, suffix: str) -> None:
        data = _file(format_)
        for part in (data[: len(data) // 2], data[:20], data[:8] + b"\xff" * 200):
            if not knows(part, suffix):
                continue
            try:
                read(part, suffix)
            except UnreadableInputError as error:
                named = f"sample{suffix}" in str(error)
                expect(named, f"the error does not name the file: {error}")

    yield "behavior", "empty", nothing
    for format_, suffix, exact in _FORMATS:
        yield "accuracy", format_, partial(whole, format_, suffix, exact)
        yield "behavior", f"broken {format_}", partial(broken, format_, suffix)


_FORMATS = (
    ("PNG", ".png", True),
    ("TIFF", ".tif", True),
    ("BMP", ".bmp", True),
    ("JPEG", ".jpg", False),
    ("PDF", ".pdf", False),
)
"""Formats, their suffixes, and whether they keep every pixel."""


@cache
def _file(format_: str) -> bytes:
    """Give the sample page as a file."""
    buffer = io.BytesIO()
    Image.fromarray(material.sample().page.image).save(buffer, format_)
    return buffer.getvalue()


def _dataset_checks(plugin: StagePlugin[Any], make: Make) -> Tries:
    """Try a dataset: plain unique names, sound cases that repeat, truth where the page has it."""
    dataset = cache(make)

    def sound_names() -> None:
        names = dataset().names()
        expect(names, "it has no cases")
        expect(len(set(names)) == len(names), "it names a case twice")
        for name in names:
            expect(name and not set(name) & set('/\\:*?"<>|'), f"{name!r} is no plain file name")
        expect(list(make().names()) == list(names), "its names change")

    def sound_first() -> None:
        name = dataset().names()[0]
        case = dataset().load(name)
        expect(case.name == name, f"the case {name} calls itself {case.name}")
        sound.sound_case(case)

    def repeats() -> None:
        name = dataset().names()[-1]
        again = make().load(name)
        expect(same(dataset().load(name), again), "it gives another case for the same name")

    yield "behavior", "sound names", sound_names
    yield "behavior", "sound case", sound_first
    yield "behavior", "repeats", repeats


_OTHERS: dict[str, Callable[[StagePlugin[Any], Make], Tries]] = {
    "layout": _layout_checks,
    "model": _model_checks,
    "trainer": _trainer_checks,
    "reader": _reader_checks,
    "dataset": _dataset_checks,
}
"""The checks of what is no stage of the pipeline, or is tried in more ways than one."""


def checks(
    kind: str, plugin: StagePlugin[Any], options: Options | None = None
) -> tuple[Check, ...]:
    """List the checks for a plugin, to be run one by one; nothing is built before.

    Args:
        kind: its stage kind, given as in `--extractor`; KeyError if unknown.
        plugin: what to check.
        options: what to build it with, where its defaults are not enough.
    """
    subject = f"{kind} {plugin.name}"
    suite, make = _SUITES.get(kind), partial(build, plugin, options)
    own = _stage_checks(suite, make) if suite else _OTHERS[kind](plugin, make)
    record = api_checks(subject, plugin, make)
    return (*record, *(Check(subject, group, name, run) for group, name, run in own))


def check_plugin(
    kind: str,
    plugin: StagePlugin[Any],
    options: Options | None = None,
    known_failures: Mapping[str, str] | None = None,
) -> tuple[CheckResult, ...]:
    """Run every check for a plugin; what it is known to fail is given by name, with a reason."""
    return run_checks(checks(kind, plugin, options), known_failures)
