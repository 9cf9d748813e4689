"""Measure how well the six limb leads, views of two voltages, agree; and make them agree."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

_FROM_I_AND_II = {
    "I": (1.0, 0.0),
    "II": (0.0, 1.0),
    "III": (-1.0, 1.0),
    "aVR": (-0.5, -0.5),
    "aVL": (1.0, -0.5),
    "aVF": (-0.5, 1.0),
}
"""Einthoven's law and Goldberger's definitions of the augmented leads."""


def einthoven_mv(full_mv: Mapping[str, NDArray[np.floating]]) -> float:
    """Give the root mean square of I + III - II around its mean; NaN when never printed together.

    `full_mv` holds (N,) leads on one clock, NaN where not printed.
    """
    return _spread(full_mv, {"I": 1.0, "III": 1.0, "II": -1.0})


def goldberger_mv(full_mv: Mapping[str, NDArray[np.floating]]) -> float:
    """Give the root mean square of aVR + aVL + aVF around its mean, in the same way."""
    return _spread(full_mv, {"aVR": 1.0, "aVL": 1.0, "aVF": 1.0})


def _spread(full_mv: Mapping[str, NDArray[np.floating]], terms: Mapping[str, float]) -> float:
    if any(name not in full_mv for name in terms):
        return float("nan")
    total = sum(sign * np.asarray(full_mv[name], np.float64) for name, sign in terms.items())
    known = np.asarray(total)[np.isfinite(total)]
    return float(known.std()) if known.size else float("nan")


def projected(full_mv: Mapping[str, NDArray[np.floating]]) -> dict[str, NDArray[np.float64]]:
    """Move limb leads by the least squares that make them consistent wherever 3 or more exist.

    Each lead keeps its own mean there: zero lines are read one by one and are no evidence.
    """
    names = [name for name in _FROM_I_AND_II if name in full_mv]
    if len(names) < 3:
        return {name: np.asarray(full_mv[name], np.float64) for name in names}
    table = np.array([full_mv[name] for name in names], dtype=np.float64)
    present = np.isfinite(table)
    moved = table.copy()
    for pattern in np.unique(present.T, axis=0):
        if pattern.sum() < 3:
            continue
        columns = (present == pattern[:, None]).all(axis=0)
        basis = np.array(
            [_FROM_I_AND_II[n] for n, here in zip(names, pattern, strict=True) if here]
        )
        block = table[np.ix_(pattern, columns)]
        mean = block.mean(axis=1, keepdims=True)
        moved[np.ix_(pattern, columns)] = mean + basis @ np.linalg.pinv(basis) @ (block - mean)
    return dict(zip(names, moved, strict=True))
