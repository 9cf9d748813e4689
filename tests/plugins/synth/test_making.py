from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from ecgengine.data.source import Source
from ecgengine.ecg.signals import Signals, leads_csv
from ecgengine.errors import UnreadableInputError
from ecgengine.truth.case import Case
from ecgengine.truth.sample import make_ecg
from ecgengine_plugins.paper.layouts import LAYOUTS
from ecgengine_plugins.synth import sources
from ecgengine_plugins.synth.making import Recipe, make_case
from ecgengine_plugins.synth.picture import Leaf, Print
from ecgengine_plugins.synth.printing import print_out

LAYOUT = next(layout for layout in LAYOUTS if layout.name == "3x4+1")


def recipe(source: Source, seed: int = 4, **more: object) -> Recipe:
    return Recipe("page", (seed,), source, LAYOUT, **more)  # type: ignore[arg-type]


@cache
def made(source: Source) -> Case:
    """The page that several tests look at."""
    return make_case(recipe(source))


def darkness(case: Case) -> tuple[float, float]:
    """How dark the picture is along its traces, and at the same places moved by 3 mm."""
    assert case.truth is not None
    gray = case.page.image.mean(axis=2)
    found = []
    for shift_mm in (0.0, 3.0):
        values = []
        for strip in case.truth.strips:
            points = strip.centerline_mm.astype(np.float64)
            points[:, 1] += shift_mm
            x, y = np.rint(case.truth.paper_map.to_page(points)).T
            inside = (x >= 0) & (x < gray.shape[1]) & (y >= 0) & (y < gray.shape[0])
            values.append(gray[y[inside].astype(int), x[inside].astype(int)])
        found.append(float(np.median(np.concatenate(values))))
    return found[0], found[1]


@pytest.mark.parametrize("source", list(Source))
def test_the_truth_lies_on_the_ink_of_every_source(source: Source) -> None:
    case = made(source)
    on, beside = darkness(case)
    assert on < beside - 40
    assert (case.source, case.layout) == (source, "3x4+1")
    assert 1500 <= max(case.page.image.shape) <= 2600


def test_photos_may_show_folded_sheets_and_nothing_else_changes() -> None:
    folded, plain = (make_case(recipe(Source.PHOTO, folded=share)) for share in (1.0, 0.0))
    on, beside = darkness(folded)
    assert on < beside - 40
    assert not np.array_equal(folded.page.image, plain.page.image)
    assert folded.leads is not None
    assert plain.leads is not None
    np.testing.assert_array_equal(folded.leads.leads_mv["V1"], plain.leads.leads_mv["V1"])
    scans = [make_case(recipe(Source.RENDER, folded=share)).file for share in (1.0, 0.0)]
    assert scans[0] == scans[1]


@pytest.mark.parametrize("source", [Source.RENDER, Source.PHOTO, Source.BW_SCAN])
def test_the_image_is_what_the_file_holds(source: Source) -> None:
    case = made(source)
    data = np.frombuffer(case.file, np.uint8)
    np.testing.assert_array_equal(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB), case.page.image)
    assert Path(case.page.path).suffix == (".jpg" if source is Source.PHOTO else ".png")


def test_masks_show_what_the_picture_shows() -> None:
    case = make_case(recipe(Source.RENDER, masks=True))
    assert case.truth is not None
    masks = case.truth.masks
    assert set(masks) == {"trace", "grid", "text"}
    assert all(mask.shape == case.page.image.shape[:2] for mask in masks.values())
    gray = case.page.image.mean(axis=2)
    assert gray[masks["trace"] > 250].mean() < gray[masks["trace"] == 0].mean() - 60
    assert not made(Source.RENDER).truth.masks  # type: ignore[union-attr]


def test_masks_show_nothing_where_paper_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def torn(sheet: Print, random: np.random.Generator, *, black_and_white: bool = False) -> Leaf:
        leaf = print_out(sheet, random, black_and_white=black_and_white)
        missing = np.zeros(leaf.image.shape[:2], np.uint8)
        missing[:, missing.shape[1] // 2 :] = 255
        return replace(leaf, missing=missing)

    monkeypatch.setattr(sources, "print_out", torn)
    for source in (Source.PHOTO, Source.COLOR_SCAN, Source.BW_SCAN):
        case = make_case(recipe(source, masks=True))
        assert case.truth is not None
        rows, columns = np.nonzero(case.truth.masks["trace"])
        places = np.column_stack([columns, rows]).astype(np.float64)
        assert case.truth.paper_map.to_paper(places)[:, 0].max() < case.truth.paper_mm[0] / 2 + 1


def test_equal_recipes_make_equal_cases_and_other_seeds_others() -> None:
    first, again, other = (make_case(recipe(Source.STAINED, seed)) for seed in (1, 1, 2))
    assert first.file == again.file
    assert first.file != other.file
    # Masks are seen, not drawn: they change nothing else.
    assert make_case(recipe(Source.STAINED, 1, masks=True)).file == first.file


def records(folder: Path) -> list[Path]:
    """One record that is too short, one with a gap, and one of twelve whole seconds."""
    ecg = make_ecg()
    long = {name: np.tile(samples, 2)[:6000] for name, samples in ecg.leads_mv.items()}
    gap = {name: samples.copy() for name, samples in long.items()}
    gap["V3"][::1000] = np.nan
    short = {name: samples[:4000] for name, samples in long.items()}
    for name, leads in (("short", short), ("gap", gap), ("whole", long)):
        (folder / f"{name}.csv").write_bytes(leads_csv(Signals(500.0, leads), 5))
    return sorted(folder.glob("*.csv"))


def test_records_are_printed_and_those_that_cannot_be_are_passed_over(tmp_path: Path) -> None:
    files = records(tmp_path)
    for seed in range(4):
        case = make_case(recipe(Source.RENDER, seed, records=files))
        assert case.truth is not None
        assert case.truth.record == "whole"
    assert np.nanmax(np.abs(case.leads.leads_mv["II"])) > 0.5
    with pytest.raises(UnreadableInputError, match="none of the 2 records"):
        make_case(replace(recipe(Source.RENDER), records=files[:2]))


@pytest.mark.parametrize("source", [Source.RENDER, Source.PHOTO, Source.SCREEN])
@pytest.mark.parametrize("seed", [2, 7])
def test_the_truth_lies_on_the_ink_of_free_pages(source: Source, seed: int) -> None:
    case = make_case(recipe(source, seed, free=True, masks=True))
    on, beside = darkness(case)
    assert on < beside - 20
    assert case.truth is not None
    assert case.truth.masks["trace"].shape == case.page.image.shape[:2]
    assert make_case(recipe(source, seed, free=True)).file == case.file


def test_a_third_of_free_pages_comes_through_a_messenger() -> None:
    names = [Path(make_case(recipe(Source.RENDER, k, free=True)).page.path) for k in range(20)]
    assert 2 <= sum(name.suffix == ".jpg" for name in names) <= 11


def test_a_made_up_heart_beats_where_no_record_is_long_enough(tmp_path: Path) -> None:
    files = records(tmp_path)
    found = {}
    for seed in range(20):
        case = make_case(recipe(Source.RENDER, seed, records=files, free=True))
        assert case.truth is not None
        end_s = max(strip.start_s + strip.duration_s for strip in case.truth.strips)
        found[case.truth.record] = max(end_s, found.get(case.truth.record, 0.0))
    assert set(found) == {"whole", "made up"}
    assert found["whole"] <= 12 < found["made up"]
