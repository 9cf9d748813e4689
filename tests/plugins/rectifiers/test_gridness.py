from __future__ import annotations

import numpy as np
import pytest

from ecgengine_plugins.rectifiers.gridness import measure_gridness


@pytest.mark.parametrize(("side", "factor"), [(2614, 1), (5301, 2)])
def test_large_pages_are_reduced_by_whole_pixels(side: int, factor: int) -> None:
    image = np.full((200, side, 3), 255, np.uint8)
    start = 2 * (side // 4)
    image[:, start : start + 6, 1] = 200
    gridness = measure_gridness(image)
    assert gridness.px_per_px == factor
    assert gridness.values.shape == (200 // factor, side // factor)
    row = np.clip(gridness.values[50], 0, None)
    found = float((row * np.arange(row.size)).sum() / row.sum())
    assert (found + 0.5) * factor - 0.5 == pytest.approx(start + 2.5, abs=0.1)
