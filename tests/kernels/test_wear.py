from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgengine_kernels.wear import raise_spots, run_ink, stain_image, upper_envelope


def between(field: np.ndarray, row: float, column: float) -> float:
    """Read a field bilinearly, its elements counted from their middles, its edges held."""
    row, column = np.clip((row, column), 0, np.array(field.shape) - 1)
    r, c = int(row), int(column)
    below, right = min(r + 1, field.shape[0] - 1), min(c + 1, field.shape[1] - 1)
    top = field[r, c] + (field[r, right] - field[r, c]) * (column - c)
    bottom = field[below, c] + (field[below, right] - field[below, c]) * (column - c)
    return float(top + (bottom - top) * (row - r))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_a_stain_changes_colors_by_its_depth(seed: int) -> None:
    random = np.random.default_rng(seed)
    channels = int(random.choice([1, 3]))
    image = random.integers(0, 256, (19, 23, channels)).astype(np.uint8)
    box = (3, 2, int(random.integers(1, 20)), int(random.integers(1, 17)))
    rows, columns = random.integers(1, 6, 2)
    depth = random.uniform(-5, 45, (rows, columns)).astype(np.float32)
    strength = random.uniform(0, 255, (rows, columns)).astype(np.float32)
    strength[random.random((rows, columns)) < 0.5] = 0
    grain = random.integers(-2, 3, (8, 8)).astype(np.int16)
    loss = np.linspace(0, 256, 40)[:, None] * np.ones(channels)
    offset = np.floor(loss * random.uniform(0, 0.99, channels) * 255 / 256)
    ramp = np.stack([np.rint(loss), offset], axis=1).astype(np.uint16)
    expected = image.astype(float)
    spread = np.zeros(image.shape[:2])
    left, top, width, height = box
    for j in range(height):
        for i in range(width):
            at = (j + 0.5) * rows / height - 0.5, (i + 0.5) * columns / width - 0.5
            x, y = left + i, top + j
            share = between(strength, *at) / 255
            index = between(depth, *at) + grain[y % 8, x % 8]
            entry = ramp[int(np.clip(index, 0, 39))]
            stained = image[y, x] * (1 - entry[0] / 256) + entry[1]
            expected[y, x] += (stained - image[y, x]) * share
            # Rounding may take the neighboring entry.
            spread[y, x] = 12 if abs(index - round(index)) < 0.1 else 5
    before = image.copy()
    stain_image(image, box, depth, strength, grain, ramp)
    assert (np.abs(image - expected).max(axis=2) <= spread + 0.01).all()
    if not strength.any():
        assert np.array_equal(image, before)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_spots_raise_the_field_around_them(seed: int) -> None:
    random = np.random.default_rng(seed)
    spots = random.uniform((-4, -4, 0.2), (34, 24, 5), (7, 3)).astype(np.float32)
    depth = np.full((20, 30), -50, np.float32)
    raise_spots(depth, spots, 4.0)
    y, x = np.mgrid[:20, :30]
    inside = [radius - np.hypot(x - cx, y - cy) for cx, cy, radius in spots]
    expected = np.max(inside, axis=0)
    near = expected > -4
    assert np.allclose(depth[near], expected[near], atol=1e-4)
    assert (depth[~near] <= -4 + 1e-4).all()


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_ink_runs_as_far_as_paper_is_wet(seed: int) -> None:
    random = np.random.default_rng(seed)
    ink, near, far, wet = random.integers(0, 256, (4, 9, 11)).astype(np.uint8)
    kept = int(random.integers(0, 256))
    soaked = np.maximum(far, ink * (kept / 256))
    a, b = np.minimum(wet / 128, 1), np.clip((wet - 128.0) / 128, 0, 1)
    expected = (ink * (1 - a) + near * a) * (wet <= 128) + (near * (1 - b) + soaked * b) * (
        wet > 128
    )
    result = run_ink(ink, near, far, wet, kept)
    assert np.abs(result - expected).max() <= 1.6
    assert np.array_equal(run_ink(ink, near, far, np.zeros_like(wet), kept), ink)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_the_envelope_is_the_highest_plane(seed: int) -> None:
    random = np.random.default_rng(seed)
    cell, rows, columns = 6.5, 21, 30
    corners = np.stack(np.meshgrid(np.arange(7) - 1, np.arange(6) - 1), axis=2)
    sites = (corners + random.random(corners.shape)) * cell
    planes = np.dstack([2 * sites, -(sites**2).sum(axis=2)]).astype(np.float32)
    surface, owner = upper_envelope(planes, cell, rows, columns)
    y, x = np.mgrid[:rows, :columns]
    heights = [a * x + b * y + base for a, b, base in planes.reshape(-1, 3).astype(float)]
    # The highest of these planes belongs to the nearest site, which is never far.
    assert np.allclose(surface, np.max(heights, axis=0), atol=1e-2)
    chosen = np.take_along_axis(np.array(heights), owner[None].astype(int), axis=0)[0]
    assert np.allclose(surface, chosen, atol=1e-2)
