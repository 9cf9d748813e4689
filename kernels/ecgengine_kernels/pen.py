"""Undo the pen: find the curve that a round pen of known radius drew from the stroke's edges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.jit import kernel


@kernel
def undo_pen(
    upper: NDArray[np.float64], lower: NDArray[np.float64], radius_px: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Roll the pen along both edges of a stroke and give the two paths of its center.

    A stroke is its curve dilated by a disc. The disc rolling inside the upper edge follows the
    curve wherever that edge shows it (peaks that point up), and stays above it elsewhere; the
    lower edge likewise from below. On steep strokes both agree.

    Args:
        upper: (W,) upper edges, one a column, NaN where unknown.
        lower: (W,) lower edges.
        radius_px: radius of the pen.

    Returns:
        (W,) float64 centers from the upper and from the lower edge, NaN where no edge is near.
    """
    width = upper.size
    reach = int(np.floor(radius_px))
    from_upper = np.full(width, np.nan)
    from_lower = np.full(width, np.nan)
    for x in range(width):
        highest = -np.inf
        lowest = np.inf
        for t in range(-reach, reach + 1):
            k = x + t
            if k < 0 or k >= width:
                continue
            arc = np.sqrt(radius_px * radius_px - t * t)
            if not np.isnan(upper[k]):
                highest = max(highest, upper[k] + arc)
            if not np.isnan(lower[k]):
                lowest = min(lowest, lower[k] - arc)
        if highest > -np.inf:
            from_upper[x] = highest
        if lowest < np.inf:
            from_lower[x] = lowest
    return from_upper, from_lower
