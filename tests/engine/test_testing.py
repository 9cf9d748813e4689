"""The conformance checks themselves: each planted fault is found, and told in words."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from ecgengine.data.hints import Hints
from ecgengine.data.layout import Cell, Layout
from ecgengine.data.page import Page
from ecgengine.data.sheet import Sheet
from ecgengine.data.source import SourceGuess
from ecgengine.data.strips import Strips
from ecgengine.data.tracemap import TraceMap
from ecgengine.data.traces import Trace, Traces
from ecgengine.errors import NoEcgFoundError
from ecgengine.plugins.hooks import StagePlugin
from ecgengine.testing import (
    CheckResult,
    check_extractor,
    check_hooks,
    check_layout,
    check_preprocessor,
    check_reader,
    check_rectifier,
    check_writer,
    faults,
    material,
)


def offer(
    factory: Callable[[Any], Any], module: str = "ecgengine.plugins.hooks", **fields: Any
) -> StagePlugin[Any]:
    """Offer a stage as if its factory stood in `module`."""
    factory.__module__ = module
    return StagePlugin(**{"name": "planted", "factory": factory, "summary": "a test", **fields})


def found(results: tuple[CheckResult, ...]) -> dict[str, str]:
    return {result.check: result.message for result in faults(results)}


class Gives:
    """A stage whose every method is one function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.preprocess = self.rectify = self.extract = self.render = function


def keeps(page: Page) -> Page:
    return page


def test_a_faultless_stage_passes() -> None:
    results = check_preprocessor(offer(lambda options: Gives(keeps)))
    assert not faults(results)
    assert {result.group for result in results} == {"api", "behavior", "accuracy"}


def changes_input(page: Page) -> Page:
    page.image[0, 0, 0] ^= 1
    return replace(page, image=page.image.copy())


