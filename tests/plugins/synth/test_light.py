from __future__ import annotations

import numpy as np

from ecgengine.geometry.paper_map import PaperMap
from ecgengine_plugins.synth.light import STEP_PX, glow, shine
from ecgengine_plugins.synth.picture import Relief

SHEET_MM = (200.0, 150.0)
SIZE_PX = (801, 601)


def scaled():
    """A map that sees the sheet from 100 pixels before its corner to 100 past it, at 3 px/mm."""
    y, x = np.mgrid[:39, :52] * 16.0
    return PaperMap((np.dstack([x, y]) - 100) / 3, 16.0)


def ramp(slope_x, slope_y):
    y, x = np.mgrid[:76, :101] * 2.0
    lift = (slope_x * x + slope_y * y).astype(np.float32)
    return Relief(lift, np.zeros((*lift.shape, 2), np.float32), 2.0)


def lit(seed, relief):
    return shine(np.random.default_rng(seed), scaled(), SIZE_PX, relief, SHEET_MM)


def test_light_lies_on_a_lattice_over_the_picture():
    light = lit(1, ramp(0, 0))
    assert light.gain.shape == ((SIZE_PX[1] - 1) // STEP_PX + 1, (SIZE_PX[0] - 1) // STEP_PX + 1, 3)
    assert light.veil.shape == light.gain.shape[:2]
    assert light.gain.dtype == light.veil.dtype == np.float32
    for seed in range(20):
        light = lit(seed, ramp(0.05, 0))
        assert light.gain.min() > 0
        assert light.veil.min() >= 0


def test_slopes_toward_the_lamp_are_brighter_and_only_on_the_sheet():
    brightened = []
    for seed in range(12):
        flat, up, down = (lit(seed, ramp(slope, 0)).gain for slope in (0, 0.08, -0.08))
        on, off = (slice(30, 120), slice(60, 160)), (slice(0, 20), slice(0, 20))
        change = up[on] / flat[on] - 1, down[on] / flat[on] - 1
        assert np.sign(change[0].mean()) == -np.sign(change[1].mean())
        np.testing.assert_allclose(up[off], flat[off], rtol=1e-6)
        brightened.append(change[0].mean())
    assert min(brightened) < -0.01
    assert max(brightened) > 0.01


def test_displays_mostly_shine_blue():
    gains = np.array([glow(np.random.default_rng(s), SIZE_PX).gain.mean((0, 1)) for s in range(30)])
    assert np.mean(gains[:, 2] > gains[:, 0]) > 0.7
