"""Find the rows of leads by the votes of all ink for the zero line that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ecgengine.data.look import CELL_MM, Look
from ecgengine_plugins.paper.ink import Ink
from ecgengine_plugins.paper.peaks import maxima
from ecgengine_plugins.paper.row_votes import votes

_BIN_MM = 0.25
_NEAR_MM = 1.5
_SMOOTH_MM = 0.6
_CLOSEST_MM = 5.0
_LEAST_SHARE, _LEAST_MM = 0.06, 15.0
_LEVEL_MM = 1.75


@dataclass(frozen=True, slots=True)
class VotedRow:
    """A row of ink that may be one of leads.

    Attributes:
        zero_mm: sheet y of its zero line.
        covered_mm: how much of its length has ink that votes for it.
    """

    zero_mm: float
    covered_mm: float


def voted_rows(look: Look) -> list[VotedRow]:
    """Give the rows that ink votes for, top to bottom.

    In each column of cells a zero line has one vote: steep ink does not count more than level ink.
    """
    height, width = look.trace.shape
    _, columns, zeros_mm = votes(look)
    bins = np.floor(zeros_mm / _BIN_MM).astype(np.intp)
    count = round(height * CELL_MM / _BIN_MM)
    inside = (bins >= 0) & (bins < count)
    voted = np.zeros((count, width), np.uint8)
    voted[bins[inside], columns[inside]] = 1
    near = np.ones((2 * round(_NEAR_MM / _BIN_MM) + 1, 1), np.uint8)
    covered_mm = cv2.dilate(voted, near).sum(axis=1) * CELL_MM
    every = voted.sum(axis=1, dtype=np.float32)
    sigma = _SMOOTH_MM / _BIN_MM
    dense = cv2.GaussianBlur(every[:, None], (0, 0), sigmaX=1e-3, sigmaY=sigma)[:, 0]
    peaks = maxima(dense)
    chosen: list[int] = []
    for peak in peaks[np.argsort(-dense[peaks], kind="stable")].tolist():
        if all(abs(peak - other) >= _CLOSEST_MM / _BIN_MM for other in chosen):
            chosen.append(peak)
    most = max((covered_mm[peak] for peak in chosen), default=0.0)
    return [
        VotedRow((peak + 0.5) * _BIN_MM, float(covered_mm[peak]))
        for peak in sorted(chosen)
        if covered_mm[peak] > max(_LEAST_SHARE * most, _LEAST_MM)
    ]


def level_height(ink: Ink, zero_px: float) -> float:
    """Give the median height of the ink that runs level near a zero line, or that line."""
    reach = _LEVEL_MM * ink.y_mm
    first = max(int(zero_px - reach), 0)
    counts = ink.level[first : int(zero_px + reach) + 1].sum(axis=1, dtype=np.float64)
    total = np.cumsum(counts)
    if not total.size or not total[-1]:
        return zero_px
    index = int(np.searchsorted(total, 0.5 * total[-1]))
    before = float(total[index - 1]) if index else 0.0
    return first + index - 0.5 + (0.5 * float(total[-1]) - before) / max(float(counts[index]), 1e-6)
