"""Enumerate what may be on a page, each with how well it explains what was seen.

A hypothesis says which rows of ink are rows of leads, how many strips stand side by side in each,
which lead each strip shows, and what follows what in time. Paper speed is weighed with it, for it
says how long rows last.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.layout import LEADS, Layout
from ecgengine.data.look import Words
from ecgengine.data.strips import TimeOrder
from ecgengine_plugins.matchers.arrangement import tuning
from ecgengine_plugins.matchers.arrangement.beats import (
    activities,
    beside_rhythm,
    columns_alike,
    columns_together,
    row_curves,
    rows_together,
)
from ecgengine_plugins.matchers.arrangement.evidence import Rows
from ecgengine_plugins.matchers.arrangement.naming import (
    UNREAD,
    NameEvidence,
    any_order,
    lead_indices,
    name_evidence,
)
from ecgengine_plugins.matchers.arrangement.spans import strip_spans
from ecgengine_plugins.matchers.arrangement.structure import (
    PANEL_ROWS,
    Structure,
    panel_layout,
    shows_same_seconds,
    structure_of,
    structures,
)
from ecgengine_plugins.matchers.ends import Run
from ecgengine_plugins.paper.scales import SPEEDS_MM_PER_S, printed_seconds

NAMELESS = len(LEADS)
"""Column of a strip's posterior that says that it has no known name."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One way to explain a page.

    Attributes:
        rows: which rows of ink are rows of leads.
        layout: the arrangement; its cells name the leads that it asks for.
        order: what follows what in time.
        leads: (C, 13) probability of each lead, and of none, for each strip if this is so.
        log_weights: (4,) for each of SPEEDS_MM_PER_S, log of prior and likelihood.
        spans_px: (C, 2) sheet x of start and end of each strip.
        words: (C, 12) which word would be each name.
    """

    rows: Rows
    layout: Layout
    order: TimeOrder
    leads: NDArray[np.float64]
    log_weights: NDArray[np.float64]
    spans_px: NDArray[np.float64]
    words: NDArray[np.intp]

    @property
    def log_weight(self) -> float:
        """For all speeds together."""
        return float(np.logaddexp.reduce(self.log_weights))

    @property
    def structure(self) -> Structure:
        """How its strips lie."""
        return structure_of(self.layout)

    def starts_s(self, speed_mm_per_s: float) -> NDArray[np.float64]:
        """Give (C,) when each strip begins."""
        px_per_s = self.rows.ink.x_mm * speed_mm_per_s
        widths_s = (self.spans_px[:, 1] - self.spans_px[:, 0]) / px_per_s
        lasting_s = np.array([printed_seconds(width) for width in widths_s])
        row, column = np.array(self.structure.cells).T
        if self.order is TimeOrder.TOGETHER:
            return np.zeros(len(row))
        if self.order is TimeOrder.IN_PANELS:
            before = _before(lasting_s[row % PANEL_ROWS == 0])
            return np.asarray(before[row // PANEL_ROWS * self.structure.columns + column])
        before = _before(lasting_s)
        return before if self.order is TimeOrder.GOING_ON else before - before[column == 0][row]


def _before(lasting_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give when each of several begins that follow each other."""
    return np.asarray(np.cumsum(lasting_s) - lasting_s)


def hypotheses(rows: Rows, words: Words, layouts: Sequence[Layout]) -> Iterator[Hypothesis]:
    """Yield what rows may show.

    Args:
        rows: what was found along them.
        words: what was read on the sheet.
        layouts: arrangements that are known.
    """
    ink, timeline = rows.ink, rows.timeline
    zeros = rows.zeros_px
    step = max(int(ink.x_mm / tuning.BEATS_PX_PER_MM), 1)
    x_mm = ink.x_mm / step
    curves = row_curves(rows.traced, timeline.span_px, ink.x_mm, step)
    activity = activities(curves, x_mm)
    together = rows_together(activity, x_mm)
    for structure, log_prior in structures(len(zeros), layouts):
        starts = np.array([zeros[row] for row, _ in structure.cells])
        known = [layout for layout in layouts if structure_of(layout) == structure]
        for spans in strip_spans(rows, structure):
            starts_mm = np.stack([spans[:, 0] / ink.x_mm, starts / ink.y_mm], axis=1)
            evidence = name_evidence(words, starts_mm)
            edges = (spans - timeline.start_px) / step
            base = rows.log_likelihood + log_prior + _borders(spans, structure, rows)
            base += _gaps(spans, structure, rows)
            if structure.columns > 1:
                short = len(zeros) - structure.rhythm_rows
                base -= columns_alike(
                    curves[:short], activity[:short], edges[: structure.columns], x_mm
                )
            for order, log_order in _orders(rows, structure, activity, together, edges, x_mm):
                weights = base + log_order + _log_seconds(spans, structure, order, ink.x_mm)
                if structure.columns == 1 and len(spans) > 1:
                    early = float(spans[-1, 1] < spans[0, 1])
                    often = tuning.ENDS_EARLY[order is TimeOrder.GOING_ON]
                    weights = weights + math.log(often if early else 1 - often)
                for one in _namings(structure, order, evidence, known):
                    yield Hypothesis(
                        rows, one.layout or structure.unnamed(), order, one.leads,
                        weights + one.log_weight, spans, one.words,
                    )  # fmt: skip


