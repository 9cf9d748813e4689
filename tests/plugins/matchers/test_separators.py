from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ecgengine_plugins.matchers.separators import find_separators

EXACT_MM = 0.02


def find(page: Any) -> list[float]:
    return find_separators(page.ink(), page.look(page.sheet()))


@pytest.mark.parametrize("scale", [4.0, 6.0, 11.3])
@pytest.mark.parametrize("width_mm", [0.3, 0.8])
@pytest.mark.parametrize("part", [0.0, 0.25, 0.5, 0.75])
def test_columns_of_bars_lie_at_the_middle_of_their_ink(
    painter: Any, scale: float, width_mm: float, part: float
) -> None:
    page = painter(rows=3, px_per_mm=scale, x0_px=60 + part)
    places = [page.x_px(2.5 * column) for column in (1, 2, 3)]
    for row in range(3):
        for x in places:
            page.separator(row, x, pen_px=width_mm * scale)
    assert find(page) == pytest.approx(places, abs=EXACT_MM * scale)


def test_a_letter_above_a_bar_does_not_move_it(painter: Any) -> None:
    page = painter(rows=1)
    x = page.x_px(2.5)
    page.separator(0, x)
    page.word("V1", x + 0.5 * page.px_per_mm, page.zeros_px[0] - 5 * page.px_per_mm)
    assert find(page) == pytest.approx([x], abs=EXACT_MM * page.px_per_mm)


@pytest.mark.parametrize(("height_mm", "count"), [(2.0, 0), (4.0, 1)])
def test_a_mark_must_be_as_high_as_bars_are(painter: Any, height_mm: float, count: int) -> None:
    page = painter(rows=1)
    page.separator(0, page.x_px(2.5), height_mm)
    assert len(find(page)) == count


def test_where_no_ink_is_there_is_no_bar(painter: Any, blank_look: Any) -> None:
    page = painter(rows=1)
    assert find(page) == []
    cells = np.zeros((80, 500), np.float32)
    cells[20:40, 100] = 1.0
    assert find_separators(page.ink(), blank_look(separators=cells)) == []
