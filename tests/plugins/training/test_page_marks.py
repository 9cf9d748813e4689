from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("torch")

from ecgengine_plugins.networks.page.window import PX_PER_MM, WORDS
from ecgengine_plugins.training.page_marks import draw_bars, draw_pulses
from ecgengine_plugins.training.page_sheets import Kind, Line, MarkedSheet

WIDTH_MM, HEIGHT_MM = 100, 80
PAPER, INK = 250, 40
NOWHERE = np.full((2, 2), np.nan, np.float32)
SEEDS = range(12)
Draw = Callable[[MarkedSheet, np.random.Generator], MarkedSheet]


def strip(x0: float, x1: float, zero_mm: float, slope: float = 0.0) -> Line:
    """A strip that begins and ends 3 mm above its zero line, which may rise to the right."""
    x = np.linspace(x0, x1, 60)
    y = zero_mm + slope * x - 3 * np.cos((x - x0) / (x1 - x0) * 2 * np.pi)
    zero = np.array([[0, zero_mm], [WIDTH_MM, zero_mm + slope * WIDTH_MM]], np.float32)
    return Line("strip", np.stack([x, y], axis=1).astype(np.float32), zero)


def mark(kind: Kind, x_mm: float, y_mm: float) -> Line:
    return Line(kind, np.array([[x_mm, y_mm - 3], [x_mm, y_mm + 3]], np.float32), NOWHERE)


def sheet_with(*lines: Line, words: tuple[tuple[float, ...], ...] = ()) -> MarkedSheet:
    """A white sheet with its lines in dark gray ink; words are said to stand and not drawn."""
    shape = round(HEIGHT_MM * PX_PER_MM), round(WIDTH_MM * PX_PER_MM)
    image = np.full((*shape, 3), PAPER, np.uint8)
    for line in lines:
        points = np.rint(line.points_mm * PX_PER_MM - 0.5).astype(np.int32)
        cv2.polylines(image, [points[:, None]], False, (INK, INK, INK), 2)
    boxes = np.array(words, np.float32).reshape(-1, 5)
    return MarkedSheet(image, np.ones((2 * HEIGHT_MM, 2 * WIDTH_MM), bool), lines, boxes)


TWO_ROWS = (strip(20, 50, 25), strip(50, 80, 25), strip(20, 50, 55), strip(50, 80, 55))
"""Two rows of two strips each that join at 50 mm."""


def drawn(draw: Draw, sheet: MarkedSheet, seed: int) -> list[NDArray[np.float32]]:
    """The points of the lines that are added to those of a sheet."""
    found = draw(sheet, np.random.default_rng(seed))
    assert found.lines[: len(sheet.lines)] == sheet.lines
    added = found.lines[len(sheet.lines) :]
    kind = "separator" if draw is draw_bars else "pulse"
    assert {line.kind for line in added} <= {kind}
    assert all(np.isnan(line.zero_mm).all() for line in added)
    return [line.points_mm for line in added]


@pytest.mark.parametrize("draw", [draw_bars, draw_pulses])
def test_the_picture_gets_dark_where_lines_are_added_and_nowhere_else(draw: Draw) -> None:
    sheet = sheet_with(*TWO_ROWS)
    before = sheet.image.copy()
    for seed in SEEDS:
        lines = drawn(draw, sheet, seed)
        image = draw(sheet, np.random.default_rng(seed)).image
        far = np.ones(image.shape[:2], bool)
        for points in lines:
            steps = np.linspace(points[:-1], points[1:], 40).reshape(-1, 2)
            near = np.rint(steps * PX_PER_MM - 0.5).astype(int)
            for x, y in near[1:-1]:
                # A line of one pixel may stand between two, which are gray then.
                assert image[y - 1 : y + 2, x - 1 : x + 2].min() < 200
                far[y - 4 : y + 5, x - 4 : x + 5] = False
        np.testing.assert_array_equal(image[far], before[far])
        assert (image <= before).all()
        assert image.min() >= INK - 1
    np.testing.assert_array_equal(sheet.image, before)


