"""Matcher `rows`: find rows of ink, their seconds and names, then the layout that explains them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

import numpy as np

from ecgengine.data.hints import Hints
from ecgengine.data.layout import LEADS, Cell, Layout
from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Calibration, Strip, Strips
from ecgengine.data.tracemap import TraceMap
from ecgengine.errors import NoEcgFoundError, UsageError
from ecgengine_plugins.matchers.baselines import (
    add_named,
    find_baselines,
    keep_strongest,
    named_rows,
    on_grid,
)
from ecgengine_plugins.matchers.calibration import calibrate
from ecgengine_plugins.matchers.columns import fit_columns
from ecgengine_plugins.matchers.ends import Run, find_runs, stroke_px
from ecgengine_plugins.matchers.fitting import Fit, cell_span, fit_layout
from ecgengine_plugins.matchers.relations import limb_agreement, share_time
from ecgengine_plugins.matchers.rhythm import name_rhythms
from ecgengine_plugins.matchers.separators import find_separators
from ecgengine_plugins.matchers.start import Printing
from ecgengine_plugins.matchers.tempo import runs_fast
from ecgengine_plugins.matchers.timeline import Timeline, fit_timeline
from ecgengine_plugins.networks.names.finder import WordFinder
from ecgengine_plugins.paper.ink import Ink, gather
from ecgengine_plugins.paper.lettering.words import Lettering, Name, find_words, spell
from ecgengine_plugins.paper.pulses.beside_rows import Pulse, find_pulses
from ecgengine_plugins.paper.scales import FAST_SPEED_MM_PER_S

_TALLEST_MM = 28.0
_REACH_ROWS = 1.5
_BESIDE_MM = 2.0
_FEWEST_NAMES = 2
_MANY_NAMES = 4
_MOST_LEFT_OUT = 3
_ROW_WORTH = 1.5
_UNUSUAL_COST = 2.0
_UNPRINTED_COST = 0.6
_AGREEMENT_WORTH = 3.0
_CERTAIN_AGREEMENT = 0.8
_STRIKING_AGREEMENT = 0.9
_UNUSUAL_AGREEMENT = 0.95
_MOST_MISREAD = 3
_BORDERED_AGREEMENT = 0.6
_LIKELY_AGREEMENT = 0.3
_LONG_COLUMN_S = 9.0


@dataclass(frozen=True, slots=True)
class _Findings:
    """What was found on a sheet before any layout was thought of."""

    ink: Ink
    baselines: tuple[float, ...]
    pulses: tuple[Pulse, ...]
    runs: tuple[tuple[Run, ...], ...]
    separators: tuple[float, ...]
    timeline: Timeline
    names: tuple[Name, ...]
    calibration: Calibration
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A layout laid over the findings.

    Attributes:
        fit: how the printed names agree.
        strips: the strips it makes.
        agreement: how well its limb leads add up.
    """

    fit: Fit
    strips: tuple[Strip, ...]
    agreement: float

    @property
    def unusual(self) -> bool:
        """A lead is printed upside down, as Cabrera's order has it."""
        return any(strip.inverted for strip in self.strips)

    @property
    def sure(self) -> bool:
        """Enough speaks for it to leave rows out that it does not explain."""
        related = self.agreement >= _CERTAIN_AGREEMENT
        return self.fit.matches - self.fit.conflicts >= (_FEWEST_NAMES if related else _MANY_NAMES)

    @property
    def score(self) -> float:
        """Names, borders and relations together."""
        relations = _AGREEMENT_WORTH * self.agreement
        return self.fit.score + relations - (_UNUSUAL_COST if self.unusual else 0.0)


@dataclass(frozen=True, slots=True)
class _Choice:
    """The layout chosen, None when none explains the sheet; how sure that is; notes."""

    best: _Candidate | None
    confidence: float
    notes: tuple[str, ...]

    @property
    def plain(self) -> bool:
        """Nearly all names speak for it, and none against."""
        return self.best is not None and self.best.fit.plain

    def leaving_out(self, count: int) -> _Choice:
        """Give the same with a note on rows that it does not explain."""
        return replace(self, notes=self.notes + _left_out(count))

    def better_than(self, other: _Choice, margin: float = _ROW_WORTH) -> bool:
        """Tell whether it explains more by a margin, that for which a row may be left out."""
        if self.best is None or other.best is None:
            return self.best is not None
        return self.best.score > other.best.score + margin