def _orders(
    rows: Rows,
    structure: Structure,
    activity: NDArray[np.float32],
    together: NDArray[np.float64],
    spans: NDArray[np.float64],
    x_mm: float,
) -> Iterator[tuple[TimeOrder, float]]:
    """Yield what may follow what, with prior and the likelihood of the beats."""
    panels = 0.0
    if structure.in_panels:
        panels = tuning.PANELS[_in_groups(rows.baselines)]
        across = together[PANEL_ROWS - 1 :: PANEL_ROWS]
        yield TimeOrder.IN_PANELS, float(together.sum() - across.sum()) + math.log(panels)
    if structure.columns == 1:
        if len(activity) == 1:
            yield TimeOrder.IN_TURN, 0.0
            return
        going_on = tuning.GOING_ON.get(len(activity), tuning.GOING_ON_ELSE)
        yield TimeOrder.TOGETHER, float(together.sum()) + math.log1p(-going_on - panels)
        yield TimeOrder.GOING_ON, math.log(going_on)
        return
    columns = spans[: structure.columns]
    first_rhythm = len(activity) - structure.rhythm_rows
    short, rhythm = np.split(activity, [first_rhythm])
    same = tuning.SIMULTANEOUS[structure.columns]
    within = float(together[: first_rhythm - 1].sum() + together[first_rhythm:].sum())
    beside = 0.0
    if len(rhythm):
        # Column by column may contradict, but tells no more than the whole rows.
        by_column = beside_rhythm(short, rhythm, columns, x_mm)
        beside = min(by_column, float(together[first_rhythm - 1]))
    yield TimeOrder.IN_TURN, within + beside + math.log1p(-same - panels)
    at_once = columns_together(short, columns, x_mm)
    yield TimeOrder.TOGETHER, within + at_once + math.log(same)


def _in_groups(baselines: Sequence[float]) -> bool:
    """Tell whether rows stand in groups of three, farther from each other than within."""
    apart = np.diff(baselines)
    across = np.arange(apart.size) % PANEL_ROWS == PANEL_ROWS - 1
    return bool(np.median(apart[across]) > tuning.GROUPS_APART * np.median(apart[~across]))


def _log_seconds(
    spans_px: NDArray[np.float64], structure: Structure, order: TimeOrder, x_mm: float
) -> NDArray[np.float64]:
    """Give (4,) how usual it is that so much time is printed, for each paper speed."""
    width = float((spans_px[:, 1] - spans_px[:, 0])[: structure.columns].max()) / x_mm
    usual = tuning.COLUMN_SECONDS
    if order is not TimeOrder.TOGETHER or structure.columns == 1:
        width, usual = width * structure.columns, tuning.ROW_SECONDS
    log_seconds = np.log(width / np.array(SPEEDS_MM_PER_S))
    total = np.zeros(len(log_seconds))
    for usual_s, spread, often in usual:
        off = (log_seconds - math.log(usual_s)) / spread
        total += often * np.exp(-0.5 * off**2) / spread
    return np.asarray(np.log(total + 1e-9))


