from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ecgengine_plugins.synth.grid import draw_grid
from ecgengine_plugins.synth.style import GridStyle

LINES = GridStyle("lines", (230, 80, 80), 0.5, 1.0, 0.1, 0.2, 0.0)


@pytest.mark.parametrize("px_per_mm", [6.3, 7.874, 10.0])
def test_lines_lie_on_whole_millimeters_and_keep_their_width(px_per_mm: float) -> None:
    grid = draw_grid(LINES, (60.0, 40.0), px_per_mm) / 255
    row = grid[round(2.5 * px_per_mm)]
    for x_mm in range(1, 59):
        start, stop = round((x_mm - 0.4) * px_per_mm), round((x_mm + 0.4) * px_per_mm)
        ink, places = row[start:stop], np.arange(start, stop)
        center_mm = ((ink * places).sum() / ink.sum() + 0.5) / px_per_mm
        assert center_mm == pytest.approx(x_mm, abs=0.05)
        expected = 0.2 if x_mm % 5 == 0 else 0.1 * 0.5
        assert ink.sum() / px_per_mm == pytest.approx(expected, rel=0.06)


def test_kinds() -> None:
    px = 10.0
    dots = draw_grid(replace(LINES, kind="dots"), (20.0, 20.0), px)
    assert dots[20, 20] > 0  # on a crossing of light lines
    assert dots[20, 25] == 0  # between two crossings
    heavy = draw_grid(replace(LINES, kind="heavy"), (20.0, 20.0), px)
    assert heavy[20, 20] == 0
    assert heavy[25, 50] > 0
    assert not draw_grid(replace(LINES, kind="none"), (20.0, 20.0), px).any()
    inset = draw_grid(replace(LINES, inset_mm=5.0), (40.0, 40.0), px)
    assert not inset[:49].any()
    assert inset[100].any()


def test_a_grid_stands_in_its_boxes_alone_with_whole_lines_at_their_edges() -> None:
    boxes = ((5.0, 5.0, 20.0, 15.0), (25.0, 5.0, 35.0, 15.0))
    part = draw_grid(replace(LINES, boxes_mm=boxes), (40.0, 40.0), 10.0)
    whole = draw_grid(LINES, (40.0, 40.0), 10.0)
    np.testing.assert_array_equal(part[49:151, 49:201], whole[49:151, 49:201])
    np.testing.assert_array_equal(part[49:151, 249:351], whole[49:151, 249:351])
    assert not part[:, 202:248].any()
    assert not part[152:].any()
