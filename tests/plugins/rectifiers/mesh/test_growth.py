from __future__ import annotations

import numpy as np
import pytest

from ecgengine_plugins.rectifiers.mesh.growth import link_crossings
from ecgengine_plugins.rectifiers.mesh.seeds import Seed

LINE_PX = 8.0
SHAPE = (480, 640)


@pytest.mark.parametrize("lines", [3, 4, 5, 6])
def test_five_lines_are_a_period_whatever_the_seed_says(lines: int) -> None:
    y, x = np.indices(SHAPE) / LINE_PX
    course = sum(np.exp(8 * (np.cos(2 * np.pi * part) - 1)) for part in (x, y))
    values = (40 * course).astype(np.float32)
    seed = Seed(LINE_PX * np.array([40.0, 30.0]), lines * LINE_PX * np.eye(2), 5.0)
    mesh = link_crossings(values, np.zeros_like(values), [[seed]])
    assert mesh is not None
    np.testing.assert_allclose(mesh.frame, 5 * LINE_PX * np.eye(2), atol=0.2)
