from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine.data.sheet import Sheet
from ecgengine.data.tracemap import TraceMap
from ecgengine.geometry.page_map import PageMap
from ecgengine_plugins.matchers.arrangement.hearts import heart_probability
from ecgengine_plugins.paper.ink import gather

MM = 6.0
WIDTH, HEIGHT, ZERO = 1500, 240, 120.0


def probability(rise_px: NDArray[np.float64]) -> float:
    """How probable a curve, drawn with a pen of two pixels, is an ECG."""
    trace = np.zeros((1, HEIGHT, WIDTH), np.float32)
    heights = ZERO - rise_px
    for column in range(WIDTH - 1):
        low, high = sorted((heights[column], heights[column + 1]))
        trace[0, max(round(low) - 1, 0) : round(high) + 1, column] = 1
    page_map = PageMap.affine(np.array([[1.0, 0, 0], [0, 1.0, 0]]), WIDTH, HEIGHT)
    sheet = Sheet(np.full((HEIGHT, WIDTH, 3), 255, np.uint8), MM, MM, page_map, "grid")
    ink = gather(sheet, TraceMap(trace, pen_width_px=2.0))
    return heart_probability(ink, [ZERO], (0.0, float(WIDTH)))


X = np.arange(WIDTH, dtype=np.float64)


def test_complexes_with_rest_between_them_are_a_hearts() -> None:
    beats = np.cumsum(np.random.default_rng(2).uniform(90, 150, 12))
    rise = sum(60 * np.exp(-(((X - beat) / 4) ** 2)) for beat in beats)
    waves = sum(10 * np.exp(-(((X - beat - 45) / 12) ** 2)) for beat in beats)
    assert probability(rise + waves) > 0.98


@pytest.mark.parametrize("kind", ["sines", "noise", "steps"])
def test_other_curves_are_not_surely_a_hearts(kind: str) -> None:
    random = np.random.default_rng(5)
    rise = {
        "sines": 40 * np.sin(X / 9),
        "noise": 60 * np.convolve(random.normal(0, 1, WIDTH + 8), np.ones(9) / 9, "valid"),
        "steps": 40.0 * (np.floor(X / 70) % 2) - 20,
    }[kind]
    assert probability(rise) < 0.98
