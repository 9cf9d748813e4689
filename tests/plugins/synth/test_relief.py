from __future__ import annotations

import numpy as np

from ecgengine_plugins.synth.picture import Leaf, Relief
from ecgengine_plugins.synth.relief import STEP_MM, bend, relief_shape


def test_shapes_add_up_whatever_their_lattice():
    leaf = Leaf(np.zeros((240, 321, 3), np.uint8), 8.0)
    rows, columns = relief_shape(leaf)
    assert (rows - 1) * STEP_MM >= 30
    assert (columns - 1) * STEP_MM >= 321 / 8
    x = np.arange(10, dtype=np.float32) * 5
    old = Relief(np.tile(0.1 * x, (8, 1)), np.tile(0.01 * x[:, None], (8, 1, 2)), 5.0)
    lift = np.full((rows, columns), 2, np.float32)
    shift = np.full((rows, columns, 2), 0.5, np.float32)
    bent = bend(Leaf(leaf.image, 8.0, relief=old), lift, shift).relief
    assert bent is not None
    assert np.allclose(bent.lift_mm[7], 2 + 0.1 * STEP_MM * np.arange(columns), atol=1e-5)
    assert np.allclose(bent.shift_mm[3, :, 1], 0.5 + 0.01 * STEP_MM * np.arange(columns), atol=1e-5)
    assert bent.lift_mm.dtype == bent.shift_mm.dtype == np.float32
    alone = bend(leaf, lift, shift).relief
    assert alone is not None
    assert np.array_equal(alone.lift_mm, lift)
