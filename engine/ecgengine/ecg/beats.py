"""Where the heart beats: QRS complexes of one lead."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_WINDOW_S = 0.08
_REFRACTORY_S = 0.25


def qrs_samples(lead_mv: NDArray[np.floating], fs_hz: float) -> NDArray[np.intp]:
    """Find the QRS complexes of an (N,) lead in mV as sample indices; NaN counts as level line.

    The slope's energy over 80 ms is compared with a third of its own near-maximum, at most one
    beat in 250 ms: the first two steps of Pan and Tompkins, "A real-time QRS detection
    algorithm", 1985.
    """
    lead = np.asarray(lead_mv, dtype=np.float64)
    if lead.size < 3:
        return np.zeros(0, dtype=np.intp)
    slope = np.nan_to_num(np.gradient(lead))
    width = max(round(_WINDOW_S * fs_hz), 1)
    energy = np.convolve(slope**2, np.full(width, 1 / width), mode="same")
    threshold = np.quantile(energy, 0.98) / 3
    if threshold <= 0:
        return np.zeros(0, dtype=np.intp)
    reach = max(int(np.ceil(_REFRACTORY_S * fs_hz)), 1)
    near_a_beat = energy < threshold
    beats: list[int] = []
    for index in np.argsort(-energy, kind="stable"):
        if not near_a_beat[index]:
            beats.append(int(index))
            near_a_beat[max(index - reach + 1, 0) : index + reach] = True
    return np.array(sorted(beats), dtype=np.intp)


def heart_rate_bpm(lead_mv: NDArray[np.floating], fs_hz: float) -> float:
    """Give beats per minute from the median distance of QRS complexes; NaN with fewer than 3."""
    beats = qrs_samples(lead_mv, fs_hz)
    return float(60 * fs_hz / np.median(np.diff(beats))) if beats.size >= 3 else float("nan")