def _borders(spans_px: NDArray[np.float64], structure: Structure, rows: Rows) -> float:
    """Weigh the marks where strips meet, and those where none do."""
    near = tuning.MARK_MM * rows.ink.x_mm
    places = np.unique(np.round(spans_px[:, 0], 1))
    inner = places[1:]
    start, end = rows.timeline.span_px
    aligned = rows.aligned_px
    marks = (*rows.separators, *aligned[(aligned > start) & (aligned < end - near)])
    stray = sum(not (np.abs(places - x) < near).any() for x in marks)
    # Many come from one cause, such as the frame of a grid.
    log_stray = min(stray, tuning.MOST_STRAY) * math.log(tuning.STRAY_MARK)
    if not inner.size:
        return log_stray
    seen, everywhere = (
        (np.abs(rows.marks_px[:, None] - each) < near).any(axis=0)
        for each in (inner, np.arange(*rows.timeline.span_px, near))
    )
    # Dotted traces have gaps everywhere: then neither a mark nor none tells of a border.
    by_chance = np.clip(everywhere.mean(), tuning.MARK_BY_CHANCE, tuning.MARK_SEEN)
    marked = np.where(seen, tuning.MARK_SEEN, 1 - tuning.MARK_SEEN)
    chance = np.where(seen, by_chance, 1 - by_chance)
    log_marked = float(np.log(marked / chance).sum())
    return log_stray + float(
        np.logaddexp(math.log1p(-tuning.NO_MARKS) + log_marked, math.log(tuning.NO_MARKS))
    )


def _gaps(spans_px: NDArray[np.float64], structure: Structure, rows: Rows) -> float:
    """Weigh the bare paper within strips, which are whole but for what a page has lost."""
    row_of = np.array([row for row, _ in structure.cells])
    total = 0.0
    for row, runs in enumerate(rows.runs):
        start, end = spans_px[row_of == row].T
        within = [
            (np.minimum(end, right) - np.maximum(start, left)).max() for left, right in _bare(runs)
        ]
        bare = sum(px > tuning.GAP_WITHIN_MM * rows.ink.x_mm for px in within)
        total += min(bare, tuning.MOST_GAPS) * tuning.GAP_WITHIN
        first, last = start.min(), end.max()
        inked = sum(max(min(run.end_px, last) - max(run.start_px, first), 0.0) for run in runs)
        total += tuning.BARE_ROW * (inked < tuning.LEAST_COVERED * (last - first))
    return total


def _bare(runs: Sequence[Run]) -> Iterator[tuple[float, float]]:
    """Yield from where to where a row has no ink, and nothing that hides it."""
    left, free = -np.inf, True
    for run in runs:
        if free and run.start_free:
            yield left, run.start_px
        left, free = run.end_px, run.end_free
    if free:
        yield left, np.inf


@dataclass(frozen=True, slots=True)
class Naming:
    """Who the C strips of a structure may be.

    Attributes:
        layout: that names them, or None.
        leads: (C, 13) probability of each lead, and of none, for each strip if this is so.
        log_weight: log of prior and likelihood.
        words: (C, 12) which word would be each name.
    """

    layout: Layout | None
    leads: NDArray[np.float64]
    log_weight: float
    words: NDArray[np.intp]


def _namings(
    structure: Structure,
    order: TimeOrder,
    evidence: Sequence[NameEvidence],
    layouts: Sequence[Layout],
) -> Iterator[Naming]:
    """Yield who the strips may be, by what follows what in time; the last says nothing of it."""
    if order is TimeOrder.GOING_ON:
        yield _one_lead(structure, evidence)
    else:
        if order is TimeOrder.IN_TURN:
            layouts = [layout for layout in layouts if not shows_same_seconds(layout)]
        elif structure.in_panels and len(structure.cells) == len(LEADS):
            panels = [panel_layout(structure)]
            layouts = panels if order is TimeOrder.IN_PANELS else [*layouts, *panels]
        yield from _several_leads(structure, evidence, layouts)
    nobody = np.tile(np.eye(NAMELESS + 1)[NAMELESS], (len(structure.cells), 1))
    unread = np.full_like(evidence[0].word, UNREAD)
    yield Naming(None, nobody, math.log(tuning.NO_ORDER), unread)


