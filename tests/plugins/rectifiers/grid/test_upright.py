from __future__ import annotations

import numpy as np
import pytest

from ecgengine_plugins.rectifiers.grid.upright import turn_upright
from ecgengine_plugins.rectifiers.gridness import Gridness


@pytest.mark.parametrize("angle_deg", [0.0, 5.0, -12.0])
def test_page_points_are_found_in_turned_gridness(angle_deg: float) -> None:
    values = np.zeros((300, 400), np.float32)
    values[200, 100] = 1.0
    upright = turn_upright(Gridness(values, 2.0), float(np.radians(angle_deg)))
    at = upright.from_page(np.array([[200.5, 400.5]]))
    x, y = np.round(at[0]).astype(int)
    near = upright.values[y - 1 : y + 2, x - 1 : x + 2]
    assert near.sum() == pytest.approx(1.0, abs=0.02)
