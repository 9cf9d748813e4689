"""Choose the periods of both families of grid lines, and how many millimeters each is."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.rectifiers.grid import tuning
from ecgengine_plugins.rectifiers.grid.period import (
    Bands,
    Period,
    distinct_periods,
    find_peaks,
    rank_periods,
)
from ecgengine_plugins.rectifiers.grid.phase import Phases, Template, measure_phases

PERIODS_MM = (1.0, 5.0)


@dataclass
class LineHypotheses:
    """Hypotheses about the period of one family of lines, and what was tracked so far."""

    bands: Bands
    peaks: tuple[NDArray[np.float64], NDArray[np.float64]] = field(init=False)
    periods: list[Period] = field(init=False)
    tracked: dict[float, tuple[Phases | None, int]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.peaks = find_peaks(self.bands)
        self.periods = self._likely(self._rank())

    def consider(self, others: list[Period]) -> None:
        """Take into account what periods lines in the other direction have."""
        if others:
            more = self._rank(tuple(period.period_px for period in others[:4]))
            both = self.periods + more
            self.periods = self._likely(distinct_periods(both, len(both)))

    def _rank(self, periods_px: tuple[float, ...] | None = None) -> list[Period]:
        return rank_periods(*self.peaks, self.bands.profiles.shape[1], periods_px)

    def _likely(self, ranked: list[Period]) -> list[Period]:
        return [p for p in ranked if p.score > (1.5 if p.power > 0.5 else 0.2 * ranked[0].score)]

    def track(self, period_px: float) -> tuple[Phases | None, int]:
        """Phases at a period and the number of lines in it; measured once."""
        if period_px not in self.tracked:
            phases = measure_phases(self.bands, period_px)
            count = 0 if phases is None else count_lines(phases.template, period_px)
            self.tracked[period_px] = phases, count
        return self.tracked[period_px]

    def lines(self, period_px: float, period_mm: float) -> GridLines | None:
        """The lines, if that is their period; None on a page too small for it."""
        phases, count = self.track(period_px)
        return None if phases is None else GridLines(self.bands, phases, period_mm, count)


@dataclass(frozen=True, slots=True)
class GridLines:
    """One family of grid lines, whose period is known.

    Attributes:
        bands: profiles across the lines.
        phases: where the lines lie.
        period_mm: millimeters of paper in one period of `phases`.
        per_period: lines seen in one period.
    """

    bands: Bands
    phases: Phases
    period_mm: float
    per_period: int

    @property
    def surprise(self) -> float:
        """How little they look like lines of so many millimeters."""
        unclear = 3.0 * (1 - float(np.quantile(self.phases.match, 0.75)))
        return _surprise(self.per_period, self.period_mm) + _repeats(self.phases.template) + unclear


def choose_periods(
    across: LineHypotheses,
    down: LineHypotheses,
    side_px: float,
    given: tuple[float, float] | None = None,
) -> tuple[GridLines, GridLines] | None:
    """Choose the pair of periods, and their millimeters, that makes most sense as ECG paper.

    Weighs the spectral scores, equal scales in both directions, scales of 3 to 24 px/mm, pages of
    usual size (or the scales given), and whether the lines within a period are as many as its
    millimeters.
    """
    own = across.periods
    across.consider(down.periods)
    down.consider(own)
    pairs = []
    for first, second in product(across.periods, down.periods):
        cost = _unlikely(first, across.periods) + _unlikely(second, down.periods)
        for first_mm, second_mm in product(PERIODS_MM, PERIODS_MM):
            scales = np.array([first.period_px / first_mm, second.period_px / second_mm])
            odd = _implausible(scales, side_px, given)
            sides = (first.period_px, first_mm), (second.period_px, second_mm)
            pairs.append((cost + odd, *sides))
    best, least = None, np.inf
    for cost, first_side, second_side in sorted(pairs)[: tuning.PAIRS_TRIED]:
        if cost > least:
            break
        one, other = across.lines(*first_side), down.lines(*second_side)
        if one is None or other is None:
            continue
        surprise = one.surprise + other.surprise
        if cost + surprise < least:
            best, least = (one, other), cost + surprise
    if best is None:
        return None
    return _with_heavy_lines(across, best[0]), _with_heavy_lines(down, best[1])


def count_lines(template: Template, period_px: float) -> int:
    """Count the equally spaced lines of one period; fifths may be faint, others may not."""
    full = template.course(np.linspace(0, 1, 256, endpoint=False))
    contrast = float(full.max() - np.median(full))
    best = 1
    for count in range(2, tuning.MOST_COUNTED + 1):
        if period_px / count < tuning.COARSEST_PX_PER_MM:
            break
        least = contrast * (0.05 if count == 5 else 0.25)
        near = (np.arange(count) + np.array([-0.1, 0.0, 0.1])[:, None]) / count
        lines = template.course(near).max(axis=0)
        gaps = template.course((np.arange(count) + 0.5) / count)
        if (lines - np.maximum(gaps, np.roll(gaps, 1))).min() > least:
            best = count
    return best


def _unlikely(period: Period, periods: list[Period]) -> float:
    """How much less of the spectrum a period explains than others do."""
    score = max(other.score for other in periods)
    power = max(other.power for other in periods)
    return 3.0 * (1 - period.score / score) + math.log(power / max(period.power, 0.02 * power))


def _implausible(
    scales: NDArray[np.float64], side_px: float, given: tuple[float, float] | None
) -> float:
    """How little two scales (px/mm) look like ECG paper, or like those given."""
    if given is not None:
        return tuning.GIVEN_WEIGHT * float(np.abs(np.log(scales / np.array(given))).sum())
    uneven = abs(math.log(scales[0] / scales[1]))
    scale = math.sqrt(scales[0] * scales[1])
    out = max(
        0.0, math.log(tuning.COARSEST_PX_PER_MM / scale), math.log(scale / tuning.FINEST_PX_PER_MM)
    )
    width = abs(math.log(side_px / scale / tuning.USUAL_WIDTH_MM))
    return 8 * max(0.0, uneven - 0.08) + 10 * out + width


def _surprise(lines: int, period_mm: float) -> float:
    """How little a number of lines fits a number of millimeters."""
    usual = {1.0: {1: 0.0, 2: 1.5}, 5.0: {5: 0.0, 1: 0.3, 10: 0.3, 2: 1.5}}
    return usual[period_mm].get(lines, 4.0)


def _repeats(template: Template) -> float:
    """How surely the true period is a half, a third or a quarter of the one assumed."""
    power = np.abs(template.coefficients) ** 2
    order = np.arange(1, len(power) + 1)
    alike = max(float(power @ np.cos(2 * np.pi * order / part)) for part in (2, 3, 4))
    return 3.0 if alike > tuning.REPEATED_POWER * float(power.sum()) else 0.0


def _with_heavy_lines(lines: LineHypotheses, family: GridLines) -> GridLines:
    """Count five-millimeter periods from the odd one of every five lines, where there is one."""
    wide = 5 * family.phases.period_px
    phases = family.phases
    if family.period_mm == 1.0 and wide < tuning.LONGEST_PX:
        five, _ = lines.track(wide)
        if five is None or _odd_line(five.template) is None:
            return family
        phases = five
    elif family.per_period != 5:
        return family
    odd = _odd_line(phases.template)
    return GridLines(lines.bands, phases.counted_from((odd or 0) / 5), 5.0, 5)


def _odd_line(template: Template) -> int | None:
    """Which of five lines differs clearly from the other four, which are alike; None for none.

    The odd one is nearly always darker; where it is printed in another color it may be lighter.
    """
    lines = template.course(np.arange(5) / 5)
    gaps = template.course((np.arange(5) + 0.5) / 5)
    contrast = float(np.median(lines) - np.median(gaps))
    odd = int(np.argmax(np.abs(lines - np.median(lines))))
    others = np.delete(lines, odd)
    apart = float(np.abs(lines[odd] - others).min())
    scatter = float(np.ptp(others)) * (2.0 if lines[odd] > others.max() else 3.0)
    return odd if apart > max(0.04 * contrast, scatter) else None
