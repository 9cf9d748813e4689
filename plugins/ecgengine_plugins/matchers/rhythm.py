"""Compare rhythm strips with the short leads that they may repeat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ecgengine.data.strips import Strip
from ecgengine_plugins.matchers.ends import TracedRow

_NAME_MM, _MARGIN_MM = 8.0, 2.0


def likenesses(
    strip: Strip, short: Sequence[Strip], rows: Sequence[TracedRow], x_mm: float
) -> dict[str, float]:
    """Tell how like a rhythm strip is to every short lead over the time of that lead, -1 to 1.

    What is repeated is as tall as it was: twice the covariance over the sum of variances (L. Lin,
    "A concordance correlation coefficient to evaluate reproducibility", 1989, for equal means).
    """
    found: dict[str, float] = {}
    for other in short:
        if other.lead is None:
            continue
        span = slice(
            round(other.x_start_px + _NAME_MM * x_mm), round(other.x_end_px - _MARGIN_MM * x_mm)
        )
        a, b = rows[strip.row].heights_px[span], rows[other.row].heights_px[span]
        both = np.isfinite(a) & np.isfinite(b)
        if both.sum() > 0.5 * both.size and np.std(a[both]) * np.std(b[both]) > 0:
            covariance = np.cov(a[both], b[both])
            found[other.lead] = float(2 * covariance[0, 1] / np.trace(covariance))
    return found
