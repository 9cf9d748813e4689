"""Find stretches of True values in a mask, and widen them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def runs(mask: NDArray[np.bool_]) -> list[slice]:
    """Give each stretch of True values of an (N,) mask, the first first."""
    edges = np.flatnonzero(np.diff(mask, prepend=False, append=False))
    return [slice(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def widened(mask: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """Mark what lies within `reach` of what an (N,) mask marks."""
    wide = cv2.dilate(mask[None].astype(np.uint8), np.ones((1, 2 * reach + 1), np.uint8))
    return np.asarray(wide[0], dtype=np.bool_)
