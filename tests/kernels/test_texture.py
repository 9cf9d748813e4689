from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgengine_kernels.texture import magnify


def cubic(values: np.ndarray, place: float) -> float:
    """Read a line of values by Keys' kernel, its ends held."""
    total = 0.0
    for index in range(int(np.floor(place)) - 1, int(np.floor(place)) + 3):
        s = abs(place - index)
        near = 1.5 * s**3 - 2.5 * s**2 + 1
        far = -0.5 * s**3 + 2.5 * s**2 - 4 * s + 2
        weight = near if s <= 1 else far
        total += weight * values[np.clip(index, 0, len(values) - 1)]
    return total


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_fields_are_enlarged_by_cubic_convolution(seed: int) -> None:
    random = np.random.default_rng(seed)
    height, width = random.integers(1, 7, 2)
    field = random.standard_normal((height, width)).astype(np.float32)
    tall, wide = random.uniform(1, 5, 2)
    rows, columns = random.integers(1, 14, 2)
    expected = np.empty((rows, columns))
    for r in range(rows):
        y = (r + 0.5 - rows / 2) / tall + height / 2 - 0.5
        line = np.array([cubic(column, y) for column in field.T.astype(float)])
        for c in range(columns):
            expected[r, c] = cubic(line, (c + 0.5 - columns / 2) / wide + width / 2 - 0.5)
    assert np.allclose(magnify(field, rows, columns, tall, wide), expected, atol=1e-5)
