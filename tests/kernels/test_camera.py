from __future__ import annotations

import numpy as np
import pytest

from ecgengine_kernels.camera import expose, lay_on_table, show_pixels

STEP = 4


@pytest.fixture
def random():
    return np.random.default_rng(5)


def lattice(random, height, width, scale, wobble=0.3):
    """A map that is nearly a scaling, and its slow bilinear reading at every pixel."""
    y, x = np.mgrid[: height // STEP + 2, : width // STEP + 2] * float(STEP)
    nodes = np.dstack([x, y]) * scale + random.normal(0, wobble, (*x.shape, 2))
    return nodes, enlarged(nodes, height, width)


def enlarged(nodes, height, width):
    y, x = np.mgrid[:height, :width] / STEP
    r, c = y.astype(int), x.astype(int)
    fv, fu = y - r, x - c
    if nodes.ndim == 3:
        fv, fu = fv[..., None], fu[..., None]
    top = nodes[r, c] * (1 - fu) + nodes[r, c + 1] * fu
    bottom = nodes[r + 1, c] * (1 - fu) + nodes[r + 1, c + 1] * fu
    return top * (1 - fv) + bottom * fv


def mirrored(places, side):
    places = np.floor(places).astype(int) % (2 * side)
    return np.where(places < side, places, 2 * side - 1 - places)


@pytest.mark.parametrize("holes", [False, True])
def test_the_table_shows_wherever_the_sheet_does_not_cover_it(random, holes):
    height, width = 37, 50
    image = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    missing = random.integers(0, 256, (height, width), dtype=np.uint8)
    if not holes:
        missing = np.empty((0, 0), np.uint8)
    nodes, sheet = lattice(random, height, width, 1.0)
    nodes, sheet = nodes - 6.4, sheet - 6.4
    table_nodes, table = lattice(random, height, width, 1.7)
    table_nodes, table = table_nodes - 40, table - 40
    shade = random.uniform(0, 1, nodes.shape[:2]).astype(np.float32)
    texture = random.integers(0, 256, (16, 16, 3), dtype=np.uint8)
    size = (33.0, 21.0)

    cover = np.minimum(sheet, np.array(size) - sheet).min(axis=-1) + 0.5
    cover = np.clip(cover, 0, 1) * (1 - missing / 255 if holes else 1)
    below = texture[mirrored(table[..., 1], 16), mirrored(table[..., 0], 16)]
    below = below * enlarged(shade, height, width)[..., None]
    cover = cover[..., None]
    expected = np.floor(image * cover + below * (1 - cover) + 0.5)

    seen = image.copy()
    lay_on_table(seen, missing, nodes, size, texture, table_nodes, STEP, shade)
    # Rounding of a place on the table may pick the neighboring texel.
    assert np.mean(np.abs(seen - expected) > 1) < 2e-3
    covered = cover[..., 0] == 1
    assert covered.any() == (not holes or bool((missing == 0).any()))
    np.testing.assert_array_equal(seen[covered], image[covered])


def test_pixels_of_a_display_are_evaluated_at_pixel_centers(random):
    height, width = 30, 41
    image = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    nodes, places = lattice(random, height, width, 1.03)
    count = 64
    wave = np.cos(np.arange(count) * 2 * np.pi / count).astype(np.float32)
    across, down = np.float32(0.3), np.float32(0.1)

    u, v = places[..., 0], places[..., 1]
    rows = 1 + down * wave[np.floor(v * count).astype(int) % count]
    expected = np.empty(image.shape)
    for k in range(3):
        stripe = 1 + across * wave[np.floor((u - k / 3) * count).astype(int) % count]
        expected[..., k] = np.minimum(image[..., k] * rows * stripe, 255)

    seen = image.copy()
    show_pixels(seen, nodes, STEP, wave, across, down)
    # A phase rounded otherwise moves the wave by one of its samples, a tenth of a radian.
    assert np.abs(seen - expected).max() < 255 * 0.3 * 0.11
    assert np.mean(np.abs(seen - expected) > 0.51) < 0.01


def test_exposure_follows_its_steps_in_order(random):
    height, width, side = 29, 43, 16
    sharp, soft = random.integers(0, 256, (2, height, width, 3), dtype=np.uint8)
    light = random.uniform(0.3, 1.3, (height // STEP + 2, width // STEP + 2, 5))
    light[..., 3] = random.uniform(0, 0.1, light.shape[:2])
    light[..., 4] = random.uniform(-1, 1, light.shape[:2])
    tone = np.linspace(5, 250, 1001).astype(np.float32)
    noise = np.linspace(1, 6, 1001).astype(np.float32)
    grain = random.integers(-50, 51, (side, side, 3)).astype(np.int8)
    places = random.integers(0, side, (height // 8 + 1, width // 8 + 1, 2))

    at = enlarged(light, height, width)
    mixed = sharp + (soft.astype(float) - sharp) * at[..., 4:]
    value = np.clip(mixed / 255, 0, 1)
    lit = np.polyval([0.305306, 0.682171, 0.012523, 0], value) * at[..., :3] + at[..., 3:4]
    lit = np.clip(lit, 0, 1)
    y, x = np.mgrid[:height, :width]
    place = places[y // 8, x // 8]
    rough = grain[(y + place[..., 1]) % side, (x + place[..., 0]) % side] / 16
    expected = 5 + 245 * lit + rough * (1 + 5 * lit)

    seen = expose(
        sharp.reshape(height, -1),
        soft.reshape(height, -1),
        light.astype(np.float32),
        STEP,
        tone,
        noise,
        grain.reshape(side, -1),
        places,
    ).reshape(height, width, 3)
    assert np.abs(seen - np.clip(expected, 0, 255)).max() < 0.5 + 0.15


def test_values_stand_for_light_as_in_srgb():
    ramp = np.repeat(np.arange(256, dtype=np.uint8), 3)[None]
    light = np.zeros((2, 65, 5), np.float32)
    light[..., :3] = 1
    tone = np.linspace(0, 255, 4096).astype(np.float32)
    grain = np.zeros((2, 6), np.int8)
    places = np.zeros((1, 256, 2), np.int64)
    seen = expose(ramp, ramp, light, STEP, tone, np.ones_like(tone), grain, places)[0, ::3]
    value = np.arange(256) / 255
    exact = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    assert np.abs(seen - 255 * exact).max() < 1.2
