"""Fill stretches that a separator or a gap hides, from the rhythm strip that was seen there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.assemblers.sampling import SampledStrip
from ecgengine_plugins.paper.runs import runs

_SURE = 0.5
_REACH_S = 0.16
_TAP_S = 0.008
_RIDGE = 1e-3
_MOST_UNSURE = 0.5
_MOST_UNEXPLAINED = 0.5
_HEAD_S = 0.2
_TAIL_S = 0.08
_ODD_MV = 0.25
_ODD_SHARE = 2.0


def complete(
    sampled: SampledStrip, references: Sequence[SampledStrip], fs_hz: float, longest_s: float
) -> SampledStrip:
    """Fill unsure stretches from what other strips show at the same instants.

    A linear filter from the references to this lead is fitted to the middle of the lead where it
    is surely read (beats repeat, so a few seconds teach it) and tells the unsure samples;
    straight lines join it to the sure ones on either side. Confidence stays as low as it was and
    NaN stays NaN. Nothing changes on stretches over `longest_s`, or when the filter leaves half
    of the lead's spread unexplained.

    Samples that were read surely are never changed; where those near the ends, among names and
    separators, are far from what the filter tells, the strip gets a doubt.

    References are taken to cover the strip's time, as rhythm strips do; beyond their ends
    they hold their last value.
    """
    unread = ~np.isfinite(sampled.mv)
    unsure = unread | (sampled.confidence < _SURE)
    references = [one for one in references if np.isfinite(one.mv).any()]
    if not references or unsure.mean() > _MOST_UNSURE:
        return sampled
    ends = np.ones(unsure.size, dtype=bool)
    ends[round(_HEAD_S * fs_hz) : unsure.size - round(_TAIL_S * fs_hz)] = False
    taught = ~(unsure | ends)
    design = np.concatenate([_taps(sampled, one, fs_hz) for one in references], axis=1)
    if taught.sum() < design.shape[1]:
        return sampled
    design = design - design[taught].mean(axis=0)
    known = sampled.mv[taught] - sampled.mv[taught].mean()
    lesson = design[taught]
    ridge = _RIDGE * float((lesson**2).sum()) / lesson.shape[1]
    if ridge == 0:
        return sampled
    inverse = np.linalg.inv(lesson.T @ lesson + ridge * np.eye(lesson.shape[1]))
    weights = inverse @ (lesson.T @ known)
    left = known - lesson @ weights
    if np.std(left) > _MOST_UNEXPLAINED * np.std(known):
        return sampled
    told = design @ weights + sampled.mv[taught].mean()
    mv = sampled.mv.copy()
    for run in runs(unsure):
        sides = [i for i in (run.start - 1, run.stop) if 0 <= i < mv.size]
        if sides and run.stop - run.start <= longest_s * fs_hz:
            misses = [mv[i] - told[i] for i in sides]
            mv[run] = told[run] + np.interp(np.arange(run.start, run.stop), sides, misses)
    mv[unread] = np.nan
    # A beat unlike those that taught the filter proves nothing against the strip.
    unlike = np.einsum("ij,jk,ik->i", design, inverse, design)
    usual = unlike <= unlike[taught].max()
    limit = max(_ODD_SHARE * float(np.abs(left).max()), _ODD_MV)
    odd = ends & ~unsure & usual & (np.abs(sampled.mv - told) > limit)
    doubts = ("near an end it disagrees with the rhythm strip",) if odd.any() else ()
    return replace(sampled, mv=mv, doubts=sampled.doubts + doubts)


def _taps(sampled: SampledStrip, reference: SampledStrip, fs_hz: float) -> NDArray[np.float64]:
    """Lay a reference beside each sample of a strip at delays up to 0.16 s either way."""
    step = max(round(_TAP_S * fs_hz), 1)
    reach = max(round(_REACH_S * fs_hz) // step, 1) * step
    delays = np.arange(-reach, reach + 1, step)
    known = np.flatnonzero(np.isfinite(reference.mv))
    places = sampled.first - reference.first + np.arange(sampled.mv.size)
    return np.stack([np.interp(places + d, known, reference.mv[known]) for d in delays], axis=1)
