"""Weigh which lead each strip shows by the names printed near it.

Names stand at one place beside the start of their strips, so a word counts for a strip as far as
it stands where the others do. The logits of the network that saw the word say which name it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.layout import LEADS
from ecgengine.data.look import Words
from ecgengine_plugins.matchers.arrangement import tuning

UNREAD = -1
"""Stands for the word of a strip beside which none was read."""


@dataclass(frozen=True, slots=True)
class NameEvidence:
    """What print tells of the names of C strips, for one place beside them.

    Attributes:
        log_ratio: (C, 12) log-likelihood ratio of each name against no name, were it printed.
        word: (C, 12) index of the word that would be it; `UNREAD` where none stands near.
        stray: how many names stand as high beside a row as this, but at no strip's start.
    """

    log_ratio: NDArray[np.float64]
    word: NDArray[np.intp]
    stray: float

    def seen(self, printed: float) -> NDArray[np.float64]:
        """Give (C, 12) log-likelihoods where names are printed with a probability."""
        return np.asarray(np.log(1 - printed + printed * np.exp(self.log_ratio)))


def name_evidence(words: Words, starts_mm: NDArray[np.float64]) -> list[NameEvidence]:
    """Give the evidence for each place at which names may stand beside their strips.

    The first names of rows may stand elsewhere than the others, such as left of the traces.

    Args:
        words: what was read.
        starts_mm: (C, 2) the start of each strip on its zero line.
    """
    if not len(words.boxes_mm):
        return [_evidence(words, starts_mm, np.zeros((1, 2)))]
    away = words.places_mm[None] - starts_mm[:, None]
    places = [np.broadcast_to(place, starts_mm.shape) for place in _places(away, words)]
    first = starts_mm[:, 0] <= starts_mm[:, 0].min() + tuning.NAME_SPREAD_MM[0]
    if not first.all():
        beside = _places(away[first], words)[0]
        places += [np.where(first[:, None], beside, place) for place in places]
        places = list({place.round(1).tobytes(): place for place in places}.values())
    return [_evidence(words, starts_mm, place) for place in places]


def _places(away_mm: NDArray[np.float64], words: Words) -> list[NDArray[np.float64]]:
    """Give the places beside their strips at which most words stand."""
    low, high = np.array(tuning.NAME_FROM_MM), np.array(tuning.NAME_TO_MM)
    near = ((away_mm > low) & (away_mm < high)).all(axis=2)
    strip, word = np.nonzero(near)
    if not strip.size:
        return [np.zeros(2)]
    places = away_mm[strip, word]
    weights = _sigmoid(words.logits.max(axis=1))[word]
    spread = np.array(tuning.NAME_SPREAD_MM)
    together = np.all(np.abs(places[:, None] - places[None]) < 2 * spread, axis=2)
    # A strip counts once for a place, however many words stand there.
    votes = np.zeros((len(places), len(away_mm)))
    for index in range(len(places)):
        np.maximum.at(votes[index], strip[together[index]], weights[together[index]])
    left = votes.sum(axis=1)
    chosen: list[NDArray[np.float64]] = []
    while len(chosen) < tuning.MOST_PLACES and left.max() > 0:
        best = int(left.argmax())
        chosen.append(np.median(places[together[best]], axis=0))
        left[together[best]] = 0
    return chosen


def _evidence(
    words: Words, starts_mm: NDArray[np.float64], place_mm: NDArray[np.float64]
) -> NameEvidence:
    count = len(starts_mm)
    if not len(words.boxes_mm):
        shape = count, len(LEADS)
        return NameEvidence(np.full(shape, -np.inf), np.full(shape, UNREAD), 0.0)
    spread = np.array(tuning.NAME_SPREAD_MM)
    off = (words.places_mm[None] - (starts_mm + place_mm)[:, None]) / spread
    away = (off**2).sum(axis=2)
    heights = np.add.outer(starts_mm[:, 1], np.unique(place_mm[:, 1])).ravel()
    from_heights = np.abs(words.places_mm[None, :, 1] - heights[:, None]) / spread[1]
    beside = (from_heights < tuning.BESIDE_ROW).any(axis=0)
    stray = beside & (away.min(axis=0) > tuning.AWAY_FROM_START**2)
    top = words.logits.max(axis=1)
    # Student's distribution: single names are moved aside from a trace.
    position = -tuning.NAME_TAIL * np.log1p(away / (2 * tuning.NAME_TAIL))
    # A word names one strip, that at whose place it stands.
    position[away > away.min(axis=0)] = -np.inf
    ratio = position[:, :, None] + _log_ratios(words.logits)[None]
    best = ratio.max(axis=1)
    return NameEvidence(
        best,
        np.where(np.isfinite(best), ratio.argmax(axis=1), UNREAD),
        float((stray & (top > tuning.CLEAR_LOGIT)) @ _sigmoid(top)),
    )


def _log_ratios(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give (N, 12) how much likelier a word is where a name stands than where none does."""
    low, high = tuning.NAME_LOG_RATIO
    top = logits.max(axis=1, keepdims=True)
    a_name = np.clip(tuning.NAME_AT_ZERO + tuning.NAME_SLOPE * top, low, high)
    sharp = np.exp(tuning.NAME_SHARPNESS * (logits - top))
    share = sharp / sharp.sum(axis=1, keepdims=True)
    misread = tuning.NAME_MISREAD
    return np.asarray(a_name + np.log((1 - misread) * share * len(LEADS) + misread))


def any_order(
    log_likelihoods: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sum over all orders in which C <= 12 strips may show different leads.

    The sum is a permanent; belief propagation gives its Bethe approximation and the marginals
    (P. Vontobel, "The Bethe permanent of a nonnegative matrix", 2013).

    Args:
        log_likelihoods: (..., C, 12) of each lead for each strip.

    Returns:
        The log-likelihood averaged over the orders (...), and the posterior (..., C, 12).
    """
    *several, count, leads = log_likelihoods.shape
    # Leads that are not printed go to strips that say nothing.
    silent = np.zeros((*several, leads - count, leads))
    logs = np.concatenate([log_likelihoods, silent], axis=-2)
    tops = logs.max(axis=-1, keepdims=True)
    weights = np.exp(logs - tops)
    column = np.ones_like(weights)
    for _ in range(tuning.ORDER_ROUNDS):
        into = weights * column
        row = weights / np.maximum(into.sum(axis=-1, keepdims=True) - into, 1e-300)
        column = 1 / np.maximum(row.sum(axis=-2, keepdims=True) - row, 1e-300)
    into = weights * column
    shares = np.clip(into / into.sum(axis=-1, keepdims=True), 1e-12, 1 - 1e-12)
    entropy = (1 - shares) * np.log1p(-shares) - shares * np.log(shares)
    total = (shares * (logs - tops) + entropy).sum(axis=(-2, -1)) + tops.sum(axis=(-2, -1))
    return total - math.lgamma(leads + 1), shares[..., :count, :]


def lead_indices(leads: Sequence[str]) -> list[int]:
    """Give the place of each lead name in `LEADS`; `-aVR` stands for aVR."""
    return [LEADS.index(lead.removeprefix("-")) for lead in leads]


def _sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-logits)))
