"""Matcher `rows`: rows of ink, then seconds, then names, then the layout that explains them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ecgengine.errors import NoEcgFoundError, UsageError
from ecgengine.layout import Cell, Layout
from ecgengine.sheet import Sheet
from ecgengine.stages import Hints
from ecgengine.strips import Strip, Strips
from ecgengine.tracemap import TraceMap
from ecgengine_plugins.matchers.baselines import find_baselines
from ecgengine_plugins.matchers.ends import Run, find_runs
from ecgengine_plugins.matchers.fitting import Fit, cell_span, fit_layout
from ecgengine_plugins.matchers.ink import Ink, gather
from ecgengine_plugins.matchers.pulses import Pulse, find_pulses
from ecgengine_plugins.matchers.rhythm import name_rhythms
from ecgengine_plugins.matchers.scales import calibrate
from ecgengine_plugins.matchers.separators import find_separators
from ecgengine_plugins.matchers.timeline import Timeline, fit_timeline
from ecgengine_plugins.matchers.words import Name, find_words, read_names, read_scales

_TALLEST_MM = 28.0
_REACH_ROWS = 1.5
_FEWEST_NAMES = 2


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


class RowsMatcher:
    """Finds rows of ink and names them by the layout that fits."""

    def match(
        self, sheet: Sheet, trace_map: TraceMap, layouts: Sequence[Layout], hints: Hints
    ) -> Strips:
        """Fit the layouts to the rows found.

        Raises NoEcgFoundError when no row is found, UsageError for an unknown `hints.layout` or
        one that does not have as many rows as the sheet.
        """
        ink = gather(sheet, trace_map)
        baselines = find_baselines(ink)
        if not baselines:
            raise NoEcgFoundError(
                "no row of leads was found on the page; check that it shows an ECG and, "
                "if its traces are faint, try another --segmenter"
            )
        words = find_words(ink)
        pulses = find_pulses(ink, baselines)
        runs = find_runs(ink, baselines, pulses)
        separators = find_separators(ink, baselines)
        found = _Findings(
            ink,
            tuple(baselines),
            tuple(pulses),
            tuple(runs),
            tuple(separators),
            fit_timeline(runs, pulses, separators, ink.x_mm),
            tuple(read_names(words)),
        )
        calibration, notes = calibrate(pulses, read_scales(words), hints, ink.x_mm, ink.y_mm)
        fit, confidence, doubts = _choose(found, layouts, hints)
        strips = _strips(found, fit, calibration.speed_mm_per_s)
        if fit is not None:
            strips, named = name_rhythms(
                strips, _printed_rhythms(fit), hints.rhythm, fit.layout, ink
            )
            doubts += named
        return Strips(
            strips,
            None if fit is None else fit.layout.name,
            calibration,
            confidence,
            notes + doubts,
        )


def _choose(
    found: _Findings, layouts: Sequence[Layout], hints: Hints
) -> tuple[Fit | None, float, tuple[str, ...]]:
    """Give the layout that fits, how sure that is, and notes; None when none does."""
    count = len(found.baselines)
    if hints.layout is not None:
        by_name = {layout.name: layout for layout in layouts}
        if hints.layout not in by_name:
            raise UsageError(
                f"there is no layout '{hints.layout}'; use one of {', '.join(sorted(by_name))}"
            )
        layout = by_name[hints.layout]
        if len(layout.rows) != count:
            raise UsageError(
                f"layout {layout.name} has {len(layout.rows)} rows, but {count} were found on the "
                "page; choose another --layout, or crop the page to its leads"
            )
        return _fit(found, layout), 1.0, ()
    fits = sorted(
        (_fit(found, layout) for layout in layouts if len(layout.rows) == count),
        key=lambda fit: (-fit.score, "-cabrera" in fit.layout.name),
    )
    if not fits:
        return None, 0.0, (_unknown(found),)
    best = fits[0]
    if best.matches - best.conflicts < _FEWEST_NAMES:
        return None, 0.0, (_unknown(found),)
    other = fits[1].score if len(fits) > 1 else 0.0
    return best, float(np.clip((best.score - other) / max(best.score, 1.0), 0, 1)), ()


def _fit(found: _Findings, layout: Layout) -> Fit:
    gaps = [0.5 * (a.end_px + b.start_px) for row in found.runs for a, b in pairwise(row)]
    return fit_layout(
        layout,
        found.baselines,
        found.timeline,
        found.names,
        (*found.separators, *gaps),
        found.ink.x_mm,
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
    return [None if name is None else name.lead for name in names]


def _strips(found: _Findings, fit: Fit | None, speed: float) -> tuple[Strip, ...]:
    timeline, ink = found.timeline, found.ink
    if fit is None:
        layout = Layout("", tuple((Cell(None, 0.0, 1.0),) for _ in found.baselines))
    else:
        layout = fit.layout
    seconds = (timeline.end_px - timeline.start_px) / (speed * ink.x_mm)
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
                rhythm=fit is not None and row >= first_rhythm,
                x_start_px=start,
                x_end_px=end,
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
    """Give the boxes of names and pulses within the reach of a strip."""
    boxes = [name.box_px for name in found.names]
    boxes += [
        (pulse.left_px, pulse.top_px, pulse.right_px, pulse.foot_px) for pulse in found.pulses
    ]
    return tuple(
        box
        for box in boxes
        if box[2] > strip.x_start_px
        and box[0] < strip.x_end_px
        and box[3] > strip.top_px
        and box[1] < strip.bottom_px
    )
