"""Measure how well limb leads add up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.strips import Strip
from ecgengine_plugins.matchers.rhythm import course
from ecgengine_plugins.paper.ink import Ink

_MARGIN_MM = 2.0
_SLACK_MM = 0.6


def limb_agreement(strips: Sequence[Strip], ink: Ink) -> float:
    """Correlate II with I + III, and aVR with -(aVL + aVF), as far as they share their time.

    Gives the smaller correlation, or 0 when no relation can be checked.
    """
    by_lead = {strip.lead: strip for strip in strips if not strip.rhythm}
    found = []
    for whole, first, second, sign in (("II", "I", "III", 1), ("aVR", "aVL", "aVF", -1)):
        members = [by_lead.get(lead) for lead in (whole, first, second)]
        curves = _together([member for member in members if member is not None], ink)
        if len(curves) == 3:
            found.append(_correlation(curves[0], sign * (curves[1] + curves[2])))
    return min(found, default=0.0)


def _together(strips: Sequence[Strip], ink: Ink) -> list[NDArray[np.float64]]:
    """Give the courses of strips over the columns they share; none when they share no time."""
    if not strips:
        return []
    start = strips[0].x_start_px
    if any(abs(strip.x_start_px - start) > _SLACK_MM * ink.x_mm for strip in strips):
        return []
    margin = _MARGIN_MM * ink.x_mm
    span = (start + margin, min(strip.x_end_px for strip in strips) - margin)
    return [(-1 if strip.inverted else 1) * course(strip.zero_px, span, ink) for strip in strips]


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    both = np.isfinite(a) & np.isfinite(b)
    if both.sum() < max(0.5 * both.size, 2) or np.std(a[both]) * np.std(b[both]) == 0:
        return 0.0
    return float(np.corrcoef(a[both], b[both])[0, 1])