def dims(page: Page) -> Page:
    return replace(page, image=(page.image // 4).astype(np.uint8))


def crops(page: Page) -> Page:
    return replace(page, image=page.image[:-1])


def wanders(page: Page) -> Page:
    noise = np.random.default_rng().integers(0, 2, page.image.shape, dtype=np.uint8)
    return replace(page, image=page.image ^ noise)


def widens(page: Page) -> Page:
    return replace(page, image=page.image.astype(np.float32))  # type: ignore[arg-type]


def renames(page: Page) -> Page:
    return replace(page, name="other")


def breaks(page: Page) -> Page:
    raise NoEcgFoundError("refused")


@pytest.mark.parametrize(
    ("fault", "check", "message"),
    [
        (changes_input, "blank", "it changes its input"),
        (dims, "sample page", "levels darker"),
        (crops, "sample", "changes the size"),
        (wanders, "repeats", "something else"),
        (widens, "sample", "float32, not uint8"),
        (renames, "blank", "changes more than the image"),
        (breaks, "one pixel", "NoEcgFoundError"),
    ],
)
def test_faults_of_behavior(fault: Callable[..., Any], check: str, message: str) -> None:
    assert message in found(check_preprocessor(offer(lambda options: Gives(fault))))[check]


def test_a_stage_that_may_refuse_may_not_refuse_the_sample() -> None:
    def refuse(page: Page, hints: Hints) -> Sheet:
        raise NoEcgFoundError("no grid")

    assert set(found(check_rectifier(offer(lambda options: Gives(refuse))))) == {
        "sample",
        "repeats",
        "sample page",
    }


def test_a_wrong_scale_is_found() -> None:
    def stretch(page: Page, hints: Hints) -> Sheet:
        return replace(material.sheet_of(page), px_per_mm_x=8.03)

    problems = found(check_rectifier(offer(lambda options: Gives(stretch))))
    assert list(problems) == ["sample page"]
    assert "px/mm along x is off by" in problems["sample page"]


def read_exactly(sheet: Sheet, trace_map: TraceMap, strips: Strips) -> Traces:
    return material.sample_traces() if len(strips.strips) > 1 else Traces(())


def read_late(sheet: Sheet, trace_map: TraceMap, strips: Strips) -> Traces:
    return Traces(
        tuple(replace(t, x0_px=t.x0_px + 8) for t in read_exactly(sheet, trace_map, strips).traces)
    )


def read_anything(sheet: Sheet, trace_map: TraceMap, strips: Strips) -> Traces:
    return Traces((Trace(0, 0.0, 1.0, np.zeros(9), np.full(9, 2.0, np.float32)),))


def test_faults_of_extraction() -> None:
    assert not found(check_extractor(offer(lambda options: Gives(read_exactly))))
    late = found(check_extractor(offer(lambda options: Gives(read_late))))
    assert "dB on a page without noise" in late["sample page"]
    wild = found(check_extractor(offer(lambda options: Gives(read_anything))))
    assert wild["no strips"] == "there is no strip 0"
    assert "confidence leaves 0..1" in wild["blank"]


def test_faults_of_files() -> None:
    files = {"../up.csv": b"", "sample.csv": "text"}
    problems = found(check_writer(offer(lambda options: Gives(lambda result: files))))
    assert "plain file name" in problems["sample"]


def test_faults_of_layouts() -> None:
    rows = ((Cell("I", 0, 2.5), Cell("V7", 3.0, 2.5)),)
    layout = Layout("other", rows)
    problems = found(check_layout(offer(lambda options: layout)))
    assert "a gap follows" in problems["sound layout"]


class Garbler:
    """A reader that claims everything and gives what it likes."""

    def can_read(self, head: bytes, suffix: str) -> bool:
        return True

    def read(self, data: bytes, path: str, stem: str) -> list[Page]:
        if len(data) < 1000:
            raise KeyError("offset")
        return [Page(np.zeros((2, 2, 3), np.uint8), stem, path)]


def test_faults_of_readers() -> None:
    problems = found(check_reader(offer(lambda options: Garbler())))
    assert problems["empty"] == "it claims to know an empty file"
    assert problems["PNG"] == "it changes pixels of the file"
    assert "KeyError" in problems["broken JPEG"]


def calls_home(options: object) -> Gives:
    socket.create_connection(("127.0.0.1", 9))
    return Gives(keeps)


def test_faults_of_records() -> None:
    problems = found(check_preprocessor(offer(calls_home, name="Two Words", summary="")))
    assert problems["no network"] == "it opens a network connection"
    assert "not lower case" in problems["sound record"]


def test_a_heavy_import_is_found() -> None:
    plugin = offer(lambda options: Gives(keeps), module="ecgengine.running.debug_pictures")
    problems = found(check_preprocessor(plugin))
    assert (
        "importing ecgengine.running.debug_pictures imports cv2, numpy" in problems["light import"]
    )


def test_faults_of_hooks() -> None:
    module = ModuleType("planted_hooks")
    names = iter("abcdefgh")

    def ecgengine_writers() -> list[StagePlugin[Any]]:
        print("loading")
        return [offer(keeps, name=next(names))]

    module.ecgengine_writers = ecgengine_writers  # type: ignore[attr-defined]
    module.ecgengine_wirters = ecgengine_writers  # type: ignore[attr-defined]
    problems = found(check_hooks(module))
    assert "ecgengine_wirters" in problems["known hook names"]
    assert problems["hooks without side effects"] == "its hooks print"
    assert "other records" in problems["hooks repeat"]


def test_known_failures_are_declared_with_a_reason_and_must_fail() -> None:
    plugin = offer(lambda options: Gives(crops))
    declared = {"sample": "to do", "sound record": "no longer", "no such check": "?"}
    results = {r.check: r for r in check_preprocessor(plugin, declared)}
    assert (results["sample"].outcome, results["sample"].message) == ("known", "to do")
    assert results["sound record"].outcome == "failed"
    assert "no such check" in results["no such check"].message
    assert "preprocessor planted: behavior: sample: known to do" in map(str, results.values())


def test_guesses_must_sum_to_one() -> None:
    from ecgengine.testing import check_classifier

    class Unsure:
        def classify(self, page: Page) -> SourceGuess:
            return SourceGuess(None, {})

    assert "sum to 0" in found(check_classifier(offer(lambda options: Unsure())))["blank"]
