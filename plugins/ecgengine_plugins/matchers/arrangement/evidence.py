"""Gather what is seen of an arrangement: rows of ink, where they begin and end, marks, words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, compress, pairwise

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.look import Look, Words
from ecgengine.data.sheet import Sheet
from ecgengine.errors import UsageError
from ecgengine_plugins.matchers.arrangement import tuning
from ecgengine_plugins.matchers.ends import Run, TracedRow, stroke_px, trace_rows
from ecgengine_plugins.matchers.pulses import Pulse, find_pulses
from ecgengine_plugins.matchers.separators import find_separators
from ecgengine_plugins.matchers.start import Printing
from ecgengine_plugins.matchers.timeline import Timeline, aligned_points, fit_timelines
from ecgengine_plugins.paper.ink import Ink
from ecgengine_plugins.paper.scales import USUAL_SPEED_MM_PER_S


@dataclass(frozen=True)
class Rows:
    """What was found along rows of ink.

    Attributes:
        ink: of the sheet.
        traced: each row's own ink.
        pulses: calibration pulses beside the rows.
        separators: sheet x of bars between leads.
        starts_px: (N, 2) sheet x at which the look shows first points, and their probabilities.
        aligned_px: sheet x at which it shows them in a line in most rows.
        last_points_px: the same of last points.
        timeline: where the printed seconds begin and end.
        log_likelihood: that these are the rows, and these their seconds.
    """

    ink: Ink
    traced: tuple[TracedRow, ...]
    pulses: tuple[Pulse, ...]
    separators: tuple[float, ...]
    starts_px: NDArray[np.float64]
    aligned_px: NDArray[np.float64]
    last_points_px: NDArray[np.float64]
    timeline: Timeline
    log_likelihood: float

    @property
    def baselines(self) -> tuple[float, ...]:
        """Sheet y at which each row runs level."""
        return tuple(row.zero_px for row in self.traced)

    @property
    def runs(self) -> tuple[tuple[Run, ...], ...]:
        """Each row's runs of ink."""
        return tuple(row.runs for row in self.traced)

    @cached_property
    def gaps_px(self) -> NDArray[np.float64]:
        """(N, 2) sheet x where gaps of a row's ink begin and end."""
        gaps = [(a.end_px, b.start_px) for row in self.runs for a, b in pairwise(row)]
        return np.array(gaps).reshape(-1, 2)

    @cached_property
    def marks_px(self) -> NDArray[np.float64]:
        """Sheet x of separators, of gaps of ink and their ends, and of first points in a line.

        A gap in a single row may be lost ink.
        """
        if len(self.traced) == 1:
            return np.array(self.separators)
        gaps = self.gaps_px
        return np.concatenate([self.separators, gaps.mean(axis=1), gaps[:, 1], self.aligned_px])

    @property
    def zeros_px(self) -> list[float]:
        """Each row's zero line: the foot of its pulse, else its baseline."""
        zeros = list(self.baselines)
        if self.pulses:
            height = float(np.median([pulse.foot_px - pulse.top_px for pulse in self.pulses]))
            for pulse in self.pulses:
                zeros[pulse.row] = pulse.top_px + height
        return zeros


def clear_names(words: Words, ink: Ink) -> list[tuple[float, float, float, float]]:
    """Give the boxes (x0, y0, x1, y1), in sheet pixels, of words that are surely lead names."""
    clear = words.logits.max(axis=1, initial=-np.inf) > tuning.CLEAR_LOGIT
    scale = np.array([ink.x_mm, ink.y_mm, ink.x_mm, ink.y_mm])
    return [(x0, y0, x1, y1) for x0, y0, x1, y1 in (words.boxes_mm[clear] * scale - 0.5).tolist()]


@dataclass(frozen=True, slots=True)
class PossibleRows:
    """Rows of ink, and which of them may be rows of leads.

    Attributes:
        every: all rows of ink.
        likely: how many of them are rather rows of leads than not.
        sets: those that may be rows of leads together, each set with its log-likelihood.
    """

    every: tuple[TracedRow, ...]
    likely: int
    sets: tuple[tuple[tuple[TracedRow, ...], float], ...]


