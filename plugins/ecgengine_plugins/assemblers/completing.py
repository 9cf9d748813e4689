"""Stretches that a separator or a gap hides are told by the rhythm strip, which saw them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.assemblers.sampling import Reading

_SURE = 0.5
_REACH_S = 0.16
_TAP_S = 0.008
_RIDGE = 1e-3
_MOST_UNSURE = 0.5
_MOST_UNEXPLAINED = 0.5


def complete(
    reading: Reading, references: Sequence[Reading], fs_hz: float, longest_s: float
) -> Reading:
    """Fill unsure stretches from what other strips show at the same instants.

    A linear filter from the references to this lead is fitted where the lead is surely read
    (beats repeat, so a few seconds teach it) and tells the unsure samples; straight lines join
    it to the sure ones on either side. Confidence stays as low as it was and NaN stays NaN.
    Nothing changes on stretches over `longest_s`, or when the filter leaves half of the lead's
    spread unexplained.

    References are taken to cover the reading's time, as rhythm strips do; beyond their ends
    they hold their last value.
    """
    unread = ~np.isfinite(reading.mv)
    unsure = unread | (reading.confidence < _SURE)
    runs = [run for run in _runs(unsure) if run.stop - run.start <= longest_s * fs_hz]
    references = [one for one in references if np.isfinite(one.mv).any()]
    if not runs or not references or unsure.mean() > _MOST_UNSURE:
        return reading
    design = np.concatenate([_taps(reading, one, fs_hz) for one in references], axis=1)
    center = design[~unsure].mean(axis=0)
    design = design - center
    known = reading.mv[~unsure] - reading.mv[~unsure].mean()
    inner = design[~unsure]
    scale = float((inner**2).mean()) * len(inner)
    weights = np.linalg.solve(
        inner.T @ inner + _RIDGE * scale * np.eye(inner.shape[1]), inner.T @ known
    )
    if np.std(known - inner @ weights) > _MOST_UNEXPLAINED * np.std(known):
        return reading
    told = design @ weights
    mv = reading.mv.copy()
    for run in runs:
        ends = [i for i in (run.start - 1, run.stop) if 0 <= i < mv.size]
        misses = [mv[i] - told[i] for i in ends]
        if ends:
            mv[run] = told[run] + np.interp(np.arange(run.start, run.stop), ends, misses)
    mv[unread] = np.nan
    return replace(reading, mv=mv)


def _taps(reading: Reading, reference: Reading, fs_hz: float) -> NDArray[np.float64]:
    """Lay a reference beside each sample of a reading at delays up to 0.16 s either way."""
    step = max(round(_TAP_S * fs_hz), 1)
    reach = max(round(_REACH_S * fs_hz) // step, 1) * step
    delays = np.arange(-reach, reach + 1, step)
    known = np.flatnonzero(np.isfinite(reference.mv))
    places = reading.first - reference.first + np.arange(reading.mv.size)
    return np.stack([np.interp(places + d, known, reference.mv[known]) for d in delays], axis=1)


def _runs(mask: NDArray[np.bool_]) -> list[slice]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [slice(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
