from __future__ import annotations

import numpy as np
import pytest

from ecgengine_plugins.synth.stains import CELL_MM, DEPTHS_MM, Box, Painter, Ramp, depth_in

SCALE = 6.0


@pytest.fixture
def painter():
    return Painter(np.full((300, 420, 3), 200, np.uint8), SCALE, np.random.default_rng(1))


def middles_mm(image):
    rows, columns = image.shape[:2]
    return (np.arange(columns) + 0.5)[None] / SCALE, (np.arange(rows) + 0.5)[:, None] / SCALE


def test_a_coat_hides_what_lies_inside_its_edge(painter):
    box = Box.around(painter.image, SCALE, (30.0, 25.0), 12.0)
    x, y = box.grid_mm()
    depth = 8 - np.hypot(x - 30, y - 25)
    painter.lay(box, depth, Ramp.coat((DEPTHS_MM > 0).astype(float), (10, 20, 30)), 1.0, 0.0)
    x, y = middles_mm(painter.image)
    away = np.hypot(x - 30, y - 25)
    assert np.abs(painter.image[away < 7.8] - (10, 20, 30)).max() <= 1
    assert (painter.image[away > 8.2] == 200).all()


def test_a_box_ends_where_the_picture_does(painter):
    box = Box.around(painter.image, SCALE, (1.0, 49.0), 9.0)
    assert (box.left, box.top + box.height) == (0, 300)
    assert box.width == 61
    beyond = Box.around(painter.image, SCALE, (-20.0, 10.0), 9.0)
    painter.lay(
        beyond, np.ones(beyond.shape, np.float32), Ramp.coat(np.ones(DEPTHS_MM.size), (0,) * 3)
    )
    assert (painter.image == 200).all()


def test_dyes_multiply(painter):
    density = np.where(DEPTHS_MM > 0, 0.5, 0.0)
    box = Box.whole(painter.image, SCALE)
    depth = np.ones(box.shape, np.float32)
    for _ in range(2):
        painter.lay(box, depth, Ramp.dye(density, (0.1, 0.4, 0.9)))
    assert np.abs(painter.image[150, 200] - 200 * np.exp([-0.1, -0.4, -0.9])).max() <= 1.5


def test_strength_takes_a_share(painter):
    box = Box.whole(painter.image, SCALE)
    depth = np.ones(box.shape, np.float32)
    strength = np.broadcast_to(np.linspace(0, 1, box.shape[1], dtype=np.float32), box.shape)
    painter.lay(box, depth, Ramp.coat(np.ones(DEPTHS_MM.size), (0, 0, 0)), strength)
    row = painter.image[150, :, 0].astype(int)
    assert (np.diff(row) <= 0).all()
    assert row[0] == 200
    assert row[-1] <= 1
    assert row[210] == pytest.approx(100, abs=3)


def test_edges_are_ragged_alike_in_two_pictures(painter):
    box = Box.whole(painter.image, SCALE)
    depth = np.broadcast_to(25 - box.grid_mm()[1], box.shape).astype(np.float32)
    ramp = Ramp.coat((DEPTHS_MM > 0).astype(float), (0,))
    lost = np.zeros((300, 420, 1), np.uint8)
    painter.onto(lost).lay(box, depth, Ramp.coat((DEPTHS_MM > 0).astype(float), (255,)), 1.0, 0.4)
    painter.lay(box, depth, Ramp(np.tile(ramp.passes, 3), np.tile(ramp.adds, 3)), 1.0, 0.4)
    assert np.array_equal(lost[:, :, 0] > 127, painter.image[:, :, 0] < 100)
    line = (lost[:, :, 0] > 127).sum(axis=0)
    assert np.ptp(line) > 0.8 * SCALE
    assert line.mean() / SCALE == pytest.approx(25, abs=0.3)


def test_a_tint_follows_its_optical_density(painter):
    shape = Box.whole(painter.image, SCALE).shape
    optical = np.zeros((*shape, 3), np.float32)
    optical[:, shape[1] // 2 :, 2] = 0.7
    painter.tint(optical)
    assert (painter.image[:, :200] == 200).all()
    assert np.abs(painter.image[150, 300] - np.array([200, 200, 200 * np.exp(-0.7)])).max() <= 1


def test_depth_counts_from_the_edge():
    inside = np.zeros((40, 40), bool)
    inside[10:30, 10:30] = True
    depth = depth_in(inside)
    assert np.array_equal(depth > 0, inside)
    assert depth[20, 20] == pytest.approx(10 * CELL_MM, abs=0.5)
    assert depth[20, 0] == pytest.approx(-10 * CELL_MM, abs=0.5)


def test_depth_in_spots_is_measured_on_the_sheet(painter):
    box = Box.around(painter.image, SCALE, (40.0, 20.0), 15.0)
    spots = np.array([[36.0, 18.0, 3.0], [45.0, 22.0, 1.0]])
    depth = box.depth_in_spots(spots, 4.0)
    x, y = box.grid_mm()
    expected = np.maximum(3 - np.hypot(x - 36, y - 18), 1 - np.hypot(x - 45, y - 22))
    near = expected > -3.5
    assert np.abs(depth - expected)[near].max() < 0.1
