"""What was found on a page is compared with what is printed there, strip by strip."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from ecgengine.data.page import Page
from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Calibration, Strip, Strips
from ecgengine.ecg.signals import Signals
from ecgengine.geometry.page_map import PageMap
from ecgengine.geometry.paper_map import PaperMap
from ecgengine.truth.case import Case, PageTruth, PrintedStrip
from ecgengine_plugins.paper.layouts import LAYOUTS
from ecgengine_plugins.synth.arrangement import draw_arrangement

SCALE, WIDTH, HEIGHT = 4.0, 1200, 840
NAMES = (("I", "V1"), ("II", "V2"), ("III", "V3"))
LEFT_MM, COLUMN_S, ROW_MM = 40.0, 4.0, 40.0


@pytest.fixture
def arrangement(root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    return importlib.import_module("arrangement")


def make_truth() -> PageTruth:
    corners_px = np.array([[[0, 0], [WIDTH, 0]], [[0, WIDTH], [WIDTH, WIDTH]]], np.float64)
    return PageTruth(
        record="",
        calibration=Calibration(10.0, 25.0),
        paper_mm=(WIDTH / SCALE, HEIGHT / SCALE),
        px_per_mm=SCALE,
        grid_mm=(1.0, 5.0),
        pen_mm=0.3,
        paper_map=PaperMap(corners_px / SCALE, WIDTH),
        strips=tuple(
            PrintedStrip(
                lead, row, False, column * COLUMN_S, COLUMN_S,
                LEFT_MM + 25 * COLUMN_S * column, ROW_MM * (row + 1), np.zeros((0, 2), np.float32),
                None if lead == "V3" else (0.0, 0.0, 1.0, 1.0),
            )
            for row, names in enumerate(NAMES)
            for column, lead in enumerate(names)
        ),
    )  # fmt: skip


def make_sheet(scale: float = SCALE, *, upside_down: bool = False) -> Sheet:
    matrix = np.array([[1.0, 0, 0], [0, 1, 0]])
    if upside_down:
        matrix = np.array([[-1.0, 0, WIDTH], [0, -1, HEIGHT]])
    page_map = PageMap.affine(matrix, WIDTH, HEIGHT)
    return Sheet(np.zeros((HEIGHT, WIDTH, 3), np.uint8), scale, scale, page_map, "grid")


def make_strips(truth: PageTruth) -> Strips:
    return Strips(
        tuple(
            Strip(
                each.lead, each.row, False, each.x_mm * SCALE,
                (each.x_mm + 25 * each.duration_s) * SCALE, each.zero_mm * SCALE, 0.0, 1.0,
                each.start_s,
            )
            for each in truth.strips
        ),
        "mine",
        truth.calibration,
    )  # fmt: skip


def swapped(strips: Sequence[Strip]) -> tuple[Strip, ...]:
    first, second, *others = strips
    return replace(first, lead=second.lead), replace(second, lead=first.lead), *others


def at_once(strips: Sequence[Strip]) -> tuple[Strip, ...]:
    return tuple(replace(strip, start_s=0.0) for strip in strips)


def test_all_is_right_where_what_is_printed_was_found(arrangement: ModuleType) -> None:
    truth = make_truth()
    made = arrangement.compare(truth, [(make_sheet(), make_strips(truth))])
    assert [strip.said for strip in made.strips] == [strip.lead for strip in truth.strips]
    assert all(strip.ok and strip.found and not strip.wrong for strip in made.strips)
    assert [strip.lead for strip in made.strips if not strip.legible] == ["V3"]
    assert len(made.stated) == 6 + 3
    assert all(each.right for each in made.stated)
    assert made.geometry
    row = arrangement.summed([(made, {"refused": ""})])
    assert (row["leads"], row["ok"], row["ok and wrong"]) == (6, 6, 0)
    assert row["legible named %"] == row["ok right %"] == 100


def test_swapped_names_are_wrong(arrangement: ModuleType) -> None:
    truth = make_truth()
    strips = make_strips(truth)
    made = arrangement.compare(
        truth, [(make_sheet(), replace(strips, strips=swapped(strips.strips)))]
    )
    assert [strip.wrong for strip in made.strips] == [("name",), ("name",), (), (), (), ()]
    assert str(made.strips[0]) == "I as V1: name"
    assert [each.right for each in made.stated] == [False, False] + [True] * 7
    row = arrangement.summed([(made, {"refused": ""})])
    assert (row["ok and wrong"], round(row["misnamed %"], 1)) == (2, 33.3)


def test_columns_at_once_have_the_wrong_time(arrangement: ModuleType) -> None:
    truth = make_truth()
    strips = make_strips(truth)
    made = arrangement.compare(
        truth, [(make_sheet(), replace(strips, strips=at_once(strips.strips)))]
    )
    assert [strip.wrong for strip in made.strips] == [(), ("time",)] * 3
    assert [each.of for each in made.stated if not each.right] == ["order"]


def test_time_may_begin_with_the_first_strip(arrangement: ModuleType) -> None:
    truth = make_truth()
    later = [replace(each, start_s=each.start_s + 3) for each in truth.strips]
    made = arrangement.compare(
        replace(truth, strips=tuple(later)), [(make_sheet(), make_strips(truth))]
    )
    assert not any(strip.wrong for strip in made.strips)


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        (Calibration(5.0, 25.0), ("gain",)),
        (Calibration(10.0, 50.0), ("speed",)),
    ],
)
def test_a_wrong_scale_is_wrong_for_every_strip(
    arrangement: ModuleType, said: Calibration, wrong: tuple[str, ...]
) -> None:
    truth = make_truth()
    strips = make_strips(truth)
    slower = said.speed_mm_per_s / truth.calibration.speed_mm_per_s
    timed = tuple(replace(each, start_s=each.start_s / slower) for each in strips.strips)
    made = arrangement.compare(
        truth, [(make_sheet(), replace(strips, strips=timed, calibration=said))]
    )
    assert {strip.wrong for strip in made.strips} == {wrong}
    assert [each.of for each in made.stated if not each.right] == list(wrong)


def test_wrong_millimeters_are_seen(arrangement: ModuleType) -> None:
    truth = make_truth()
    made = arrangement.compare(truth, [(make_sheet(scale=SCALE / 5), make_strips(truth))])
    assert {strip.wrong for strip in made.strips} == {("millimeters",)}


def test_what_is_missing_or_not_printed_is_told(arrangement: ModuleType) -> None:
    truth = make_truth()
    strips = make_strips(truth)
    *others, last = strips.strips
    moved = replace(last, x_start_px=last.x_start_px - 40 * SCALE)
    made = arrangement.compare(truth, [(make_sheet(), replace(strips, strips=(*others, moved)))])
    (lost,) = [strip for strip in made.strips if not strip.found and strip.lead]
    (extra,) = [strip for strip in made.strips if not strip.lead]
    assert (lost.lead, lost.said, lost.ok) == ("V3", None, False)
    assert (extra.said, extra.ok, extra.wrong) == ("V3", True, ("no such strip",))
    assert {each.of for each in made.stated if not each.right} == {"name", "order"}


def test_a_strip_over_two_columns_ends_wrongly(arrangement: ModuleType) -> None:
    truth = make_truth()
    strips = make_strips(truth)
    wide = [
        replace(each, x_end_px=each.x_end_px + 25 * COLUMN_S * SCALE) for each in strips.strips[::2]
    ]
    made = arrangement.compare(truth, [(make_sheet(), replace(strips, strips=tuple(wide)))])
    assert [strip.wrong for strip in made.strips if strip.found] == [("end",)] * 3


def test_doubts_are_those_of_the_assembler(arrangement: ModuleType) -> None:
    truth = make_truth()
    strips = make_strips(truth)
    first, *others = strips.strips
    unsure = replace(strips, strips=(replace(first, lead_probability=0.9), *others))
    made = arrangement.compare(truth, [(make_sheet(), unsure)])
    assert [strip.ok for strip in made.strips] == [False] + [True] * 5
    made = arrangement.compare(truth, [(make_sheet(), replace(strips, confidence=0.9))])
    assert not any(strip.ok for strip in made.strips)


def test_an_upside_down_sheet_is_compared_in_order(arrangement: ModuleType) -> None:
    truth = make_truth()
    made = arrangement.compare(truth, [(make_sheet(upside_down=True), make_strips(truth))])
    assert not made.geometry
    assert all(strip.wrong == ("place",) for strip in made.strips)


def test_only_what_the_picture_shows_is_asked_for(arrangement: ModuleType) -> None:
    # The left column begins 10 mm left of the picture, and the right one is cut at 3 mm.
    left, right = LEFT_MM + 10, LEFT_MM + 25 * COLUMN_S + 3
    truth = make_truth()
    corners = truth.paper_map.nodes_mm + np.array([left, 0.0])
    image = np.zeros((HEIGHT, round((right - left) * SCALE), 3), np.uint8)
    page = Page(image, "page", "page.png")
    seen = arrangement.in_picture(replace(truth, paper_map=PaperMap(corners, WIDTH)), page)
    assert [strip.lead for strip in seen.strips] == ["I", "II", "III"]
    for strip in seen.strips:
        assert strip.x_mm == pytest.approx(left, abs=1.1)
        assert strip.start_s == pytest.approx((strip.x_mm - LEFT_MM) / 25)
        assert strip.x_mm + 25 * strip.duration_s == pytest.approx(LEFT_MM + 25 * COLUMN_S)
        assert strip.name_box_mm is None
    whole = arrangement.in_picture(truth, Page(make_sheet().image, "page", "page.png"))
    assert [(s.lead, s.x_mm, s.start_s, s.duration_s, s.name_box_mm) for s in whole.strips] == [
        (s.lead, s.x_mm, s.start_s, s.duration_s, s.name_box_mm) for s in truth.strips
    ]


def test_a_page_without_sheets_is_all_lost(arrangement: ModuleType) -> None:
    made = arrangement.compare(make_truth(), [])
    row = arrangement.summed([(made, {"refused": "no grid"})])
    assert (row["leads"], row["refused"], row["found %"]) == (6, 1, 0)


def test_reliability_counts_by_probability(arrangement: ModuleType) -> None:
    stated = [
        arrangement.Stated("name", probability, right)
        for probability, right in ((0.96, True), (0.97, False), (1.0, True), (0.3, False))
    ]
    bins = {row["from"]: row for row in arrangement.reliability(stated)}
    assert sum(row["name count"] for row in bins.values()) == 4
    assert (bins[0.95]["name count"], bins[0.95]["name right %"]) == (2, 50)
    assert bins[0.95]["name stated %"] == pytest.approx(96.5)
    assert bins[0.995]["name right %"] == 100
    assert bins[0.0]["name right %"] == 0
    drawn = arrangement.diagram(list(bins.values()))
    assert drawn.count("<title>name: ") == 3


@pytest.mark.parametrize(
    ("layout", "kind"), [("3x4+1", "usual"), ("6x1-chest", "usual"), ("3x4-roll", "roll")]
)
def test_kinds_are_told_by_layout_and_average_beats(
    arrangement: ModuleType, layout: str, kind: str
) -> None:
    page = Page(np.zeros((9, 9, 3), np.uint8), "page", "page.png")
    case = Case("page", page, Signals(500.0, {}), layout=layout, truth=make_truth())
    assert arrangement.kind_of(case) == kind
    beats = replace(make_truth(), average_beats_mm=(np.zeros((3, 2), np.float32),))
    assert arrangement.kind_of(replace(case, truth=beats)) == "average beats"


def test_layouts_of_free_arrangements_end_as_kinds_do(arrangement: ModuleType) -> None:
    random, usual = np.random.default_rng(1), LAYOUTS[0]
    names = {draw_arrangement(random, usual).layout.name for _ in range(200)}
    ends = {name.removeprefix(name.split("-")[0]).removeprefix("-") for name in names}
    assert ends == {"", *arrangement.KINDS}
