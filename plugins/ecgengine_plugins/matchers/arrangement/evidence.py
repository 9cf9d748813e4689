"""Gather what is seen of an arrangement: rows of ink, where they begin and end, marks, words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.layout import LEADS
from ecgengine.data.sheet import Sheet
from ecgengine.errors import UsageError
from ecgengine_plugins.matchers.arrangement import tuning
from ecgengine_plugins.matchers.baselines import (
    add_named,
    covered_columns,
    find_baselines,
    keep_strongest,
    named_rows,
    on_grid,
)
from ecgengine_plugins.matchers.ends import Run, find_runs, stroke_px
from ecgengine_plugins.matchers.separators import find_separators
from ecgengine_plugins.matchers.start import Printing
from ecgengine_plugins.matchers.timeline import Timeline, fit_timeline
from ecgengine_plugins.paper.ink import Ink
from ecgengine_plugins.paper.lettering.words import Name
from ecgengine_plugins.paper.printed import Words
from ecgengine_plugins.paper.pulses.beside_rows import Pulse, find_pulses
from ecgengine_plugins.paper.scales import USUAL_SPEED_MM_PER_S

_MOST_LEFT_OUT = 3


@dataclass(frozen=True, slots=True)
class Rows:
    """What was found along rows of ink.

    Attributes:
        ink: of the sheet.
        baselines: sheet y of each row.
        pulses: calibration pulses beside the rows.
        runs: each row's runs of ink.
        marks_px: sheet x of separators and of gaps of ink.
        timeline: where the printed seconds begin and end.
    """

    ink: Ink
    baselines: tuple[float, ...]
    pulses: tuple[Pulse, ...]
    runs: tuple[tuple[Run, ...], ...]
    separators: tuple[float, ...]
    timeline: Timeline

    @property
    def marks_px(self) -> NDArray[np.float64]:
        """Sheet x of separators and of gaps of ink."""
        gaps = [0.5 * (a.end_px + b.start_px) for row in self.runs for a, b in pairwise(row)]
        return np.array((*self.separators, *gaps))

    @property
    def zeros_px(self) -> list[float]:
        """Each row's zero line: the foot of its pulse, else its baseline."""
        zeros = list(self.baselines)
        if self.pulses:
            height = float(np.median([pulse.foot_px - pulse.top_px for pulse in self.pulses]))
            for pulse in self.pulses:
                zeros[pulse.row] = pulse.top_px + height
        return zeros


def look_along(ink: Ink, baselines: Sequence[float], words: Words, sheet: Sheet) -> Rows:
    """Find what stands at rows and where their seconds lie."""
    pulses = find_pulses(ink, baselines)
    stroke = stroke_px(ink, baselines)
    runs = find_runs(ink, baselines, pulses, stroke)
    separators = find_separators(ink, baselines)
    left_edges = [name.left_px for name in clear_names(words, ink) if name.lead != "I"]
    printing = Printing(
        ink.x_mm, stroke / ink.x_mm, USUAL_SPEED_MM_PER_S, sheet.grid, sheet.scale_is_rough
    )
    timeline = fit_timeline(runs, pulses, separators, ink.hidden_columns, left_edges, printing)
    return Rows(ink, tuple(baselines), tuple(pulses), tuple(runs), tuple(separators), timeline)


def clear_names(words: Words, ink: Ink) -> list[Name]:
    """Give the words that are surely lead names."""
    scale = np.array([ink.x_mm, ink.y_mm, ink.x_mm, ink.y_mm])
    found = []
    for box, logits in zip(words.boxes_mm * scale, words.logits, strict=True):
        best = int(logits.argmax())
        if logits[best] > tuning.CLEAR_LOGIT:
            x0, y0, x1, y1 = (float(side) for side in box)
            found.append(Name(LEADS[best], (x0, y0, x1, y1), float(logits[best])))
    return found


@dataclass(frozen=True, slots=True)
class PossibleRows:
    """Rows of ink, and which of them may be rows of leads.

    Attributes:
        every: sheet y of every row of ink.
        sets: those that may be rows of leads, each with its log-likelihood.
    """

    every: tuple[float, ...]
    sets: tuple[tuple[tuple[float, ...], float], ...]


def possible_rows(ink: Ink, words: Words, sheet: Sheet, count: int | None = None) -> PossibleRows:
    """Find rows of ink, and which of them may be rows of leads.

    With `count` these are the strongest so many. Raises UsageError when there are fewer.
    """
    names = clear_names(words, ink)
    seen = find_baselines(ink)
    if not seen:
        return PossibleRows((), ())
    every = add_named(ink, seen, names)
    if count is not None:
        if count > len(every):
            raise UsageError(
                f"the layout has {count} rows, but only {len(every)} were found on the page; "
                "choose another --layout"
            )
        return PossibleRows(tuple(every), ((tuple(keep_strongest(ink, every, count)), 0.0),))
    proposals = [every, seen, on_grid(every, sheet), named_rows(ink, names)]
    proposals.append(named_rows(ink, names, fewest=2))
    for fewer in range(max(len(every) - _MOST_LEFT_OUT, 1), len(every)):
        proposals.append(keep_strongest(ink, every, fewer))
    near = tuning.SAME_ROW_MM * ink.y_mm
    sets = {tuple(_snapped(rows, every, near)) for rows in proposals if rows}
    union = _distinct([y for rows in sets for y in rows], near)
    covered = np.array([covered_columns(ink, y) for y in union], np.float64)
    offset, slope = tuning.ROW_SEEN
    logits = offset + slope * covered / max(covered.max(), 1.0)
    inner = on_grid(union, sheet)
    logits += [0.0 if y in inner else tuning.ROW_OFF_GRID for y in union]
    found = []
    for rows in sorted(sets):
        kept = np.array([any(abs(y - row) < near for row in rows) for y in union])
        found.append((rows, float(-np.logaddexp(0, np.where(kept, -logits, logits)).sum())))
    return PossibleRows(tuple(union), tuple(found))


def _snapped(rows: Sequence[float], known: Sequence[float], near: float) -> list[float]:
    """Give rows, those that are known as they were measured there."""
    closest = [min(known, key=lambda each: abs(each - y)) for y in rows]
    return [own if abs(own - y) < near else y for own, y in zip(closest, rows, strict=True)]


def _distinct(places: Sequence[float], near: float) -> list[float]:
    kept: list[float] = []
    for y in sorted(places):
        if not kept or y - kept[-1] > near:
            kept.append(y)
    return kept
