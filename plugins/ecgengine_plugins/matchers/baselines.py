"""Finds the rows of leads: the heights at which most ink runs level."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.matchers.ink import Ink

_SMOOTH_MM = 1.2
_CLOSEST_MM = 8.0
_REACH_MM = 3.5
_LEAST_SHARE = 0.3
_EDGE_MM = 4.0
_REGULAR_SHARE = 0.5
_RELIEF_MM = 6.0
_RELIEF_SHARE = 0.003


def find_baselines(ink: Ink) -> list[float]:
    """Give the sheet y of every row's baseline, top to bottom.

    A row is a peak of level ink over y that covers at least a third of the columns that the best
    row covers and has steep ink beside it: a ruled line has none.
    """
    counts = ink.level.sum(axis=1, dtype=np.float32)
    if not counts.any():
        return []
    sigma = _SMOOTH_MM * ink.y_mm
    smooth = cv2.GaussianBlur(counts[:, None], (0, 0), sigmaX=1e-3, sigmaY=sigma)[:, 0]
    inner = smooth[1:-1]
    peaks = np.flatnonzero((inner > smooth[:-2]) & (inner >= smooth[2:])) + 1
    edge = _EDGE_MM * ink.y_mm
    peaks = peaks[(peaks > edge) & (peaks < counts.size - edge)]
    peaks = peaks[np.argsort(-smooth[peaks])]
    chosen: list[int] = []
    reach, closest = round(_REACH_MM * ink.y_mm), _CLOSEST_MM * ink.y_mm
    most = 0
    for peak in peaks:
        if any(abs(peak - other) < closest for other in chosen):
            continue
        if smooth[peak] < 0.1 * smooth[peaks[0]]:
            break
        covered = ink.level[max(peak - reach, 0) : peak + reach + 1].any(axis=0).sum()
        if _relief(ink, peak) < _RELIEF_SHARE * covered:
            continue
        most = max(most, int(covered))
        if covered >= _LEAST_SHARE * most:
            chosen.append(int(peak))
    return [_refine(counts, peak, 0.5 * reach) for peak in _regular(chosen)]


def keep_strongest(ink: Ink, baselines: Sequence[float], count: int) -> list[float]:
    """Give the `count` rows that cover most columns with level ink, top to bottom."""
    reach = round(_REACH_MM * ink.y_mm)
    covered = [
        int(ink.level[max(round(y) - reach, 0) : round(y) + reach + 1].any(axis=0).sum())
        for y in baselines
    ]
    strongest = np.argsort(covered)[::-1][:count]
    return [baselines[index] for index in sorted(strongest)]


def _regular(peaks: list[int]) -> list[int]:
    """Sort rows, given from strong to weak, and drop the weaker of two much closer than usual."""
    kept = list(peaks)
    if len(kept) > 2:
        closest = _REGULAR_SHARE * float(np.median(np.diff(sorted(kept))))
        for peak in reversed(peaks):
            if any(abs(peak - other) < closest for other in kept if other != peak):
                kept.remove(peak)
    return sorted(kept)


def _relief(ink: Ink, peak: int) -> int:
    """Count the columns with steep ink around a row."""
    reach = round(_RELIEF_MM * ink.y_mm)
    return int(ink.steep[max(peak - reach, 0) : peak + reach + 1].any(axis=0).sum())


def _refine(counts: NDArray[np.float32], peak: int, reach: float) -> float:
    """Give the median height of level ink near a peak."""
    first = max(int(peak - reach), 0)
    window = counts[first : int(peak + reach) + 1]
    total = np.cumsum(window)
    index = int(np.searchsorted(total, 0.5 * total[-1]))
    before = float(total[index - 1]) if index else 0.0
    return first + index - 0.5 + (0.5 * float(total[-1]) - before) / max(float(window[index]), 1e-6)
