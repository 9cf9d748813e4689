from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine_plugins.matchers.arrangement.hearts import heart_probability
from ecgengine_plugins.matchers.ends import TracedRow

MM = 6.0
WIDTH = 1500


def probability(rise_px: NDArray[np.float64]) -> float:
    """How probable the heights of a row are those of an ECG."""
    row = TracedRow(120.0, WIDTH / MM, (), rise_px)
    return heart_probability([row], (0.0, float(WIDTH)), MM)


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
