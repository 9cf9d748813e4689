"""Each planted fault of behavior or accuracy is found, and told in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NoReturn

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
from ecgengine.plugins.kinds import KINDS
from ecgengine.plugins.options import DatasetOptions, Options
from ecgengine.testing import check_plugin, checks, faults, material

Offer = Callable[..., StagePlugin[Any]]
Found = Callable[[str, StagePlugin[Any]], dict[str, str]]


def keeps(page: Page) -> Page:
    return page


def test_a_faultless_stage_passes(offer: Offer) -> None:
    results = check_plugin("preprocessor", offer(keeps))
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
def test_faults_of_behavior(
    offer: Offer, found: Found, fault: Callable[..., Any], check: str, message: str
) -> None:
    assert message in found("preprocessor", offer(fault))[check]


def test_a_stage_that_may_refuse_may_not_refuse_the_sample(offer: Offer, found: Found) -> None:
    def refuse(page: Page, hints: Hints) -> Sheet:
        raise NoEcgFoundError("no grid")

    assert set(found("rectifier", offer(refuse))) == {
        "sample",
        "repeats",
        "sample page",
    }


def test_a_wrong_scale_is_found(offer: Offer, found: Found) -> None:
    def stretch(page: Page, hints: Hints) -> Iterator[Sheet]:
        yield replace(material.sheet_of(page), px_per_mm_x=8.03)

    problems = found("rectifier", offer(stretch))
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


def test_faults_of_extraction(offer: Offer, found: Found) -> None:
    assert not found("extractor", offer(read_exactly))
    late = found("extractor", offer(read_late))
    assert "dB on a page without noise" in late["sample page"]
    wild = found("extractor", offer(read_anything))
    assert wild["no strips"] == "there is no strip 0"
    assert "confidence leaves 0..1" in wild["blank"]


def test_faults_of_files(offer: Offer, found: Found) -> None:
    files = {"../up.csv": b"", "sample.csv": "text"}
    problems = found("writer", offer(lambda result: files))
    assert "plain file name" in problems["sample"]


def test_faults_of_layouts(offer: Offer, found: Found) -> None:
    rows = ((Cell("I", 0, 2.5), Cell("V7", 3.0, 2.5)),)
    layout = Layout("other", rows)
    problems = found("layout", offer(factory=lambda options: layout))
    assert "a gap follows" in problems["sound layout"]


def test_columns_of_a_layout_may_show_the_same_seconds(offer: Offer, found: Found) -> None:
    together = (Cell("I", 0, 2.5), Cell("V1", 0, 2.5), Cell("V4", 0, 2.5))
    layout = Layout("planted", (together,))
    assert not found("layout", offer(factory=lambda options: layout))
    half = Layout("planted", ((*together[:2], Cell("V4", 2.5, 2.5)),))
    problems = found("layout", offer(factory=lambda options: half))
    assert "a gap follows" in problems["sound layout"]


class Garbler:
    """A reader that claims everything and gives what it likes."""

    def can_read(self, head: bytes, suffix: str) -> bool:
        return True

    def read(self, data: bytes, path: str, stem: str) -> list[Page]:
        if len(data) < 1000:
            raise KeyError("offset")
        return [Page(np.zeros((2, 2, 3), np.uint8), stem, path)]


def test_faults_of_readers(offer: Offer, found: Found) -> None:
    problems = found("reader", offer(factory=lambda options: Garbler()))
    assert problems["empty"] == "it claims to know an empty file"
    assert problems["PNG"] == "it changes pixels of the file"
    assert "KeyError" in problems["broken JPEG"]


def test_guesses_must_sum_to_one(offer: Offer, found: Found) -> None:
    problems = found("classifier", offer(lambda page: SourceGuess(None, {})))
    assert "sum to 0" in problems["blank"]


def test_listing_the_checks_of_a_kind_builds_nothing(offer: Offer) -> None:
    def refuse(options: object) -> NoReturn:
        raise AssertionError("built")

    for kind in KINDS:
        names = [check.name for check in checks(kind, offer(factory=refuse))]
        assert len(names) == len(set(names)) >= 5, kind


def test_a_stage_is_built_with_the_options_that_are_given(offer: Offer) -> None:
    built: list[Options] = []
    options = DatasetOptions(which="some/folder")
    results = check_plugin("trainer", offer(factory=built.append), options)
    assert built == [options, options]
    assert [result.check for result in faults(results)] == ["builds"]
