from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ecgengine_plugins.assemblers.completing import complete
from ecgengine_plugins.assemblers.sampling import SampledStrip

FS_HZ = 500.0


def all_sampled(made_up: Any) -> tuple[SampledStrip, SampledStrip, np.ndarray]:
    """V3 from 5 s to 7.5 s, its rhythm strip, and V3's truth."""
    time_s = np.arange(5000) / FS_HZ
    long = made_up.lead_mv("II", time_s)
    truth = made_up.lead_mv("V3", time_s[2500:3750])
    strip = made_up.strip("V3", 2, 5.0, 2.5)
    return (
        SampledStrip(strip, 2500, truth.copy(), np.ones(1250), np.ones(1250)),
        SampledStrip(replace(strip, rhythm=True), 0, long, np.ones(5000), np.ones(5000)),
        truth,
    )


def spoiled(sampled: SampledStrip, stretch: slice) -> SampledStrip:
    confidence = sampled.confidence.copy()
    confidence[stretch] = 0.1
    mv = sampled.mv.copy()
    mv[stretch] = mv[stretch.start]
    return replace(sampled, mv=mv, confidence=confidence)


@pytest.mark.parametrize("stretch", [slice(140, 170), slice(0, 20), slice(1235, 1250)])
def test_hidden_samples_are_told_by_the_rhythm_strip(made_up: Any, stretch: slice) -> None:
    sampled, rhythm, truth = all_sampled(made_up)
    hidden = spoiled(sampled, stretch)
    told = complete(hidden, [rhythm], FS_HZ, 0.2)
    assert np.abs(told.mv - truth).max() < 0.03
    np.testing.assert_array_equal(told.confidence, hidden.confidence)
    rest = np.ones(1250, dtype=bool)
    rest[stretch] = False
    np.testing.assert_array_equal(told.mv[rest], truth[rest])


def test_a_complex_in_the_gap_comes_back(made_up: Any) -> None:
    sampled, rhythm, truth = all_sampled(made_up)
    beat = int(np.argmax(truth))
    hidden = spoiled(sampled, slice(beat - 12, beat + 12))
    assert np.abs(hidden.mv - truth).max() > 0.4
    assert np.abs(complete(hidden, [rhythm], FS_HZ, 0.2).mv - truth).max() < 0.05


def test_long_gaps_and_unread_ones_stay(made_up: Any) -> None:
    sampled, rhythm, _ = all_sampled(made_up)
    mv = sampled.mv.copy()
    mv[300:450] = np.nan
    mv[-20:] = np.nan
    gap = replace(sampled, mv=mv)
    np.testing.assert_array_equal(complete(gap, [rhythm], FS_HZ, 0.2).mv, mv)


def test_a_reference_that_explains_nothing_is_not_believed(made_up: Any) -> None:
    sampled, rhythm, _ = all_sampled(made_up)
    hidden = spoiled(sampled, slice(140, 170))
    noise = replace(rhythm, mv=np.random.default_rng(0).standard_normal(5000))
    nothing = replace(rhythm, mv=np.full(5000, np.nan))
    for reference in (noise, nothing):
        np.testing.assert_array_equal(complete(hidden, [reference], FS_HZ, 0.2).mv, hidden.mv)
    assert complete(hidden, [], FS_HZ, 0.2) is hidden


def test_a_sure_reading_is_never_changed_but_doubted(made_up: Any) -> None:
    sampled, rhythm, _ = all_sampled(made_up)
    assert complete(sampled, [rhythm], FS_HZ, 0.2).doubts == ()
    time_s = 5.0 + np.arange(1250) / FS_HZ
    # A complex that the rhythm strip does not have, in the first tenth of a second.
    wrong = sampled.mv + np.exp(-(((time_s - 5.06) / 0.01) ** 2))
    doubted = complete(replace(sampled, mv=wrong), [rhythm], FS_HZ, 0.2)
    assert doubted.doubts == ("near an end it disagrees with the rhythm strip",)
    np.testing.assert_array_equal(doubted.mv, wrong)


def test_a_lead_that_is_mostly_unsure_stays(made_up: Any) -> None:
    sampled, rhythm, _ = all_sampled(made_up)
    unsure = replace(sampled, confidence=np.where(np.arange(1250) % 5 < 4, 0.1, 1.0))
    assert complete(unsure, [rhythm], FS_HZ, 0.2) is unsure
