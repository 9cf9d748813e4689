"""Find calibration pulses from level bars of ink: those with a leg at either end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.paper.boxes import Box

NARROWEST_MM = 1.5
_WIDEST_MM = 12.5
_LOWEST_MM = 2.5


def find_pulses(
    level: NDArray[np.int32], core: NDArray[np.bool_], pen_px: float, scale: float
) -> list[Box]:
    """Find calibration pulses: a level bar whose two ends go straight down, nothing above it."""
    pulses = []
    least, most = (mm * scale for mm in (NARROWEST_MM, _WIDEST_MM))
    down = round(_LOWEST_MM * scale)
    side = max(1, round(pen_px))
    for first, last, start, stop in level:
        if not least <= stop - start + 1 <= most or last - first + 1 > 2 * pen_px + 1:
            continue
        bottom = last + down
        if bottom >= core.shape[0]:
            continue
        legs = [
            core[last + 1 : bottom, start : start + side],
            core[last + 1 : bottom, stop - side + 1 : stop + 1],
        ]
        if min(leg.any(axis=1).mean() for leg in legs) < 0.95:
            continue
        if stop - start <= 2 * side + 6:
            continue
        inside = core[last + 2 : bottom, start + side + 2 : stop - side - 1]
        above = core[max(first - 2 * side, 0) : max(first - 1, 0), start : stop + 1]
        if inside.mean() > 0.1 or (above.size and above.mean() > 0.2):
            continue
        while bottom < core.shape[0] and all(
            core[bottom, x : x + side].any() for x in (start, stop - side + 1)
        ):
            bottom += 1
        pulses.append(Box(int(first), int(bottom) - 1, int(start), int(stop)))
    return pulses
