"""Matcher `arrangement`: give the strips of the likeliest arrangement, with its probabilities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.hints import Hints
from ecgengine.data.layout import LEADS, Layout, check_leads
from ecgengine.data.look import Words
from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Basis, Calibration, Strip, Strips
from ecgengine.data.tracemap import TraceMap
from ecgengine.errors import NoEcgFoundError, UsageError
from ecgengine_plugins.matchers.arrangement import tuning
from ecgengine_plugins.matchers.arrangement.evidence import Rows, clear_names
from ecgengine_plugins.matchers.arrangement.hypotheses import NAMELESS, Hypothesis
from ecgengine_plugins.matchers.arrangement.naming import UNREAD
from ecgengine_plugins.matchers.arrangement.posterior import Decided, decide
from ecgengine_plugins.matchers.arrangement.scales import Scale
from ecgengine_plugins.networks.page.reader import PageReader
from ecgengine_plugins.paper.ink import gather

Boxes = list[tuple[float, float, float, float]]


class ArrangementMatcher:
    """Decides by one posterior which lead lies where, in what order of time, at which scales."""

    def __init__(self, reader: PageReader) -> None:
        self._reader = reader

    def match(
        self, sheet: Sheet, trace_map: TraceMap, layouts: Sequence[Layout], hints: Hints
    ) -> Strips:
        """Give the likeliest strips.

        Raises NoEcgFoundError when no row is found, UsageError for an unknown lead or layout, or
        one that does not have as many rows as the sheet.
        """
        _check(layouts, hints)
        look = self._reader.look(sheet) if trace_map.look is None else trace_map.look
        decided = decide(sheet, gather(sheet, trace_map), look, layouts, hints)
        if decided is None:
            raise NoEcgFoundError(
                "no row of leads was found on the page; check that it shows an ECG and, "
                "if its traces are faint, try another --segmenter"
            )
        if decided.ecg < tuning.LEAST_ECG and hints.layout is None and hints.leads is None:
            raise NoEcgFoundError(
                "what runs along the rows of the page is no heart's; if it is an ECG all the same, "
                "name its strips with --layout or --leads"
            )
        return _strips(decided, look.words, hints)


def _check(layouts: Sequence[Layout], hints: Hints) -> None:
    check_leads(hints.rhythm or ())
    known = sorted(layout.name for layout in layouts)
    if hints.layout is not None and hints.layout not in known:
        raise UsageError(f"there is no layout '{hints.layout}'; use one of {', '.join(known)}")


def _strips(decided: Decided, words: Words, hints: Hints) -> Strips:
    best = decided.best
    rows, zeros = best.rows, best.rows.zeros_px
    ink = rows.ink
    calibration = _calibration(decided, hints)
    spacing = float(np.diff(rows.baselines).min()) if len(zeros) > 1 else np.inf
    reach = min(tuning.TALLEST_MM * ink.y_mm, tuning.REACH_ROWS * spacing)
    starts_s = best.starts_s(calibration.speed_mm_per_s)
    cells = [cell for row in best.layout.rows for cell in row]
    boxes = _boxes(rows, words)
    shares = [_ink_share(rows, best.spans_px[_of(best, row)], row) for row in range(len(zeros))]
    strips = []
    for index, (row, _) in enumerate(best.structure.cells):
        start, end = (float(x) for x in best.spans_px[index])
        end = min(end, ink.trace.shape[1] - 0.5)
        top = max(zeros[row] - reach, 0.0)
        bottom = min(zeros[row] + reach, ink.trace.shape[0] - 1.0)
        ranked = np.argsort(-decided.names[index], kind="stable")
        first, second = int(ranked[0]), int(ranked[1])
        named = first != NAMELESS and decided.names[index, first] > tuning.WORTH_NAMING
        strips.append(
            Strip(
                lead=LEADS[first] if named else None,
                row=row,
                rhythm=index in best.structure.rhythms,
                x_start_px=start,
                x_end_px=end,
                zero_px=zeros[row],
                top_px=top,
                bottom_px=bottom,
                start_s=float(starts_s[index]),
                inverted=_upside_down(decided, index, cells[index].lead),
                obstacles_px=_near(boxes, start, end, top, bottom, tuning.BESIDE_MM * ink.x_mm),
                lead_basis=_lead_basis(decided, index, first),
                lead_probability=float(decided.names[index, first]),
                lead_runner_up=None if second == NAMELESS else LEADS[second],
                ink_share=shares[row],
            )
        )
    return Strips(
        tuple(strips),
        best.layout.name or None,
        calibration,
        decided.order,
        tuple(_notes(decided, strips)),
        best.order,
        decided.ecg,
    )


def _notes(decided: Decided, strips: Sequence[Strip]) -> Iterator[str]:
    """Say what was left out and what nobody could name."""
    if decided.left_out:
        rows = "one row of ink was" if decided.left_out == 1 else f"{decided.left_out} rows were"
        yield f"{rows} left out; see --layout"
    unnamed = sum(strip.lead is None for strip in strips)
    if unnamed:
        which = "one strip has" if unnamed == 1 else f"{unnamed} strips have"
        yield f"{which} no readable name; name them with --leads or --layout"


def _upside_down(decided: Decided, index: int, asked: str | None) -> bool:
    """Tell whether the user, or the layout, has a lead printed upside down."""
    lead = decided.told.get(index, asked)
    return lead is not None and len(lead) > 1 and lead.startswith("-")


def _of(hypothesis: Hypothesis, row: int) -> list[int]:
    return [index for index, (own, _) in enumerate(hypothesis.structure.cells) if own == row]


def _ink_share(rows: Rows, spans_px: NDArray[np.float64], row: int) -> float:
    """Give how much of a row's runs of ink lies in its strips; pens reach a little beyond."""
    slack = tuning.PEN_REACH_MM * rows.ink.x_mm
    inked = within = 0.0
    for run in rows.runs[row]:
        inked += run.end_px - run.start_px
        for start, end in spans_px + np.array([-slack, slack]):
            within += max(min(run.end_px, end) - max(run.start_px, start), 0.0)
    return min(within / inked, 1.0) if inked else 1.0


def _lead_basis(decided: Decided, index: int, lead: int) -> Basis:
    if index in decided.told:
        return "told"
    if lead != NAMELESS and decided.best.words[index, lead] != UNREAD:
        return "read"
    return "assumed"


def _calibration(decided: Decided, hints: Hints) -> Calibration:
    gain, speed = decided.gain, decided.speed
    if hints.gain_mm_per_mv is not None:
        gain = Scale.told(hints.gain_mm_per_mv)
    if hints.speed_mm_per_s is not None:
        speed = Scale.told(hints.speed_mm_per_s)
    return Calibration(
        gain.value,
        speed.value,
        gain.source,
        speed.source,
        gain.probability,
        speed.probability,
        gain.runner_up,
        speed.runner_up,
    )


def _boxes(rows: Rows, words: Words) -> Boxes:
    """Give the boxes of likely names, and of pulses."""
    names = clear_names(words, rows.ink)
    return names + [(p.left_px, p.top_px, p.right_px, p.foot_px) for p in rows.pulses]


def _near(
    boxes: Boxes, start: float, end: float, top: float, bottom: float, beside: float
) -> tuple[tuple[float, float, float, float], ...]:
    """Give the boxes within the reach of a strip or beside it."""
    return tuple(
        (x0, y0, x1, y1)
        for x0, y0, x1, y1 in boxes
        if x1 > start - beside and x0 < end + beside and y1 > top and y0 < bottom
    )
