from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgengine_kernels.drawing import draw_curve

SIZE = 24


def slow_coverage(points: np.ndarray, width: float, left: float, right: float) -> np.ndarray:
    """Measure every pixel's distance to every piece of the line."""
    layer = np.zeros((SIZE, SIZE))
    for y in range(SIZE):
        for x in range(SIZE):
            nearest = math.inf
            for (x0, y0), (x1, y1) in pairwise(points):
                if math.isnan(x0 + y0 + x1 + y1):
                    continue
                along = (x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)
                length2 = (x1 - x0) ** 2 + (y1 - y0) ** 2
                t = min(max(along / length2, 0), 1) if length2 else 0
                nearest = min(nearest, math.dist((x, y), (x0 + t * (x1 - x0), y0 + t * (y1 - y0))))
            inside = np.clip(width / 2 - nearest + 0.5, 0, 1)
            beyond = np.clip(-width / 2 - nearest + 0.5, 0, 1)
            shown = np.clip(x + 0.5 - left, 0, 1) * np.clip(right - x + 0.5, 0, 1)
            layer[y, x] = (inside - beyond) * shown
    return layer


coordinate = st.floats(-8, SIZE + 8)
curves = st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=6)


@settings(deadline=None, max_examples=40)
@given(curves, st.floats(0.2, 6), st.floats(-5, 12), st.floats(12, SIZE + 5))
def test_every_pixel_is_covered_as_its_distance_says(
    points: list[tuple[float, float]], width: float, left: float, right: float
) -> None:
    curve = np.array(points)
    layer = np.zeros((SIZE, SIZE), np.uint8)
    draw_curve(layer, curve, width, left, right)
    expected = slow_coverage(curve, width, left, right) * 255
    assert np.abs(layer - expected).max() <= 0.5 + 1e-6


def test_a_level_stroke_covers_its_width() -> None:
    layer = np.zeros((20, 30), np.uint8)
    draw_curve(layer, np.array([[-5.0, 9.3], [40.0, 9.3]]), 2.4, -np.inf, np.inf)
    # From 8.1 to 10.5; pixel 8 reaches from 7.5 to 8.5.
    expected = np.zeros(20)
    expected[8:11] = 0.4, 1, 1
    np.testing.assert_allclose(layer / 255, np.tile(expected[:, None], 30), atol=0.01)


def test_a_pen_thinner_than_a_pixel_keeps_its_ink() -> None:
    layer = np.zeros((20, 30), np.uint8)
    draw_curve(layer, np.array([[-5.0, 9.5], [40.0, 9.5]]), 0.3, -np.inf, np.inf)
    np.testing.assert_allclose(layer.sum(axis=0) / 255, 0.3, atol=0.01)


def test_nan_lifts_the_pen() -> None:
    layer = np.zeros((20, 40), np.uint8)
    points = np.array([[2.0, 10], [8, 10], [np.nan, np.nan], [30, 10], [36, 10]])
    draw_curve(layer, points, 2.0, -np.inf, np.inf)
    assert layer[:, 12:27].sum() == 0
    assert layer[10, 5] == layer[10, 33] == 255


def test_what_is_there_stays() -> None:
    layer = np.full((20, 20), 99, np.uint8)
    draw_curve(layer, np.array([[5.0, 10], [15.0, 10]]), 2.0, -np.inf, np.inf)
    assert layer.min() == 99
    assert layer[10, 10] == 255
