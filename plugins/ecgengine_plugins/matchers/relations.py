"""Measure how well limb leads add up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.strips import Strip
from ecgengine_plugins.matchers.ends import TracedRow

_MARGIN_MM = 2.0
_SLACK_MM = 0.6


def limb_agreement(strips: Sequence[Strip], rows: Sequence[TracedRow], x_mm: float) -> float:
    """Correlate II with I + III, and aVR with -(aVL + aVF), as far as they share their time.

    Gives the smaller correlation, or 0 when no relation can be checked.
    """
    by_lead = {strip.lead: strip for strip in strips if not strip.rhythm}
    found = []
    for whole, first, second, sign in (("II", "I", "III", 1), ("aVR", "aVL", "aVF", -1)):
        members = [by_lead.get(lead) for lead in (whole, first, second)]
        curves = _together([strip for strip in members if strip is not None], rows, x_mm)
        if len(curves) == 3:
            found.append(_correlation(curves[0], sign * (curves[1] + curves[2])))
    return min(found, default=0.0)


def _together(
    strips: Sequence[Strip], rows: Sequence[TracedRow], x_mm: float
) -> list[NDArray[np.float64]]:
    """Give the courses of strips over the columns they share; none when they share no time."""
    if not strips:
        return []
    start = strips[0].x_start_px
    if any(abs(strip.x_start_px - start) > _SLACK_MM * x_mm for strip in strips):
        return []
    margin, end = _MARGIN_MM * x_mm, min(strip.x_end_px for strip in strips)
    span = slice(round(start + margin), round(end - margin))
    return [(-1 if strip.inverted else 1) * rows[strip.row].heights_px[span] for strip in strips]


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    both = np.isfinite(a) & np.isfinite(b)
    if both.sum() < max(0.5 * both.size, 2) or np.std(a[both]) * np.std(b[both]) == 0:
        return 0.0
    return float(np.corrcoef(a[both], b[both])[0, 1])
