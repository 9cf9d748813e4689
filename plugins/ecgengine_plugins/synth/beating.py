"""Find the beats of a recording that is to be printed, in all its leads together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.layout import LEADS
from ecgengine.ecg.beats import qrs_samples
from ecgengine.ecg.signals import Signals

_SMOOTH_S = 0.02


def find_beats(ecg: Signals) -> NDArray[np.intp]:
    """Find the complexes of twelve leads, as sample indices.

    One lead may be low or noisy; how fast all of them move tells complexes from noise (spatial
    velocity).
    """
    size = max(round(_SMOOTH_S * ecg.fs_hz), 1)
    even = np.full(size, 1 / size)
    speeds = [
        np.gradient(np.convolve(ecg.leads_mv[name], even, mode="valid")) ** 2 for name in LEADS
    ]
    # The way that has been gone: its slope is the speed.
    way = np.cumsum(np.sqrt(np.sum(speeds, axis=0)))
    return qrs_samples(way, ecg.fs_hz) + size // 2


def rate_bpm(ecg: Signals) -> float:
    """Give beats per minute, as a cart prints them; 0 where there are too few."""
    beats = find_beats(ecg)
    return float(60 * ecg.fs_hz / np.mean(np.diff(beats))) if beats.size >= 2 else 0.0
