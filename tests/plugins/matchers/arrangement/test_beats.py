from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine_plugins.matchers.arrangement.beats import (
    activities,
    columns_alike,
    columns_together,
    log_alike,
    log_same_time,
    rows_together,
)

X_MM = 6.0
SIZE = 1500
COLUMNS = np.array([[0.0, 375.0], [375.0, 750.0], [750.0, 1125.0], [1125.0, 1500.0]])


def curve(
    beats: NDArray[np.float64], width: float = 3.0, height: float = 60.0
) -> NDArray[np.float32]:
    x = np.arange(SIZE)
    waves = [height * np.exp(-(((x - beat) / width) ** 2)) for beat in beats]
    return np.asarray(np.sum(waves, axis=0), np.float32)


def uneven(seed: int) -> NDArray[np.float64]:
    random = np.random.default_rng(seed)
    return np.asarray(np.cumsum(random.uniform(70, 170, 30)))


def test_activity_is_one_at_complexes_and_unknown_where_nothing_was_seen() -> None:
    beats = np.arange(60.0, SIZE, 120.0)
    found = activities(np.stack([curve(beats), np.full(SIZE, np.nan, np.float32)]), X_MM)
    assert found[0, beats.astype(int)].min() > 0.5
    assert found[0, (beats[:-1] + 60).astype(int)].max() < 0.05
    assert np.isnan(found[1]).all()


def test_rows_of_one_time_are_told_from_rows_of_others() -> None:
    same, apart = [], []
    for seed in range(8):
        one, other = uneven(seed), uneven(seed + 50)
        rows = activities(np.stack([curve(one), curve(one, 4.0, -30.0), curve(other)]), X_MM)
        together = rows_together(rows, X_MM)
        same.append(together[0])
        apart.append(together[1])
        assert rows_together(rows[:1], X_MM).size == 0
    assert min(same) > 2
    # Chance may have one or another pair look alike.
    assert np.mean(apart) < -1


def test_an_even_rhythm_tells_less_than_an_uneven_one() -> None:
    even = activities(curve(np.arange(60.0, SIZE, 60.0))[None], X_MM)[0]
    rough = activities(curve(uneven(3))[None], X_MM)[0]
    reach = round(40 * X_MM)
    assert 0 < log_same_time(even, even, reach) < log_same_time(rough, rough, reach)


def test_what_is_not_known_tells_nothing() -> None:
    known, nothing = np.ones(200), np.full(200, np.nan)
    assert log_same_time(known, nothing, 50) == 0
    assert log_same_time(known, known, 50) == 0


def test_columns_of_the_same_seconds_are_told_from_columns_in_turn() -> None:
    beats = uneven(8)
    first = beats[beats < 370]
    repeated = np.concatenate([first + start for start, _ in COLUMNS])
    same = activities(curve(repeated)[None], X_MM)
    in_turn = activities(curve(beats)[None], X_MM)
    assert columns_together(same, COLUMNS, X_MM) > 3
    assert columns_together(in_turn, COLUMNS, X_MM) < 0


def test_complexes_are_alike_along_one_lead_and_not_across_leads() -> None:
    beats = np.arange(60.0, SIZE, 110.0)
    one = curve(beats)[None]
    parts = [
        curve(beats[(beats >= a) & (beats < b)], width, height) * sign
        for (a, b), width, height, sign in zip(
            COLUMNS, (3, 9, 3, 8), (60, 40, 60, 50), (1, 1, -1, 1), strict=True
        )
    ]
    leads = np.sum(parts, axis=0, dtype=np.float32)[None]
    assert columns_alike(one, activities(one, X_MM), COLUMNS, X_MM) > 3
    assert columns_alike(leads, activities(leads, X_MM), COLUMNS, X_MM) < 0


def test_single_complexes_that_differ_hardly_speak_against_one_lead() -> None:
    halves = np.array([[0.0, 750.0], [750.0, 1500.0]])
    found = []
    for each in (1, 3):
        beats = np.concatenate([150.0 + 110 * np.arange(each), 900.0 + 110 * np.arange(each)])
        # Those of the second half may be ectopic beats of the same lead.
        other = curve(beats[:each])[None] - curve(beats[each:], 9.0)[None]
        active = np.zeros((1, SIZE), np.float32)
        active[0, beats.astype(int)] = 1.0
        found.append(columns_alike(other, active, halves, X_MM))
    single, several = found
    assert several < 2 * single < 0


@pytest.mark.parametrize("noise", [0.0, 10.0, 20.0, 30.0])
def test_noise_that_hides_complexes_makes_no_other_lead_of_one(noise: float) -> None:
    halves, beats = np.array([[0.0, 750.0], [750.0, 1500.0]]), np.arange(40.0, SIZE, 70.0)
    late = beats[beats >= 750]
    one = curve(beats)[None]
    # The complexes of the other lead go below the zero line at their end.
    leads = one - curve(late + 7, 3.0, 50.0)
    same: list[float] = []
    other: list[float] = []
    for seed in range(8):
        drawn = np.random.default_rng(seed).normal(0, noise, (1, SIZE)).astype(np.float32)
        for curves, found in ((one, same), (leads, other)):
            found.append(columns_alike(curves + drawn, activities(curves, X_MM), halves, X_MM))
    # Half as high as the complexes it leaves a correlation of medians that tells nothing.
    assert np.mean(same) > 2
    assert max(other) < 0


def test_likeness_near_one_speaks_for_the_same_curve() -> None:
    ratios = [log_alike(each, 0.04, 0.15, 0.1) for each in (1.0, 0.95, 0.8, 0.3, -1.0)]
    assert ratios[0] > 2
    assert ratios[3] < 0
    assert ratios[:3] == sorted(ratios[:3], reverse=True)
