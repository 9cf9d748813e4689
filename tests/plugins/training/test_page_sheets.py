from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ecgengine.errors import UnreadableInputError
from ecgengine.truth.case import Case
from ecgengine_plugins.datasets.options import SyntheticOptions
from ecgengine_plugins.datasets.synthetic import SyntheticDataset
from ecgengine_plugins.training.page_sheets import (
    MarkedSheet,
    crop_of,
    packed,
    sheet_of,
    unpacked,
)


def page(**options: object) -> Case:
    made = SyntheticOptions(seed=77, pages=1, masks=True, **options)
    dataset = SyntheticDataset(made)
    return dataset.load(dataset.names()[0])


@pytest.fixture(scope="module")
def sheet() -> MarkedSheet:
    return sheet_of(page(sources="render"), np.random.default_rng(4))


def darkness(sheet: MarkedSheet, points_mm: np.ndarray) -> np.ndarray:
    """How dark the picture is at points, at the darkest pixel beside each."""
    x, y = np.floor(points_mm * 4).astype(int).T
    inside = (x > 0) & (y > 0) & (x < sheet.image.shape[1] - 1) & (y < sheet.image.shape[0] - 1)
    around = [(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
    levels = [sheet.image[y[inside] + dy, x[inside] + dx].mean(axis=1) for dx, dy in around]
    return 255 - np.min(levels, axis=0)


def test_lines_lie_on_the_ink_of_the_flat_sheet(sheet: MarkedSheet) -> None:
    paper = 255 - np.median(sheet.image)
    for line in sheet.lines:
        if line.kind == "strip":
            on, off = (darkness(sheet, line.points_mm + np.array([0, s])) for s in (0.0, 1.6))
            assert np.mean(on > paper + 60) > 0.95
            assert np.median(on) > np.median(off)
    kinds = {line.kind for line in sheet.lines}
    assert kinds <= {"strip", "separator", "pulse"}
    assert "strip" in kinds


def test_zero_lines_are_those_of_the_truth() -> None:
    case = page(sources="render")
    assert case.truth is not None
    sheet = sheet_of(case, np.random.default_rng(4))
    strips = [line for line in sheet.lines if line.kind == "strip"]
    for line, printed in zip(strips, case.truth.strips, strict=True):
        # What the page's truth says of its height above zero holds on the sheet, but for scale.
        (x0, y0), (x1, y1) = line.zero_mm.astype(float)
        x, y = line.points_mm.T
        above = y0 + (x - x0) * (y1 - y0) / (x1 - x0) - y
        true = printed.zero_mm - printed.centerline_mm[:, 1]
        assert np.abs(above - true).max() <= 0.08 * np.abs(true).max() + 1e-3


def test_a_sheet_is_kept_whole(sheet: MarkedSheet) -> None:
    again = unpacked(packed(sheet))
    assert np.abs(again.image.astype(int) - sheet.image).mean() < 3
    np.testing.assert_array_equal(again.inked, sheet.inked)
    np.testing.assert_array_equal(again.words, sheet.words)
    assert [line.kind for line in again.lines] == [line.kind for line in sheet.lines]
    for mine, kept in zip(sheet.lines, again.lines, strict=True):
        np.testing.assert_allclose(kept.points_mm, mine.points_mm, atol=0.006)
        np.testing.assert_array_equal(kept.zero_mm, mine.zero_mm)


def test_pages_without_truth_or_masks_are_refused() -> None:
    whole = page(sources="render")
    assert whole.truth is not None
    for case, needed in (
        (replace(whole, truth=None), "no truth"),
        (replace(whole, truth=replace(whole.truth, masks={})), "--masks"),
    ):
        with pytest.raises(UnreadableInputError, match=needed):
            sheet_of(case, np.random.default_rng(4))


def test_crops_hold_what_lies_in_them(sheet: MarkedSheet) -> None:
    crop = crop_of(sheet, 30, 40, 60)
    np.testing.assert_array_equal(crop.image, sheet.image[160:400, 120:360])
    np.testing.assert_array_equal(crop.inked, sheet.inked[80:200, 60:180])
    moved = crop.lines[0].points_mm + np.array([30, 40], np.float32)
    np.testing.assert_allclose(moved, sheet.lines[0].points_mm, atol=1e-4)
    middles = (sheet.words[:, 1:3] + sheet.words[:, 3:5]) / 2 - (30, 40)
    assert len(crop.words) == ((middles > 0) & (middles < 60)).all(axis=1).sum()


def test_crops_of_small_sheets_are_filled_up(sheet: MarkedSheet) -> None:
    small = crop_of(sheet, 0, 0, 40)
    crop = crop_of(small, 0, 0, 60)
    assert crop.image.shape == (240, 240, 3)
    np.testing.assert_array_equal(crop.image[200:, :160], np.repeat(small.image[159:], 40, 0))


def test_missing_paper_has_no_ink() -> None:
    case = page(sources="damaged")
    assert case.truth is not None
    case.truth.masks["trace"][:, : case.page.image.shape[1] // 2] = 0
    inked = sheet_of(case, np.random.default_rng(1)).inked
    half = inked.shape[1] // 2
    assert not inked[:, : half - 30].any()
    assert inked[:, half + 30 :].any()
