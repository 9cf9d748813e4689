from __future__ import annotations

import numpy as np
import pytest

from ecgengine_plugins.synth.folding import fold_up
from ecgengine_plugins.synth.picture import Leaf
from ecgengine_plugins.synth.relief import STEP_MM


@pytest.mark.parametrize("seed", range(4))
def test_a_folded_leaf_bends_along_few_straight_lines_and_keeps_its_ink(seed: int) -> None:
    leaf = Leaf(np.full((840, 1120, 3), 255, np.uint8), 4.0)
    folded = fold_up(leaf, np.random.default_rng(seed))
    assert folded.image is leaf.image
    assert folded.missing is None
    relief = folded.relief
    assert relief is not None
    assert relief.step_mm == STEP_MM
    assert not relief.shift_mm.any()
    lift = relief.lift_mm
    assert 0.3 < np.ptp(lift) < 45
    down = np.abs(np.diff(lift, 2, axis=0))[:, 1:-1]
    bends = np.maximum(down, np.abs(np.diff(lift, 2, axis=1))[1:-1])
    sharp = bends > 0.25 * bends.max()
    # A line of one or two nodes across 280 x 210 mm, five times at most.
    assert 0.001 < sharp.mean() < 0.1
