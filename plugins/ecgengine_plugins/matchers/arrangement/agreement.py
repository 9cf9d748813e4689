"""Weigh a hypothesis by what its leads must have in common.

II is the sum of I and III, the augmented leads sum to nothing, and rhythm strips repeat a lead.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.layout import LEADS
from ecgengine.data.strips import Strip, TimeOrder
from ecgengine_plugins.matchers.arrangement import tuning
from ecgengine_plugins.matchers.arrangement.beats import log_alike
from ecgengine_plugins.matchers.arrangement.hypotheses import NAMELESS, Hypothesis
from ecgengine_plugins.matchers.relations import limb_agreement
from ecgengine_plugins.matchers.rhythm import likenesses


def weigh_agreement(hypothesis: Hypothesis) -> Hypothesis:
    """Give a hypothesis with the likelihood of what its leads have in common."""
    if hypothesis.order is TimeOrder.GOING_ON:
        return hypothesis
    strips, rows = _strips(hypothesis), hypothesis.rows
    agreed = limb_agreement(strips, rows.traced, rows.ink.x_mm)
    log_agreed = log_alike(agreed, *tuning.AGREEMENT) if agreed else 0.0
    leads = hypothesis.leads.copy()
    # Of columns that show the same seconds the first lies where the rhythm strip shows them too.
    first_px = hypothesis.spans_px[:, 0].min()
    in_turn = hypothesis.order is TimeOrder.IN_TURN
    short = [s for s in strips if not s.rhythm and (in_turn or s.x_start_px == first_px)]
    for index in hypothesis.structure.rhythms:
        likeness = likenesses(strips[index], short, rows.traced, rows.ink.x_mm)
        log_repeated, leads[index] = _repeated(leads[index], likeness)
        log_agreed += log_repeated
    return replace(hypothesis, leads=leads, log_weights=hypothesis.log_weights + log_agreed)


def _repeated(
    posterior: NDArray[np.float64], likeness: dict[str, float]
) -> tuple[float, NDArray[np.float64]]:
    """Weigh which lead a rhythm strip is by how like it is to each short one."""
    if not likeness or posterior[NAMELESS] == 1:
        return 0.0, posterior
    ratios = np.zeros(NAMELESS + 1)
    for lead, alike in likeness.items():
        ratios[LEADS.index(lead)] = log_alike(alike, *tuning.LIKENESS)
    logs = np.log(posterior + 1e-12) + ratios
    total = float(np.logaddexp.reduce(logs))
    return total, np.exp(logs - total)


def _strips(hypothesis: Hypothesis) -> list[Strip]:
    """Give the strips of a hypothesis as far as curves need them; unsure ones have no name."""
    zeros = hypothesis.rows.zeros_px
    cells = [cell for row in hypothesis.layout.rows for cell in row]
    rhythms = hypothesis.structure.rhythms
    strips = []
    for index, (row, _) in enumerate(hypothesis.structure.cells):
        best = int(hypothesis.leads[index].argmax())
        sure = best != NAMELESS and hypothesis.leads[index, best] > 0.5
        start, end = (float(x) for x in hypothesis.spans_px[index])
        strips.append(
            Strip(
                lead=LEADS[best] if sure and index not in rhythms else None,
                row=row,
                rhythm=index in rhythms,
                x_start_px=start,
                x_end_px=end,
                zero_px=zeros[row],
                top_px=0.0,
                bottom_px=0.0,
                start_s=0.0,
                inverted=cells[index].lead == "-aVR",
            )
        )
    return strips
