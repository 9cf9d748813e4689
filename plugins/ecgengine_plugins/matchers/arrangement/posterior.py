"""Weigh every hypothesis about a page, and say how probable each statement of the best one is.

Every hypothesis is weighed by a prior for what carts print and by the likelihood of all that was
seen. The probability of a statement is the weight of all hypotheses that agree with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.hints import Hints
from ecgengine.data.layout import LEADS, Layout
from ecgengine.data.look import Look
from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import TimeOrder
from ecgengine.errors import UsageError
from ecgengine_plugins.matchers.arrangement import tuning
from ecgengine_plugins.matchers.arrangement.agreement import weigh_agreement
from ecgengine_plugins.matchers.arrangement.evidence import look_along, possible_rows
from ecgengine_plugins.matchers.arrangement.hearts import heart_probability
from ecgengine_plugins.matchers.arrangement.hypotheses import (
    NAMELESS,
    Hypothesis,
    hypotheses,
)
from ecgengine_plugins.matchers.arrangement.scales import (
    Scale,
    ScaleEvidence,
    gain_evidence,
    speed_evidence,
)
from ecgengine_plugins.matchers.tempo import measure_beats
from ecgengine_plugins.paper.ink import Ink
from ecgengine_plugins.paper.scales import GAINS_MM_PER_MV, SPEEDS_MM_PER_S


@dataclass(frozen=True, slots=True)
class Decided:
    """What is on a sheet, and how probable each statement is.

    Attributes:
        best: the likeliest hypothesis.
        names: (C, 13) posterior of each of its strips' leads; the last column is no known name.
        order: probability of its rows, its columns and what follows what in time.
        ecg: probability that it is an ECG at all.
        speed: paper speed.
        gain: gain.
        told: leads that the user named, by strip.
        left_out: how many other rows of ink are like those of leads.
    """

    best: Hypothesis
    names: NDArray[np.float64]
    order: float
    ecg: float
    speed: Scale
    gain: Scale
    told: Mapping[int, str]
    left_out: int


def decide(
    sheet: Sheet, ink: Ink, look: Look, layouts: Sequence[Layout], hints: Hints
) -> Decided | None:
    """Weigh all hypotheses that the user's hints allow; None when no row is found.

    Raises UsageError when the page cannot be as the hints say.
    """
    found: list[Hypothesis] = []
    speeds: dict[int, ScaleEvidence] = {}
    told_rows = None
    if hints.layout is not None:
        layouts = [layout for layout in layouts if layout.name == hints.layout]
        told_rows = len(layouts[0].rows)
    possible = possible_rows(ink, look, sheet, told_rows)
    for rows in look_along(ink, look, possible, sheet):
        beats = measure_beats(rows.traced, rows.timeline.span_px, ink.x_mm)
        speed = speed_evidence(rows.pulses, beats, look.speeds, ink.x_mm)
        speeds[id(rows)] = speed
        found += [
            replace(each, log_weights=each.log_weights + speed.log_posterior)
            for each in hypotheses(rows, look.words, layouts)
            if _obeys(each, hints)
        ]
    if not found:
        if hints.leads is not None and possible.sets:
            raise UsageError(
                f"--leads names {len(hints.leads)} strips, but the page holds no such arrangement "
                f"of {len(possible.every)} rows; name every strip, row by row"
            )
        return None
    found.sort(key=lambda each: -each.log_weight)
    worth = found[0].log_weight - tuning.WORTH_WEIGHING
    found = [each for each in found[: tuning.MOST_WEIGHED] if each.log_weight > worth]
    found = [_named_by_hand(weigh_agreement(each), hints) for each in found]
    found.sort(key=lambda each: -each.log_weight)
    best = found[0]
    rows = best.rows
    logs = np.array([each.log_weights for each in found])
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    names, order = _agreed(best, found, weights.sum(axis=1))
    gain = gain_evidence(rows.pulses, len(rows.traced), look.gains, ink.y_mm)
    return Decided(
        best,
        names,
        order,
        heart_probability(rows.traced, rows.timeline.span_px, ink.x_mm),
        speeds[id(rows)].scale(SPEEDS_MM_PER_S, weights.sum(axis=0)),
        gain.scale(GAINS_MM_PER_MV, gain.posterior),
        _told(best, hints),
        max(possible.likely - len(rows.traced), 0),
    )


def _obeys(hypothesis: Hypothesis, hints: Hints) -> bool:
    """Tell whether a hypothesis is of the layout, and of as many strips, as the user says."""
    if hints.layout not in (None, hypothesis.layout.name):
        return False
    count = len(hypothesis.structure.cells)
    going_on = hypothesis.order is TimeOrder.GOING_ON
    return hints.leads is None or len(hints.leads) in ({1, count} if going_on else {count})


def _told(hypothesis: Hypothesis, hints: Hints) -> dict[int, str]:
    """Give what the user names the strips: `-` for none, a minus before a lead upside down."""
    told = dict(zip(hypothesis.structure.rhythms, hints.rhythm or (), strict=False))
    if hints.layout is not None:
        cells = [cell for row in hypothesis.layout.rows for cell in row]
        told |= {i: str(cells[i].lead) for i in hypothesis.structure.short}
    if hints.leads is not None:
        count = len(hypothesis.structure.cells)
        leads = hints.leads * count if len(hints.leads) == 1 else hints.leads
        told |= dict(enumerate(leads[:count]))
    return told


def _named_by_hand(hypothesis: Hypothesis, hints: Hints) -> Hypothesis:
    """Give a hypothesis whose strips are surely what the user says."""
    leads = hypothesis.leads.copy()
    for index, lead in _told(hypothesis, hints).items():
        known = NAMELESS if lead == "-" else LEADS.index(lead.removeprefix("-"))
        leads[index] = np.eye(NAMELESS + 1)[known]
    return replace(hypothesis, leads=leads)


def _agreed(
    best: Hypothesis, found: Sequence[Hypothesis], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Give the posterior of each strip's lead, and the probability of the arrangement."""
    names, order = np.zeros_like(best.leads), 0.0
    nobody = np.eye(NAMELESS + 1)[NAMELESS]
    for each, weight in zip(found, weights, strict=True):
        matched = _matched(best, each)
        names += weight * np.where((matched >= 0)[:, None], each.leads[matched], nobody)
        same = each.structure.strips == best.structure.strips and each.order is best.order
        order += float(weight) * same
    return names, order


def _matched(best: Hypothesis, other: Hypothesis) -> NDArray[np.intp]:
    """Give (C,) which strip of another hypothesis begins where each of the best one does."""
    ink = best.rows.ink
    places = []
    for each in (best, other):
        zeros = each.rows.zeros_px
        heights = np.array([zeros[row] for row, _ in each.structure.cells])
        places.append(np.stack([each.spans_px[:, 0] / ink.x_mm, heights / ink.y_mm], axis=1))
    away = np.abs(places[0][:, None] - places[1][None])
    near = np.all(away < np.array([tuning.SAME_START_MM, tuning.SAME_ROW_MM]), axis=2)
    return np.where(np.any(near, axis=1), np.argmax(near, axis=1), -1)
