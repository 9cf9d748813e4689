from __future__ import annotations

import numpy as np
import pytest

from ecgengine.compare.bootstrap import MIN_PAGES, Pair, differences_table, paired_differences
from ecgengine.compare.figures import PageFigures
from ecgengine.compare.table import tables_data


def pages(combination: str, decibels: np.ndarray) -> list[PageFigures]:
    return [
        PageFigures(f"p{number}", combination, ratio=float(10 ** (db / 10)))
        for number, db in enumerate(decibels)
    ]


def compared(a: np.ndarray, b: np.ndarray) -> Pair:
    (pair,) = paired_differences(pages("a", a) + pages("b", b))
    return pair


@pytest.fixture
def base() -> np.ndarray:
    return np.random.default_rng(3).normal(20, 8, 60)


def test_differences_of_the_pages_as_they_are(base: np.ndarray) -> None:
    noisy = base + np.random.default_rng(4).normal(1, 2, base.size)
    pair = compared(noisy, base)
    assert pair.mean.db == pytest.approx(np.mean(noisy - base))
    assert pair.median.db == pytest.approx(np.median(noisy) - np.median(base))
    score = 10 * np.log10(np.mean(10 ** (noisy / 10)) / np.mean(10 ** (base / 10)))
    assert pair.score.db == pytest.approx(score)
    assert pair.better == np.mean(noisy > base)
    for difference in (pair.mean, pair.median, pair.score):
        assert difference.low_db < difference.db < difference.high_db


def test_the_interval_of_the_mean_is_that_of_the_normal_theory(base: np.ndarray) -> None:
    change = np.random.default_rng(5).normal(1, 2, base.size)
    pair = compared(base + change, base)
    half = 1.96 * change.std() / np.sqrt(base.size)
    assert pair.mean.low_db == pytest.approx(change.mean() - half, abs=0.1)
    assert pair.mean.high_db == pytest.approx(change.mean() + half, abs=0.1)


def test_pairing_shows_a_difference_far_smaller_than_the_spread(base: np.ndarray) -> None:
    small = base + 0.2 + np.random.default_rng(6).normal(0, 0.1, base.size)
    assert compared(small, base).verdict == "better"
    assert compared(base, small).verdict == "worse"
    shuffled = np.random.default_rng(7).permutation(small)
    assert compared(shuffled, base).verdict == "no difference shown"


def test_nothing_is_shown_between_equals(base: np.ndarray) -> None:
    pair = compared(base, base)
    assert (pair.mean.low_db, pair.mean.high_db, pair.better) == (0, 0, 0.5)
    assert pair.verdict == "no difference shown"


def test_few_pages_give_no_verdict() -> None:
    few = np.linspace(10, 20, MIN_PAGES)
    assert compared(few + 5, few).verdict == "better"
    assert compared(few[1:] + 5, few[1:]).verdict == "too few pages"
    assert compared(few[:1], few[:1]).mean.db == 0


def test_pages_are_paired_by_name(base: np.ndarray) -> None:
    b = [*pages("b", base[:20] - 1)][::-1]
    (pair,) = paired_differences(pages("a", base) + b)
    assert pair.pages == 20
    assert (pair.mean.low_db, pair.mean.high_db) == (pytest.approx(1), pytest.approx(1))


def test_the_same_figures_give_the_same_intervals(base: np.ndarray) -> None:
    assert compared(base, base[::-1]) == compared(base, base[::-1])


def test_many_pages_are_resampled_in_blocks() -> None:
    rng = np.random.default_rng(8)
    base = rng.normal(20, 5, 1500)
    pair = compared(base + rng.normal(0.5, 1, base.size), base)
    assert pair.mean.low_db < 0.5 < pair.mean.high_db
    assert pair.mean.high_db - pair.mean.low_db == pytest.approx(2 * 1.96 / np.sqrt(1500), rel=0.15)


def test_every_two_combinations_stand_in_the_table(base: np.ndarray) -> None:
    figures = pages("a", base) + pages("b", base - 3) + pages("c", base + 3)
    table = tables_data([differences_table(paired_differences(figures))])["differences"]
    assert [(row["first"], row["second"], row["verdict"]) for row in table] == [
        ("a", "b", "better"),
        ("a", "c", "worse"),
        ("b", "c", "worse"),
    ]
    assert table[0]["mean_low_db"] == pytest.approx(3)
    assert table[0]["better_share"] == 1
