from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine_plugins.matchers.ends import Run, find_runs, stroke_px
from ecgengine_plugins.paper.ink import gather
from ecgengine_plugins.paper.pulses.beside_rows import find_pulses


def waves(page: Any, x_px: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give a course that is level where it begins and ends, and no ruled line between."""
    share = (x_px - x_px[0]) / (x_px[-1] - x_px[0])
    return 2 * page.px_per_mm * np.sin(2 * np.pi * share) ** 2


def runs(page: Any) -> list[tuple[Run, ...]]:
    ink = gather(page.sheet(), page.map())
    pulses = find_pulses(ink, page.zeros_px)
    return find_runs(ink, page.zeros_px, pulses, stroke_px(ink, page.zeros_px))


@pytest.mark.parametrize("gap_mm", [0.5, 0.75, 2.0])
def test_a_pulse_after_a_gap_leaves_the_end_free(painter: Any, gap_mm: float) -> None:
    page = painter(rows=1)
    x = np.linspace(page.x0_px, page.x_px(10.0), 400)
    page.curve(x, page.zeros_px[0] + waves(page, x))
    # The pulse is drawn as the traces are, its foot so far from their end.
    page.marks, page.trace = page.trace, page.marks
    foot_mm = 1.0
    ink_apart = page.pen_px + (gap_mm + foot_mm + 5.0) * page.px_per_mm
    page.pulse(0, x[-1] + ink_apart, feet_mm=foot_mm)
    page.marks, page.trace = page.trace, page.marks
    page.trace = np.maximum(page.trace, page.marks)
    page.marks = np.zeros_like(page.marks)
    (run, *_) = runs(page)[0]
    assert run.end_free
    assert run.end_px == pytest.approx(x[-1], abs=0.15)


@pytest.mark.parametrize("slope", [1.0, 3.0, 6.0])
@pytest.mark.parametrize("part", [0.0, 0.25, 0.5, 0.75])
def test_what_is_cut_off_where_it_is_steep_begins_where_level_ink_does(
    painter: Any, slope: float, part: float
) -> None:
    page = painter(x0_px=97.0 + part, rows=2)
    x = np.linspace(page.x0_px - 4, page.x_px(10.0), 4000)
    fall = np.minimum(slope * (x - x[0]), 8 * slope)
    page.curve(x, page.zeros_px[0] - 4 * slope + fall + waves(page, x))
    page.curve(x, page.zeros_px[1] + waves(page, x))
    page.trace[:, : round(4 * (page.x0_px + 0.5))] = 0
    steep, level = (row[0].start_px for row in runs(page))
    assert steep == pytest.approx(level, abs=0.15)