class RowsMatcher:
    """Finds rows of ink and names them by the layout that fits.

    Lead names and scales are read letter by letter, and by `finder`, which sees worn ones too
    but knows fewer typefaces.
    """

    def __init__(self, finder: WordFinder | None = None) -> None:
        self._finder = finder

    def match(
        self, sheet: Sheet, trace_map: TraceMap, layouts: Sequence[Layout], hints: Hints
    ) -> Strips:
        """Fit the layouts to the rows found.

        Raises NoEcgFoundError when no row is found, UsageError for an unknown rhythm lead, an
        unknown layout, or one that does not have as many rows as the sheet.
        """
        for lead in hints.rhythm or ():
            if lead not in LEADS:
                raise UsageError(f"there is no lead '{lead}'; use {', '.join(LEADS)}")
        ink = gather(sheet, trace_map)
        baselines = find_baselines(ink)
        if not baselines:
            raise NoEcgFoundError(
                "no row of leads was found on the page; check that it shows an ECG and, "
                "if its traces are faint, try another --segmenter"
            )
        lettering = spell(find_words(ink))
        if self._finder is not None:
            lettering = self._finder.find(sheet).beside(lettering)
        baselines = add_named(ink, baselines, lettering.names)

        def look(rows: Sequence[float]) -> _Findings:
            return _look(ink, rows, lettering, hints, sheet)

        if hints.layout is not None:
            layout = _forced(layouts, hints.layout, len(baselines))
            rows = keep_strongest(ink, baselines, len(layout.rows))
            found = look(rows)
            choice = _Choice(_candidate(found, layout), 1.0, _left_out(len(baselines) - len(rows)))
        else:
            found, choice = _arrange(ink, baselines, lettering.names, sheet, layouts, look)
        if choice.best is None:
            strips = _strips(found, _unnamed(len(found.baselines)), found.timeline)
            notes: tuple[str, ...] = ()
        else:
            fit = choice.best.fit
            strips, notes = name_rhythms(
                choice.best.strips, _printed_rhythms(fit), hints.rhythm, fit.layout, ink
            )
        return Strips(
            strips,
            None if choice.best is None else choice.best.fit.layout.name,
            found.calibration,
            choice.confidence,
            found.notes + choice.notes + notes,
        )


def _arrange(
    ink: Ink,
    baselines: Sequence[float],
    names: Sequence[Name],
    sheet: Sheet,
    layouts: Sequence[Layout],
    look: Callable[[Sequence[float]], _Findings],
) -> tuple[_Findings, _Choice]:
    """Choose among the rows found, fewer of them, and those that names tell of, with a layout.

    The table beyond the paper, notes and mould run level as well, so that rows may be too many.
    """
    found = look(baselines)
    choice = _choose(found, layouts)

    @cache
    def sure(rows: tuple[float, ...]) -> tuple[_Findings, _Choice] | None:
        tried = look(rows)
        chosen = _choose(tried, layouts)
        return (tried, chosen) if chosen.best is not None and chosen.best.sure else None

    inner = on_grid(baselines, sheet)
    if 0 < len(inner) < len(baselines):
        within = sure(tuple(inner))
        if within is not None and not choice.better_than(within[1]):
            baselines, (found, choice) = inner, within
    if choice.plain:
        return found, choice
    named = named_rows(ink, names)
    for left_out in range(1, min(_MOST_LEFT_OUT, len(baselines) - 2) + 1):
        count = len(baselines) - left_out
        for rows in (keep_strongest(ink, baselines, count), named):
            fewer = sure(tuple(rows)) if len(rows) == count else None
            if fewer is not None and fewer[1].better_than(choice):
                found, choice = fewer[0], fewer[1].leaving_out(left_out)
        if choice.plain:
            return found, choice
    # A row that one name alone tells of is a rhythm strip, or that name is misread.
    for rows in (named, named_rows(ink, names, fewest=2)):
        told = sure(tuple(rows)) if len(rows) > 1 else None
        differing = abs(len(found.baselines) - len(rows))
        if told is not None and not choice.better_than(told[1], margin=-_ROW_WORTH * differing):
            found, choice = told
    return found, choice


