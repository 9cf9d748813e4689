"""Tell whether one combination is better: paired differences with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ecgengine.compare.figures import PageFigures
from ecgengine.compare.table import Column, Table, Value
from ecgengine.ecg.metrics import MIN_DB

CONFIDENCE = 0.95
RESAMPLES = 2000
MIN_PAGES = 6
"""With fewer pages not even a win on each of them is significant at 5 % by a sign test."""

_SEED = 0
_BLOCK = 2_000_000

_Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""From (..., N) power ratios to the (...) figure of each set of N pages."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How much a figure of the first combination exceeds the second's, in decibels.

    Attributes:
        db: the difference over the pages as they are.
        low_db: lower end of its interval.
        high_db: upper end.
    """

    db: float
    low_db: float
    high_db: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Two combinations on the same pages.

    Attributes:
        first: label of one combination.
        second: label of the one that it is held against.
        pages: how many pages both were given.
        mean: difference of the mean decibels, that is mean of the pages' differences.
        median: difference of the medians of the pages' decibels.
        score: difference of the scores.
        better: share of the pages on which the first has more decibels; ties count half.
    """

    first: str
    second: str
    pages: int
    mean: Difference
    median: Difference
    score: Difference
    better: float

    @property
    def verdict(self) -> str:
        """Say what the interval of the mean difference shows about the first combination.

        The mean decides because every page weighs alike in it; the score hangs on the few best.
        """
        if self.pages < MIN_PAGES:
            return "too few pages"
        if self.mean.low_db > 0:
            return "better"
        return "worse" if self.mean.high_db < 0 else "no difference shown"


def paired_differences(figures: Sequence[PageFigures]) -> tuple[Pair, ...]:
    """Compare every two combinations over the pages that both were given.

    Intervals hold 95 % of the differences of 2000 resamples of the pages with replacement, drawn
    from a fixed seed: the percentile interval of Efron and Tibshirani, "An introduction to the
    bootstrap", 1993, chapter 13. They are not corrected for the number of pairs.
    """
    ratios: dict[str, dict[str, float]] = {}
    for page in figures:
        ratios.setdefault(page.combination, {})[page.case] = page.ratio
    return tuple(
        _pair(first, second, ratios[first], ratios[second])
        for first, second in combinations(ratios, 2)
        if not ratios[first].keys().isdisjoint(ratios[second])
    )


def differences_table(pairs: Sequence[Pair]) -> Table:
    """Set the differences of all pairs as a table."""
    columns = [
        Column("first", "combination"),
        Column("second", "against"),
        Column("pages", "pages", meaning="Pages that both were given."),
        Column(
            "verdict",
            "verdict",
            meaning="What the interval of the mean difference shows: better when it lies above 0.",
        ),
    ]
    for key, what in (("mean", "means"), ("median", "medians"), ("score", "scores")):
        columns += [
            Column(f"{key}_db", key, "dB more", meaning=f"Difference of the {what}."),
            Column(f"{key}_low_db", "from", "dB", meaning="Lower end of its 95 % interval."),
            Column(f"{key}_high_db", "to", "dB", meaning="Upper end of its 95 % interval."),
        ]
    columns.append(
        Column("better_share", "better", "of pages", meaning="Share of pages on which it is ahead.")
    )
    rows = tuple(_row(pair) for pair in pairs)
    return Table("differences", "Paired differences", tuple(columns), rows, labels=2)


def _row(pair: Pair) -> tuple[Value, ...]:
    row: list[Value] = [pair.first, pair.second, pair.pages, pair.verdict]
    for difference in (pair.mean, pair.median, pair.score):
        row += [difference.db, difference.low_db, difference.high_db]
    return (*row, pair.better)


def _pair(first: str, second: str, a: dict[str, float], b: dict[str, float]) -> Pair:
    cases = [case for case in a if case in b]
    ratios = np.array([[a[case] for case in cases], [b[case] for case in cases]])
    db = _decibels(ratios)
    mean, median, score = _differences(ratios)
    ahead = (np.sign(db[0] - db[1]) + 1) / 2
    return Pair(first, second, len(cases), mean, median, score, float(np.mean(ahead)))


def _differences(ratios: NDArray[np.float64]) -> list[Difference]:
    """Give the differences of all statistics between two rows of (2, N) ratios."""
    count = ratios.shape[1]
    rng = np.random.default_rng(_SEED)
    drawn: list[list[NDArray[np.float64]]] = [[] for _ in _STATISTICS]
    block = max(_BLOCK // count, 1)
    for done in range(0, RESAMPLES, block):
        sets = rng.integers(count, size=(min(block, RESAMPLES - done), count))
        for values, statistic in zip(drawn, _STATISTICS, strict=True):
            a, b = (statistic(row[sets]) for row in ratios)
            values.append(a - b)
    outside = (1 - CONFIDENCE) / 2
    found = []
    for values, statistic in zip(drawn, _STATISTICS, strict=True):
        low, high = np.quantile(np.concatenate(values), [outside, 1 - outside])
        a, b = statistic(ratios)
        found.append(Difference(float(a - b), float(low), float(high)))
    return found


def _decibels(ratios: NDArray[np.float64]) -> NDArray[np.float64]:
    decibels: NDArray[np.float64] = 10 * np.log10(np.maximum(ratios, 10 ** (MIN_DB / 10)))
    return decibels


def _mean(ratios: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(_decibels(ratios).mean(axis=-1))


def _median(ratios: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.median(_decibels(ratios), axis=-1))


def _score(ratios: NDArray[np.float64]) -> NDArray[np.float64]:
    return _decibels(ratios.mean(axis=-1))


_STATISTICS: tuple[_Statistic, ...] = (_mean, _median, _score)
