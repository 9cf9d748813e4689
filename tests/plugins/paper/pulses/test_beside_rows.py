from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine.data.sheet import Sheet
from ecgengine.data.tracemap import TraceMap
from ecgengine.geometry.page_map import PageMap
from ecgengine_plugins.paper.ink import Ink, gather
from ecgengine_plugins.paper.pulses.beside_rows import find_pulses

SCALE, PEN_PX = 8.0, 3
ROWS = (150.0, 350.0, 550.0)
HEIGHT, WIDTH = 700, 1600


def ink_of(*pulses: tuple[float, float, float, float]) -> Ink:
    """Three rows, and pulses: zero line and left leg in pixels, width and height in mm."""
    cover = np.zeros((HEIGHT, WIDTH), np.uint8)
    for zero in ROWS:
        line(cover, [[200, zero], [1400, zero]])
    for zero, left, width, height in pulses:
        right, top = left + width * SCALE, zero - height * SCALE
        line(cover, [[left, zero], [left, top], [right, top], [right, zero]])
    page_map = PageMap.affine(np.array([[1.0, 0, 0], [0, 1.0, 0]]), WIDTH, HEIGHT)
    sheet = Sheet(np.full((HEIGHT, WIDTH, 3), 255, np.uint8), SCALE, SCALE, page_map, "grid")
    trace = cover.astype(np.float32)[None] / 255
    return gather(sheet, TraceMap(trace, pen_width_px=float(PEN_PX)))


def line(cover: NDArray[np.uint8], points: list[list[float]]) -> None:
    cv2.polylines(cover, [np.array(points).round().astype(np.int32)], False, 255, PEN_PX)


@pytest.mark.parametrize(("left", "height"), [(100.0, 10.0), (1450.0, 5.0)])
def test_pulses_on_either_side_are_measured_by_the_middle_of_the_pen(
    left: float, height: float
) -> None:
    found = find_pulses(ink_of(*((zero, left, 5.0, height) for zero in ROWS)), ROWS)
    assert [pulse.row for pulse in found] == [0, 1, 2]
    for pulse, zero in zip(found, ROWS, strict=True):
        assert pulse.whole
        assert (pulse.left_px, pulse.right_px) == pytest.approx((left, left + 40), abs=0.6)
        assert pulse.foot_px == pytest.approx(zero, abs=0.6)
        assert pulse.foot_px - pulse.top_px == pytest.approx(height * SCALE, abs=0.6)


def test_a_pulse_that_the_edge_of_the_sheet_cuts_is_not_whole() -> None:
    found = find_pulses(ink_of(*((zero, -16.0, 5.0, 10.0) for zero in ROWS)), ROWS)
    assert [pulse.whole for pulse in found] == [False] * 3
    assert found[0].right_px == pytest.approx(24, abs=0.6)


@pytest.mark.parametrize(("width", "count"), [(5.0, 1), (10.0, 1), (3.2, 0)])
def test_beside_one_row_of_many_only_a_usual_width_is_a_pulse(width: float, count: int) -> None:
    assert len(find_pulses(ink_of((ROWS[1], 90.0, width, 10.0)), ROWS)) == count


def test_bars_that_do_not_stand_above_each_other_are_left_out() -> None:
    askew = ink_of(*((zero, 70.0 + 45 * row, 5.0, 10.0) for row, zero in enumerate(ROWS)))
    assert len(find_pulses(askew, ROWS)) == 1
