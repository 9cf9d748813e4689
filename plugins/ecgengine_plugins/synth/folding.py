"""Fold sheets as they are folded to fit a pocket or an envelope, and opened again."""

from __future__ import annotations

import numpy as np

from ecgengine_plugins.synth.creasing import fold
from ecgengine_plugins.synth.picture import Leaf
from ecgengine_plugins.synth.relief import bend, relief_shape

_MOST_FOLDS = 5
_SLOPES = (0.03, 0.2)
_ASKEW = 0.5


def fold_up(leaf: Leaf, random: np.random.Generator) -> Leaf:
    """Fold a leaf along straight lines and open it: it stands up there, no ink is lost."""
    shape = relief_shape(leaf)
    lift = np.zeros(shape, dtype=np.float32)
    for _ in range(random.integers(1, _MOST_FOLDS + 1)):
        slope = random.choice([-1, 1]) * random.uniform(*_SLOPES)
        lift += fold(random, shape, slope, _ASKEW)[0]
    return bend(leaf, lift, np.zeros((*shape, 2), dtype=np.float32))
