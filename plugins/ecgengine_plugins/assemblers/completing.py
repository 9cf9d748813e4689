"""Fill stretches that a separator or a gap hides, from the rhythm strip that was seen there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.assemblers import tuning
from ecgengine_plugins.assemblers.sampling import SampledStrip
from ecgengine_plugins.paper.runs import runs


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
    unsure = unread | (sampled.confidence < tuning.SURE)
    references = [one for one in references if np.isfinite(one.mv).any()]
    if not references or unsure.mean() > tuning.MOST_UNSURE_TO_COMPLETE:
        return sampled
    ends = np.ones(unsure.size, dtype=bool)
    ends[round(tuning.HEAD_S * fs_hz) : unsure.size - round(tuning.TAIL_S * fs_hz)] = False
    taught = ~(unsure | ends)
    design = np.concatenate([_taps(sampled, one, fs_hz) for one in references], axis=1)
    if taught.sum() < design.shape[1]:
        return sampled
    design = design - design[taught].mean(axis=0)
    known = sampled.mv[taught] - sampled.mv[taught].mean()
    lesson = design[taught]
    ridge = tuning.RIDGE * float((lesson**2).sum()) / lesson.shape[1]
    if ridge == 0:
        return sampled
    inverse = np.linalg.inv(lesson.T @ lesson + ridge * np.eye(lesson.shape[1]))
    weights = inverse @ (lesson.T @ known)
    left = known - lesson @ weights
    if np.std(left) > tuning.MOST_UNEXPLAINED * np.std(known):
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
    limit = max(tuning.ODD_RESIDUALS * float(np.abs(left).max()), tuning.ODD_MV)
    odd = ends & ~unsure & usual & (np.abs(sampled.mv - told) > limit)
    doubts = ("near an end it disagrees with the rhythm strip",) if odd.any() else ()
    return replace(sampled, mv=mv, doubts=sampled.doubts + doubts)


def _taps(sampled: SampledStrip, reference: SampledStrip, fs_hz: float) -> NDArray[np.float64]:
    """Lay a reference beside each sample of a strip at delays up to 0.16 s either way."""
    step = max(round(tuning.TAP_S * fs_hz), 1)
    reach = max(round(tuning.REACH_S * fs_hz) // step, 1) * step
    delays = np.arange(-reach, reach + 1, step)
    known = np.flatnonzero(np.isfinite(reference.mv))
    places = sampled.first - reference.first + np.arange(sampled.mv.size)
    return np.stack([np.interp(places + d, known, reference.mv[known]) for d in delays], axis=1)
