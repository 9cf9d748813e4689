from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine.data.sheet import Sheet
from ecgengine.geometry.page_map import PageMap
from ecgengine_plugins.rectifiers.regions import fit_by_region

SHIFT_PX = 1000.0


def test_each_region_is_asked_at_four_points_of_the_page() -> None:
    shift = np.array([[1.0, 0.0, SHIFT_PX], [0.0, 1.0, 0.0]])
    image = np.zeros((200, 300, 3), np.uint8)
    sheet = Sheet(image, 10.0, 5.0, PageMap.affine(shift, 300, 200), "grid")
    asked: list[NDArray[np.float64]] = []

    def see(points: NDArray[np.float64]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        asked.append(points)
        return points[:, 0] < SHIFT_PX + 140, np.where(points[:, 1] < 20, 0.3, 0.4)

    fit = fit_by_region(sheet, see)
    (points,) = asked
    assert points.shape == (4 * 3 * 4, 2)
    assert points.min(axis=0) == pytest.approx([SHIFT_PX + 25, 12.5])
    np.testing.assert_array_equal(fit.seen, [[1.0, 0.5, 0.0]] * 4)
    lower = np.hypot(0.3, 0.4) / np.sqrt(2)
    np.testing.assert_allclose(fit.residual_mm[:, 0], [lower, 0.4, 0.4, 0.4])
    assert np.isnan(fit.residual_mm[:, 2]).all()


def test_a_sheet_smaller_than_a_region_is_one() -> None:
    image = np.zeros((20, 20, 3), np.uint8)
    sheet = Sheet(image, 10.0, 10.0, PageMap.affine(np.eye(2, 3), 20, 20), "grid")
    fit = fit_by_region(sheet, lambda points: (points[:, 0] > 0, points[:, 0] * 0))
    assert fit.seen.tolist() == [[1.0]]