def possible_rows(ink: Ink, look: Look, sheet: Sheet, count: int | None = None) -> PossibleRows:
    """Find rows of ink, and which of them may be rows of leads.

    With `count` these are the strongest so many. Raises UsageError when there are fewer.
    """
    every = tuple(trace_rows(ink, look))
    if count is not None and every:
        if count > len(every):
            raise UsageError(
                f"the layout has {count} rows, but only {len(every)} were found on the page; "
                "choose another --layout"
            )
        order = np.argsort([-row.inked_mm for row in every], kind="stable")
        strongest = tuple(every[index] for index in np.sort(order[:count]))
        return PossibleRows(every, count, ((strongest, 0.0),))
    logits = _row_logits(every, sheet)
    sets = sorted(_sets(logits), key=lambda each: -each[1])[: tuning.MOST_ROW_SETS]
    worth = [each for each in sets if each[1] > sets[0][1] - tuning.ROWS_WORTH_TRYING]
    return PossibleRows(
        every,
        int((logits > 0).sum()),
        tuple((tuple(compress(every, kept)), log) for kept, log in worth),
    )


def look_along(ink: Ink, look: Look, possible: PossibleRows, sheet: Sheet) -> list[Rows]:
    """Find what stands at rows, and where their seconds may lie; give what is worth weighing."""
    separators = tuple(find_separators(ink, look))
    starts = look.starts[:, [0, 2]].astype(np.float64) * (ink.x_mm, 1.0) - (0.5, 0.0)
    found = []
    for traced, log_rows in possible.sets:
        baselines = [row.zero_px for row in traced]
        pulses = tuple(find_pulses(ink, look, baselines))
        printing = Printing(
            ink.x_mm,
            stroke_px(ink, baselines) / ink.x_mm,
            USUAL_SPEED_MM_PER_S,
            sheet.grid,
            sheet.scale_is_rough,
        )
        runs = [row.runs for row in traced]
        first_points, last_points = (
            np.array(aligned_points(points, len(traced), ink.x_mm))
            for points in (look.starts, look.ends)
        )
        found += [
            Rows(
                ink,
                traced,
                pulses,
                separators,
                starts,
                first_points,
                last_points,
                timeline,
                log_rows + log_timeline,
            )
            for timeline, log_timeline in fit_timelines(
                runs, look, pulses, separators, ink.hidden_columns, printing
            )
        ]
    found.sort(key=lambda each: -each.log_likelihood)
    worth = [
        each
        for each in found
        if each.log_likelihood > found[0].log_likelihood - tuning.ROWS_WORTH_TRYING
    ]
    return worth[: tuning.MOST_ROW_SETS]


def _row_logits(every: Sequence[TracedRow], sheet: Sheet) -> NDArray[np.float64]:
    """Give the logit of each row of ink that it is one of leads."""
    inked = np.array([row.inked_mm for row in every])
    offset, slope = tuning.ROW_SEEN
    logits = offset + slope * inked / max(inked.max(initial=0.0), 1.0)
    top, bottom = _grid_ends(sheet)
    beyond = [not top <= row.zero_px <= bottom for row in every]
    return np.asarray(logits + tuning.ROW_OFF_GRID * np.array(beyond, np.float64), np.float64)


def _sets(logits: NDArray[np.float64]) -> Iterator[tuple[NDArray[np.bool_], float]]:
    """Yield which rows may be those of leads: all choices among the least sure ones."""
    if not logits.size:
        return
    likely = logits > 0
    unsure = np.argsort(np.abs(logits), kind="stable")[: tuning.MOST_UNSURE_ROWS]
    for size in range(len(unsure) + 1):
        for turned in combinations(unsure, size):
            kept = likely.copy()
            kept[list(turned)] ^= True
            if kept.any():
                yield kept, float(-np.logaddexp(0, np.where(kept, -logits, logits)).sum())


def _grid_ends(sheet: Sheet) -> tuple[float, float]:
    """Give sheet y of the first and the last line of the grid that was seen.

    The edge of the paper, and the grain of a table beyond it, run level, too.
    """
    if sheet.grid_fit is None:
        return -np.inf, np.inf
    seen = sheet.grid_fit.seen.mean(axis=1)
    region_px = sheet.image.shape[0] / seen.size
    lines = np.flatnonzero(seen > tuning.GRID_SEEN * seen.max())
    if lines.size == 0:
        return -np.inf, np.inf
    # What is half seen is half beyond the edge.
    top = (lines[0] + 1 - seen[lines[0]] / seen.max()) * region_px
    return top, (lines[-1] + seen[lines[-1]] / seen.max()) * region_px
