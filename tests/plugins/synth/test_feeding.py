from __future__ import annotations

import numpy as np
import pytest

from ecgengine_plugins.synth.feeding import feed
from ecgengine_plugins.synth.picture import Relief

SIZE_PX, PX_PER_MM, SHEET_MM = (2200, 1700), 7.874, (279.4, 215.9)


def affine_part(paper_map):
    """The affine map that fits best (from centered pixels), and what it leaves."""
    rows, columns = paper_map.nodes_mm.shape[:2]
    y, x = np.mgrid[:rows, :columns] * paper_map.step_px
    places = np.stack([x - SIZE_PX[0] / 2, y - SIZE_PX[1] / 2, np.ones_like(x)], axis=2)
    nodes = paper_map.nodes_mm.reshape(-1, 2)
    matrix = np.linalg.lstsq(places.reshape(-1, 3), nodes, rcond=None)[0].T
    return matrix, nodes - places.reshape(-1, 3) @ matrix.T


def maps(count=40, relief=None):
    return [
        feed(np.random.default_rng(seed), SIZE_PX, PX_PER_MM, SHEET_MM, relief)
        for seed in range(count)
    ]


def test_a_sheet_is_turned_and_stretched_a_little():
    fits = [affine_part(paper_map)[0] for paper_map in maps()]
    angles = np.array([np.degrees(np.arctan2(m[1, 0], m[0, 0])) for m in fits])
    assert np.abs(angles).max() < 3.1
    assert np.mean(np.abs(angles) < 1.5) > 0.85
    assert angles.std() > 0.3
    scales = np.array([np.linalg.norm(m[:, :2], axis=0) * PX_PER_MM for m in fits])
    assert np.abs(scales - 1).max() < 0.01
    assert np.abs(scales[:, 0] - scales[:, 1]).max() > 0.001


def test_a_sheet_lies_about_the_middle():
    middles = np.array([affine_part(paper_map)[0][:, 2] for paper_map in maps()])
    assert np.abs(middles - np.array(SHEET_MM) / 2).max() < 3


def test_feeding_wobbles_by_tenths_of_a_millimeter():
    left = np.array([np.abs(affine_part(paper_map)[1]).max() for paper_map in maps()])
    assert left.max() < 0.8
    assert np.median(left) > 0.05
    for paper_map in maps(10):
        steps = np.diff(paper_map.nodes_mm, axis=1)[:, :, 0]
        assert np.abs(steps * PX_PER_MM / paper_map.step_px - 1).max() < 0.12


def test_the_lattice_covers_the_picture():
    paper_map = maps(1)[0]
    rows, columns = paper_map.nodes_mm.shape[:2]
    assert (columns - 1) * paper_map.step_px >= SIZE_PX[0] - 1
    assert (rows - 1) * paper_map.step_px >= SIZE_PX[1] - 1


def test_the_lid_presses_a_bent_sheet_flat():
    shift = np.zeros((120, 160, 2), np.float32)
    shift[:, :, 0] = 5.0
    lift = np.ones((120, 160), np.float32)
    flat, bent = maps(1)[0], maps(1, Relief(lift, shift, 2.0))[0]
    assert np.allclose(flat.nodes_mm - bent.nodes_mm, (1.0, 0.0), atol=1e-5)


def test_the_seed_decides_everything():
    assert np.array_equal(maps(1)[0].nodes_mm, maps(1)[0].nodes_mm)


@pytest.mark.parametrize("seed", range(5))
def test_there_is_no_fold(seed):
    nodes = maps(seed + 1)[seed].nodes_mm
    across, down = np.diff(nodes, axis=1)[:-1], np.diff(nodes, axis=0)[:, :-1]
    assert np.all(across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0] > 0)
