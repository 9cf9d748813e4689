"""Stretches of True values in a mask."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def runs(mask: NDArray[np.bool_]) -> list[slice]:
    """Give each stretch of True values of an (N,) mask, the first first."""
    edges = np.flatnonzero(np.diff(mask, prepend=False, append=False))
    return [slice(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]
