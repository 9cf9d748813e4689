from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgengine_kernels.warp import compose_layers, warp_lattice


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_layers_hide_what_lies_below_them(seed: int) -> None:
    random = np.random.default_rng(seed)
    layers = random.integers(0, 256, (3, 5, 7)).astype(np.uint8)
    colors = random.uniform(0, 255, (3, 3)).astype(np.float32)
    paper = np.rint(random.uniform(0, 255, 3)).astype(np.float32)
    expected = np.broadcast_to(paper, (5, 7, 3)).astype(float)
    for layer, color in zip(layers, colors, strict=True):
        alpha = layer[:, :, None] / 255
        expected = expected * (1 - alpha) + color * alpha
    # Each layer rounds once.
    assert np.abs(compose_layers(layers, colors, paper) - expected).max() <= 1.6


def slow_warp(
    flat: np.ndarray, nodes: np.ndarray, step: float, size: tuple[int, int]
) -> np.ndarray:
    height, width = size
    rows, columns = flat.shape[:2]
    image = np.zeros((height, width, flat.shape[2]))
    for y in range(height):
        for x in range(width):
            r, c = min(int(y / step), len(nodes) - 2), min(int(x / step), nodes.shape[1] - 2)
            fy, fx = y / step - r, x / step - c
            top = nodes[r, c] * (1 - fx) + nodes[r, c + 1] * fx
            bottom = nodes[r + 1, c] * (1 - fx) + nodes[r + 1, c + 1] * fx
            u, v = top * (1 - fy) + bottom * fy
            if not (-0.5 <= u <= columns - 0.5 and -0.5 <= v <= rows - 0.5):
                image[y, x] = 77
                continue
            u, v = np.clip(u, 0, columns - 1), np.clip(v, 0, rows - 1)
            i, j = min(int(u), columns - 2), min(int(v), rows - 2)
            a, b = u - i, v - j
            image[y, x] = (
                flat[j, i] * (1 - a) * (1 - b)
                + flat[j, i + 1] * a * (1 - b)
                + flat[j + 1, i] * (1 - a) * b
                + flat[j + 1, i + 1] * a * b
            )
    return image


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 3]), st.floats(3.0, 9.0))
def test_pixels_are_read_where_the_lattice_says(seed: int, channels: int, step: float) -> None:
    random = np.random.default_rng(seed)
    flat = random.integers(0, 256, (11, 13, channels)).astype(np.uint8)
    rows, columns = int(14 / step) + 2, int(17 / step) + 2
    y, x = np.mgrid[:rows, :columns] * step
    nodes = np.stack([x * 0.8 - 1, y * 0.9 - 1], axis=-1) + random.normal(
        0, 0.7, (rows, columns, 2)
    )
    outside = np.full(channels, 77, np.uint8)
    seen = warp_lattice(flat, nodes, step, 14, 17, outside)
    expected = slow_warp(flat, nodes, step, (14, 17))
    # A position is rounded to 1/256 pixel, which neighbors that differ by 255 turn into one level.
    assert np.mean(np.abs(seen - expected) <= 2.1) > 0.99


def test_the_identity_changes_nothing() -> None:
    flat = np.random.default_rng(1).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    nodes = np.array([[[0, 0], [32, 0]], [[0, 32], [32, 32]]], dtype=np.float64)
    seen = warp_lattice(flat, nodes, 32.0, 20, 30, np.zeros(3, np.uint8))
    np.testing.assert_array_equal(seen, flat)