def _look(
    ink: Ink,
    baselines: Sequence[float],
    lettering: Lettering,
    hints: Hints,
    sheet: Sheet,
) -> _Findings:
    """Find what stands at the rows and where their seconds lie."""
    pulses = find_pulses(ink, baselines)
    stroke = stroke_px(ink, baselines)
    runs = find_runs(ink, baselines, pulses, stroke)
    separators = find_separators(ink, baselines)
    scales = lettering.gain_mm_per_mv, lettering.speed_mm_per_s
    calibration, notes = calibrate(pulses, scales, hints, ink.x_mm, ink.y_mm)
    left_edges = [name.left_px for name in lettering.names if name.lead != "I"]
    speed = calibration.speed_mm_per_s
    printing = Printing(ink.x_mm, stroke / ink.x_mm, speed, sheet.grid, sheet.scale_is_rough)
    timeline = fit_timeline(runs, pulses, separators, ink.hidden_columns, left_edges, printing)
    silent = calibration.speed_source == "default"
    if silent and runs_fast(ink, baselines, (timeline.start_px, timeline.end_px)):
        calibration = replace(calibration, speed_mm_per_s=FAST_SPEED_MM_PER_S, speed_source="beats")
        notes += (
            f"nothing printed was read that tells the paper speed; {FAST_SPEED_MM_PER_S:g} mm/s "
            "was assumed because of how wide and how far apart the beats are; see --speed",
        )
    return _Findings(
        ink,
        tuple(baselines),
        tuple(pulses),
        tuple(runs),
        tuple(separators),
        timeline,
        lettering.names,
        calibration,
        notes,
    )


def _choose(found: _Findings, layouts: Sequence[Layout]) -> _Choice:
    """Choose the layout that explains the rows, if one does."""
    count = len(found.baselines)
    candidates = sorted(
        (_candidate(found, layout) for layout in layouts if len(layout.rows) == count),
        key=lambda candidate: -candidate.score,
    )
    for place, best in enumerate(candidates):
        fit = best.fit
        agreed = fit.matches - fit.conflicts
        named = agreed >= _FEWEST_NAMES + (best.agreement < _LIKELY_AGREEMENT)
        if not named and not _related(best):
            continue
        # Where nearly all names were read, those that another layout lacks are not on the page.
        lacking = _UNPRINTED_COST if fit.plain else 0.0
        others = [other.score - lacking * other.fit.unread for other in candidates[place + 1 :]]
        lead = best.score - max(others, default=0.0)
        notes = () if named else (_by_relations(best),)
        return _Choice(best, float(np.clip(lead / max(best.score, 1.0), 0, 1)), notes)
    return _Choice(None, 0.0, (_unknown(found),))


def _related(candidate: _Candidate) -> bool:
    """Tell whether the limb leads add up well enough to name all leads by it."""
    fit, agreement = candidate.fit, candidate.agreement
    if candidate.unusual:
        return agreement >= _UNUSUAL_AGREEMENT and not fit.conflicts
    if agreement >= _STRIKING_AGREEMENT:
        return fit.conflicts - fit.matches <= _MOST_MISREAD
    if fit.borders == 1.0 and not fit.conflicts:
        return agreement >= _BORDERED_AGREEMENT
    return agreement >= _CERTAIN_AGREEMENT and fit.matches >= fit.conflicts


def _forced(layouts: Sequence[Layout], name: str, count: int) -> Layout:
    by_name = {layout.name: layout for layout in layouts}
    if name not in by_name:
        raise UsageError(f"there is no layout '{name}'; use one of {', '.join(sorted(by_name))}")
    layout = by_name[name]
    if len(layout.rows) > count:
        raise UsageError(
            f"layout {layout.name} has {len(layout.rows)} rows, but only {count} were found on "
            "the page; choose another --layout"
        )
    return layout


