"""The rhythm: when a heart beats, and how each beat begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

BeatKind = Literal["conducted", "ventricular", "p alone"]

_BEFORE_S = 2.0
_SHORTEST_S = 0.3
_ESCAPE_S = 1.55


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What says when a heart beats.

    Attributes:
        rate_bpm: beats per minute.
        variability: standard deviation of the distance between beats, as a share of it.
        pr_s: from the peak of P to the peak of R.
        kind: which part of the heart leads.
        flutter_s: length of one flutter wave of the atria.
        flutter_ratios: flutter waves a beat; one of these at random.
        av_block: 0 for none, or degree 1 to 3: late, dropped, or unconnected beats.
        extra: where extra beats begin.
        extra_share: share of beats that are such.
    """

    rate_bpm: float
    variability: float
    pr_s: float
    kind: Literal["sinus", "fibrillation", "flutter"] = "sinus"
    flutter_s: float = 0.2
    flutter_ratios: tuple[int, ...] = (2,)
    av_block: int = 0
    extra: Literal["none", "atrial", "ventricular"] = "none"
    extra_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Beat:
    """One beat.

    Attributes:
        at_s: when the ventricles are at their peak.
        rr_s: distance from the beat before.
        p_before_s: how long before that the atria were; None when they do not beat for it.
        kind: conducted from the atria, begun in the ventricles, or the atria's alone.
    """

    at_s: float
    rr_s: float
    p_before_s: float | None
    kind: BeatKind = "conducted"


def beats_of(rhythm: Rhythm, duration_s: float, random: np.random.Generator) -> list[Beat]:
    """List the beats that show in the seconds from 0, those included that only reach into them."""
    if rhythm.kind == "sinus" and rhythm.av_block == 3:
        return _unconnected(rhythm, duration_s, random)
    mean_s = 60 / rhythm.rate_bpm
    has_p = rhythm.kind == "sinus"
    at_s = -_BEFORE_S + float(random.uniform(0, mean_s))
    pr_s = rhythm.pr_s
    beats: list[Beat] = []
    while at_s < duration_s + 1:
        rr_s = _distance(rhythm, mean_s, random)
        at_s += rr_s
        if rhythm.av_block == 2 and has_p:
            # The way to the ventricles tires with each beat until one does not arrive (Wenckebach).
            pr_s += 0.05
            if pr_s > rhythm.pr_s + 0.18:
                beats.append(Beat(at_s, rr_s, rhythm.pr_s, "p alone"))
                pr_s = rhythm.pr_s
                continue
        early = rhythm.extra != "none" and random.random() < rhythm.extra_share
        if early:
            beats.append(_early(rhythm, at_s, rr_s, pr_s if has_p else None))
            if rhythm.extra == "atrial":
                at_s = beats[-1].at_s
        else:
            beats.append(Beat(at_s, rr_s, pr_s if has_p else None))
    return beats


def _distance(rhythm: Rhythm, mean_s: float, random: np.random.Generator) -> float:
    """Draw the distance to the next beat."""
    if rhythm.kind == "flutter":
        return rhythm.flutter_s * int(random.choice(rhythm.flutter_ratios))
    spread = float(random.lognormal(0, rhythm.variability))
    return max(mean_s * spread, _SHORTEST_S)


def _early(rhythm: Rhythm, at_s: float, rr_s: float, pr_s: float | None) -> Beat:
    """Let a beat come early.

    One of the ventricles leaves the atria's time alone, so that the pause makes up for it (it is
    compensatory); one of the atria sets their time anew.
    """
    if rhythm.extra == "ventricular":
        return Beat(at_s - 0.28 * rr_s, rr_s, None, "ventricular")
    return Beat(at_s - 0.22 * rr_s, 0.78 * rr_s, pr_s)


def _unconnected(rhythm: Rhythm, duration_s: float, random: np.random.Generator) -> list[Beat]:
    """Let atria and ventricles beat each for itself, the ventricles slowly."""
    beats: list[Beat] = []
    at_s = -_BEFORE_S + float(random.uniform(0, 0.8))
    while at_s < duration_s + 1:
        beats.append(Beat(at_s, 1.0, 0.0, "p alone"))
        at_s += 60 / max(rhythm.rate_bpm, 65) * float(random.lognormal(0, rhythm.variability))
    at_s = -_BEFORE_S + float(random.uniform(0, _ESCAPE_S))
    while at_s < duration_s + 1:
        beats.append(Beat(at_s, _ESCAPE_S, None))
        at_s += _ESCAPE_S * float(random.lognormal(0, 0.01))
    return beats
