from __future__ import annotations

import numpy as np
import pytest

from ecgengine_plugins.segmenters.ink.rules import take_rules

SCALE = 8.0
PEN_PX = 3.0


@pytest.mark.parametrize("edge", ["top", "bottom"])
def test_a_line_along_the_edge_of_the_sheet_is_a_rule(edge: str) -> None:
    cover = np.zeros((300, 900), np.float32)
    rows = slice(0, 3) if edge == "top" else slice(-3, None)
    cover[rows] = 1.0
    cover[150:153] = 1.0
    cover[150:153, 400:403] = 0.0
    cover[100:153, 400:403] = 1.0
    # What lies behind the sheet in memory must stay as it is.
    rules, covered, _separators = take_rules(cover, PEN_PX, SCALE)
    assert rules.shape == covered.shape == cover.shape
    assert rules[rows].mean() > 0.9
    assert cover[rows].mean() < 0.1
