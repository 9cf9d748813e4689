"""Compare rhythm strips with the short leads that they may repeat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.strips import Strip
from ecgengine_plugins.paper.ink import Ink

_AROUND_MM = 12.0
_NAME_MM, _MARGIN_MM = 8.0, 2.0


def likenesses(strip: Strip, short: Sequence[Strip], ink: Ink) -> dict[str, float]:
    """Tell how like a rhythm strip is to every short lead over the time of that lead, -1 to 1.

    What is repeated is as tall as it was: twice the covariance over the sum of variances (L. Lin,
    "A concordance correlation coefficient to evaluate reproducibility", 1989, for equal means).
    """
    found: dict[str, float] = {}
    for other in short:
        if other.lead is None:
            continue
        span = (other.x_start_px + _NAME_MM * ink.x_mm, other.x_end_px - _MARGIN_MM * ink.x_mm)
        a, b = course(strip.zero_px, span, ink), course(other.zero_px, span, ink)
        both = np.isfinite(a) & np.isfinite(b)
        if both.sum() > 0.5 * both.size and np.std(a[both]) * np.std(b[both]) > 0:
            covariance = np.cov(a[both], b[both])
            found[other.lead] = float(2 * covariance[0, 1] / np.trace(covariance))
    return found


def course(zero_px: float, span: tuple[float, float], ink: Ink) -> NDArray[np.float64]:
    """Give the mean height (px, upward) of the ink at a zero line in every column; NaN without."""
    reach = _AROUND_MM * ink.y_mm
    top = max(round(zero_px - reach), 0)
    window = ink.trace[top : round(zero_px + reach) + 1, round(span[0]) : round(span[1])]
    rows = np.arange(window.shape[0], dtype=np.float64)
    mass = window.sum(axis=0, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        middle: NDArray[np.float64] = zero_px - top - rows @ window / mass
    middle[mass < 0.5] = np.nan
    return middle
