"""The heart as a turning dipole: waves of one beat, and the twelve leads that see them.

After McSharry et al., "A dynamical model for generating synthetic electrocardiogram signals", 2003,
and its extension to three axes by Sameni et al., "Multichannel ECG and noise modeling", 2007.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.layout import LEADS

Vector = tuple[float, float, float]
"""Toward the left, the feet, the chest."""

CHEST_VIEWS: dict[str, Vector] = {
    "V1": (-0.45, 0.0, 1.00),
    "V2": (0.10, 0.0, 1.45),
    "V3": (0.60, 0.0, 1.25),
    "V4": (1.10, 0.15, 0.90),
    "V5": (1.20, 0.15, 0.35),
    "V6": (1.05, 0.15, -0.05),
}
"""Direction and strength with which chest leads see the dipole."""

_REACH = 5.0


@dataclass(frozen=True, slots=True)
class Wave:
    """One wave of a beat: a bell in time along one direction.

    Attributes:
        delay_s: its peak after the beat's own instant.
        width_s: standard deviation before the peak.
        vector_mv: the dipole at the peak.
        fall_s: standard deviation after the peak; None for the same.
    """

    delay_s: float
    width_s: float
    vector_mv: Vector
    fall_s: float | None = None


def add_waves(
    dipole_mv: NDArray[np.float64],
    fs_hz: float,
    waves: Sequence[Wave],
    at_s: float,
    strength: float = 1.0,
) -> None:
    """Add the waves of a beat at `at_s` to an (N, 3) dipole that begins at time 0."""
    for wave in waves:
        fall_s = wave.width_s if wave.fall_s is None else wave.fall_s
        peak_s = at_s + wave.delay_s
        first = max(int((peak_s - _REACH * wave.width_s) * fs_hz), 0)
        stop = min(int((peak_s + _REACH * fall_s) * fs_hz) + 2, len(dipole_mv))
        if first >= stop:
            continue
        from_peak_s = np.arange(first, stop) / fs_hz - peak_s
        width_s = np.where(from_peak_s < 0, wave.width_s, fall_s)
        bell = strength * np.exp(-0.5 * (from_peak_s / width_s) ** 2)
        dipole_mv[first:stop] += bell[:, None] * np.array(wave.vector_mv)


def limb_leads(i: NDArray[np.float64], ii: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Give the six limb leads from I and II, after Einthoven and Goldberger."""
    leads = {"I": i, "II": ii, "III": ii - i}
    return leads | {"aVR": -(i + ii) / 2, "aVL": i - ii / 2, "aVF": ii - i / 2}


def leads_of(
    dipole_mv: NDArray[np.float64], views: Mapping[str, Vector] = CHEST_VIEWS
) -> dict[str, NDArray[np.float64]]:
    """See an (N, 3) dipole in the twelve leads; the limb leads obey Einthoven and Goldberger."""
    # Three products each: a matrix product would wake threads that cost more than they give.
    x, y, z = dipole_mv.T
    leads = limb_leads(x, 0.5 * x + np.sqrt(0.75) * y)
    leads |= {n: a * x + b * y + c * z for n, (a, b, c) in views.items()}
    return {name: leads[name] for name in LEADS}