def _candidate(found: _Findings, layout: Layout) -> _Candidate:
    timeline = fit_columns(layout, found.timeline, found.runs, found.baselines, found.ink)
    gaps = [0.5 * (a.end_px + b.start_px) for row in found.runs for a, b in pairwise(row)]
    marks = (*found.separators, *gaps)
    fit = fit_layout(layout, found.baselines, timeline, found.names, marks, found.ink.x_mm)
    strips = _strips(found, layout, timeline)
    # A page holds 10 s; columns that are each as long show the same seconds, unless beats differ.
    seconds = min((strip.start_s for strip in strips if strip.start_s > 0), default=0.0)
    if seconds > _LONG_COLUMN_S and share_time(strips, found.ink):
        strips = tuple(replace(strip, start_s=0.0) for strip in strips)
    return _Candidate(fit, strips, limb_agreement(strips, found.ink))


def _left_out(count: int) -> tuple[str, ...]:
    if count == 0:
        return ()
    rows = "one row of ink that fits no layout was" if count == 1 else f"{count} rows of ink were"
    return (f"{rows} left out; see --layout",)


def _by_relations(best: _Candidate) -> str:
    return (
        "hardly any lead name could be read; the leads were named by layout "
        f"{best.fit.layout.name} because their limb leads add up (II = I + III); see --layout"
    )


def _unknown(found: _Findings) -> str:
    count = len(found.baselines)
    rows = "one row" if count == 1 else f"{count} rows"
    return (
        f"{rows} of leads were found, but no known layout with readable lead names fits; "
        "the strips are unnamed, name them with --layout"
    )


def _printed_rhythms(fit: Fit) -> list[str | None]:
    first = len(fit.layout.rows) - fit.layout.rhythm_rows
    names = [fit.printed.get((row, 0)) for row in range(first, len(fit.layout.rows))]
    # A lone I may be what was read of II or III.
    return [name.lead if name is not None and name.lead != "I" else None for name in names]


def _unnamed(count: int) -> Layout:
    return Layout("", tuple((Cell(None, 0.0, 1.0),) for _ in range(count)))


def _strips(found: _Findings, layout: Layout, timeline: Timeline) -> tuple[Strip, ...]:
    """Lay a layout over the rows and seconds found."""
    ink = found.ink
    px_per_s = found.calibration.speed_mm_per_s * ink.x_mm
    seconds = (timeline.end_px - timeline.start_px) / px_per_s
    zeros = _zero_lines(found)
    spacing = float(np.diff(found.baselines).min()) if len(zeros) > 1 else np.inf
    reach = min(_TALLEST_MM * ink.y_mm, _REACH_ROWS * spacing)
    first_rhythm = len(layout.rows) - layout.rhythm_rows
    strips = []
    for row, cells in enumerate(layout.rows):
        for cell in cells:
            start, end = cell_span(layout, cell, timeline)
            lead = cell.lead
            strip = Strip(
                lead=None if lead is None else lead.removeprefix("-"),
                row=row,
                rhythm=row >= first_rhythm,
                x_start_px=start,
                x_end_px=min(end, ink.trace.shape[1] - 0.5),
                zero_px=zeros[row],
                top_px=max(zeros[row] - reach, 0.0),
                bottom_px=min(zeros[row] + reach, ink.trace.shape[0] - 1.0),
                start_s=cell.start_s / layout.duration_s * seconds,
                inverted=lead is not None and lead.startswith("-"),
            )
            strips.append(replace(strip, obstacles_px=_obstacles(found, strip)))
    return tuple(strips)


def _zero_lines(found: _Findings) -> list[float]:
    """Give each row's zero line: the foot of its pulse, else its baseline."""
    zeros = list(found.baselines)
    if found.pulses:
        height = float(np.median([pulse.foot_px - pulse.top_px for pulse in found.pulses]))
        for pulse in found.pulses:
            zeros[pulse.row] = pulse.top_px + height
    return zeros


def _obstacles(found: _Findings, strip: Strip) -> tuple[tuple[float, float, float, float], ...]:
    """Give the boxes of names and pulses within the reach of a strip or beside it."""
    beside = _BESIDE_MM * found.ink.x_mm
    boxes = [name.box_px for name in found.names]
    boxes += [
        (pulse.left_px, pulse.top_px, pulse.right_px, pulse.foot_px) for pulse in found.pulses
    ]
    return tuple(
        (left, top, right, bottom)
        for left, top, right, bottom in boxes
        if right > strip.x_start_px - beside
        and left < strip.x_end_px + beside
        and bottom > strip.top_px
        and top < strip.bottom_px
    )