@pytest.mark.parametrize("draw", [draw_bars, draw_pulses])
def test_one_state_of_chance_gives_the_same(draw: Draw) -> None:
    sheet = sheet_with(*TWO_ROWS)
    first, again = (draw(sheet, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first.image, again.image)
    for mine, same in zip(first.lines, again.lines, strict=True):
        np.testing.assert_array_equal(mine.points_mm, same.points_mm)
    other = draw(sheet, np.random.default_rng(8))
    assert not np.array_equal(first.image, other.image)
    assert first.inked is sheet.inked
    assert first.words is sheet.words


def test_bars_stand_where_strips_join_on_their_zero_lines_and_are_alike() -> None:
    heights = set()
    for seed in SEEDS:
        bars = np.array(drawn(draw_bars, sheet_with(*TWO_ROWS), seed))
        assert bars.shape == (2, 2, 2)
        assert np.abs(bars[..., 0] - 50).max() <= 0.3
        assert np.ptp(bars[..., 0]) == 0
        np.testing.assert_allclose(bars[..., 1].mean(axis=1), [25, 55], atol=1e-4)
        (height,) = set(np.round(np.ptp(bars[..., 1], axis=1), 3))
        assert 2.5 <= height <= 9
        heights.add(height)
    assert len(heights) > 5


def test_bars_follow_a_zero_line_that_rises() -> None:
    rising = strip(20, 50, 25, 0.02), strip(50, 80, 25, 0.02)
    (bar,) = drawn(draw_bars, sheet_with(*rising), 1)
    assert bar[:, 1].mean() == pytest.approx(26, abs=1e-3)


def test_strips_that_do_not_join_have_no_bars() -> None:
    apart = sheet_with(strip(20, 50, 25), strip(53, 80, 25))
    assert draw_bars(apart, np.random.default_rng(1)) is apart
    # One row ends where another begins.
    other = sheet_with(strip(20, 50, 25), strip(50, 80, 55))
    assert draw_bars(other, np.random.default_rng(1)) is other


def test_where_a_separator_stands_there_is_no_bar() -> None:
    three = (*TWO_ROWS[:2], strip(80, 95, 25))
    for seed in SEEDS:
        (bar,) = drawn(draw_bars, sheet_with(*three, mark("separator", 50.5, 25)), seed)
        assert bar[0, 0] == pytest.approx(80, abs=0.31)
    parted = sheet_with(*TWO_ROWS, mark("separator", 50, 25), mark("separator", 50, 55))
    assert draw_bars(parted, np.random.default_rng(1)) is parted


def test_pulses_stand_before_rows_are_alike_and_end_where_traces_begin() -> None:
    shapes = set()
    for seed in SEEDS:
        pulses = drawn(draw_pulses, sheet_with(*TWO_ROWS), seed)
        np.testing.assert_allclose([points[-1] for points in pulses], [[20, 25], [20, 55]])
        first, second = (points - points[-1] for points in pulses)
        np.testing.assert_allclose(first, second, atol=1e-4)
        wide, high, foot = (
            round(float(each), 3)
            for each in (first[3, 0] - first[2, 0], -first[:, 1].min(), -first[3, 0])
        )
        assert wide in {2.5, 3, 5, 10}
        assert high in {5, 10, 20}
        # It goes up, along the top, down, and level on both sides.
        np.testing.assert_allclose(first[:, 1], [0, 0, -high, -high, 0, 0], atol=1e-4)
        np.testing.assert_allclose(
            first[:, 0], [-2 * foot - wide, -foot - wide, -foot - wide, -foot, -foot, 0], atol=1e-4
        )
        shapes.add((wide, high, foot))
    assert len(shapes) > 4


def test_pulses_have_room() -> None:
    # No pulse is narrower than 2.5 mm or lower than 5 mm, and 1 mm beside it stays free.
    for strips in ((strip(3.4, 40, 50),), (strip(30, 60, 5.9),)):
        sheet = sheet_with(*strips)
        assert all(draw_pulses(sheet, np.random.default_rng(seed)) is sheet for seed in SEEDS)
    # Of a strip that begins beyond the left edge, as crops have, nothing is drawn.
    cut = sheet_with(strip(-10, 40, 50))
    assert draw_pulses(cut, np.random.default_rng(1)) is cut
    for seed in SEEDS:
        for points in drawn(draw_pulses, sheet_with(strip(9, 60, 18)), seed):
            assert points.min() >= 1


def test_pulses_do_not_stand_over_words() -> None:
    index = WORDS.index("II")
    over = (index, 15, 22, 18.5, 24), (index, 19, 52, 19.8, 54)
    sheet = sheet_with(*TWO_ROWS, words=over)
    assert all(draw_pulses(sheet, np.random.default_rng(seed)) is sheet for seed in SEEDS)
    # Words above, below and behind the beginning of the trace leave them their room.
    beside = (index, 20.5, 22, 24, 24), (index, 12, 57, 18, 59), (index, 1, 26, 19, 28)
    for seed in SEEDS:
        assert len(drawn(draw_pulses, sheet_with(*TWO_ROWS, words=beside), seed)) == 2
    one = sheet_with(*TWO_ROWS, words=over[:1])
    for seed in SEEDS:
        (points,) = drawn(draw_pulses, one, seed)
        assert points[-1].tolist() == [20, 55]


def test_a_sheet_with_a_pulse_gets_no_more() -> None:
    sheet = sheet_with(*TWO_ROWS, mark("pulse", 90, 25))
    assert draw_pulses(sheet, np.random.default_rng(1)) is sheet


def test_a_sheet_without_strips_stays_as_it_is() -> None:
    sheet = sheet_with()
    for draw in (draw_bars, draw_pulses):
        assert draw(sheet, np.random.default_rng(1)) is sheet