def _several_leads(
    structure: Structure, evidence: Sequence[NameEvidence], layouts: Sequence[Layout]
) -> Iterator[Naming]:
    """Yield who strips of several leads may be: as a layout has it, or in any order."""
    short, rhythms = list(structure.short), list(structure.rhythms)
    seen, log_priors, words = _seen(evidence)
    log_rhythms, rhythm_leads = _rhythms(seen[:, rhythms])
    log_priors = log_priors + log_rhythms
    others = tuning.ANY_ORDER if layouts else tuning.ANY_ORDER_UNKNOWN
    shape = len(structure.cells), NAMELESS + 1
    for layout, part in zip(layouts, _layout_priors(layouts), strict=True):
        named = [cell.lead for row in layout.rows for cell in row]
        asked = lead_indices([str(named[index]) for index in short])
        logs = log_priors + seen[:, short, asked].sum(axis=1)
        best = int(logs.argmax())
        leads = np.zeros(shape)
        leads[short, asked] = 1.0
        leads[rhythms, :NAMELESS] = rhythm_leads[best]
        log_prior = math.log((1 - others - tuning.NO_ORDER) * part)
        yield Naming(layout, leads, log_prior + float(np.logaddexp.reduce(logs)), words[best])
    if len(short) <= len(LEADS):
        log_orders, posteriors = any_order(seen[:, short])
        logs = log_priors + log_orders
        best = int(logs.argmax())
        leads = np.zeros(shape)
        leads[short, :NAMELESS] = posteriors[best]
        leads[rhythms, :NAMELESS] = rhythm_leads[best]
        yield Naming(None, leads, math.log(others) + float(np.logaddexp.reduce(logs)), words[best])


def _one_lead(structure: Structure, evidence: Sequence[NameEvidence]) -> Naming:
    """Give rows of one lead that go on: its name stands at the first row, or at each.

    Words in every row speak for that; which lead they are they tell no surer than one word, for
    what looks like another lead in one row does so in all.
    """
    seen, log_priors, words = _seen(evidence)
    anything = np.logaddexp.reduce(seen, axis=2) - math.log(NAMELESS)
    again = np.logaddexp(anything[:, 1:], 0.0) - math.log(2)
    read = anything > 0
    which = (seen - anything[:, :, None]) * read[:, :, None]
    which = which.sum(axis=1) / np.maximum(read.sum(axis=1, keepdims=True), 1)
    logs = (log_priors + anything[:, 0] + again.sum(axis=1))[:, None] + which - math.log(NAMELESS)
    total = float(np.logaddexp.reduce(logs, axis=None))
    posterior = np.exp(logs - total)
    told = np.isfinite(posterior).all(axis=1) & read.any(axis=1)
    known = posterior[told].sum(axis=0) if told.any() else np.zeros(NAMELESS)
    leads = np.zeros((len(structure.cells), NAMELESS + 1))
    leads[:, :NAMELESS], leads[:, NAMELESS] = known, 1 - known.sum()
    return Naming(
        None, leads, math.log1p(-tuning.NO_ORDER) + total, words[int(logs.max(axis=1).argmax())]
    )


def _seen(
    evidence: Sequence[NameEvidence],
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[NDArray[np.intp]]]:
    """Give (N, C, 12) log-likelihoods of names, for each place of names and share printed.

    Also gives the (N,) log prior of each, and which words would be the names.
    """
    seen, log_priors, words = [], [], []
    for one in evidence:
        log_stray = min(one.stray, tuning.MOST_STRAY_NAMES) * math.log(tuning.STRAY_NAME)
        for printed, prior in tuning.PRINTED:
            seen.append(one.seen(printed))
            log_priors.append(math.log(prior / len(evidence)) + log_stray)
            words.append(one.word)
    return np.array(seen), np.array(log_priors), words


def _rhythms(seen: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weigh which leads rhythm strips repeat: (N, R, 12) to log-likelihood and posterior."""
    prior = np.array([tuning.RHYTHM_PRIOR.get(lead, tuning.OTHER_RHYTHM) for lead in LEADS])
    logs = np.log(prior / prior.sum()) + seen
    totals = np.logaddexp.reduce(logs, axis=2)
    return totals.sum(axis=1), np.exp(logs - totals[:, :, None])


def _layout_priors(layouts: Sequence[Layout]) -> list[float]:
    upside_down = [any(c.lead == "-aVR" for row in one.rows for c in row) for one in layouts]
    weights = [tuning.CABRERA if each else 1 - tuning.CABRERA for each in upside_down]
    return [weight / sum(weights) for weight in weights]
