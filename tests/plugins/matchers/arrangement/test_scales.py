from __future__ import annotations

from collections.abc import Sequence

import pytest

from ecgengine_plugins.matchers.arrangement.scales import Scale, gain_evidence, speed_evidence
from ecgengine_plugins.matchers.pulses import Pulse
from ecgengine_plugins.matchers.tempo import Beats
from ecgengine_plugins.paper.scales import GAINS_MM_PER_MV, SPEEDS_MM_PER_S

UNSEEN: dict[float, float] = {}
MM = 8.0


def pulses(count: int, height_mm: float = 10.0, width_mm: float = 5.0) -> list[Pulse]:
    return [
        Pulse(row, 20.0, 20.0 + width_mm * MM, 100.0, 100.0 + height_mm * MM, whole=True)
        for row in range(count)
    ]


def seen(value: float, of: Sequence[float]) -> dict[float, float]:
    return {each: 3.0 if each == value else -4.0 for each in of}


@pytest.mark.parametrize("gain", [5.0, 10.0, 20.0])
def test_pulses_of_most_rows_tell_the_gain(gain: float) -> None:
    evidence = gain_evidence(pulses(4, gain), 4, UNSEEN, MM)
    scale = evidence.scale(GAINS_MM_PER_MV, evidence.posterior)
    assert (scale.value, scale.source) == (gain, "pulse")
    assert scale.probability > (0.98 if gain < 20 else 0.9)


def test_without_pulse_and_print_ten_is_assumed_and_not_sure() -> None:
    evidence = gain_evidence([], 4, UNSEEN, MM)
    scale = evidence.scale(GAINS_MM_PER_MV, evidence.posterior)
    assert (scale.value, scale.source, scale.runner_up) == (10.0, "default", 5.0)
    assert 0.9 < scale.probability < 0.98


def test_print_that_contradicts_pulses_leaves_doubt() -> None:
    evidence = gain_evidence(pulses(4, 10.0), 4, seen(5.0, GAINS_MM_PER_MV), MM)
    assert evidence.posterior.max() < 0.999
    agreeing = gain_evidence(pulses(4, 5.0), 4, seen(5.0, GAINS_MM_PER_MV), MM)
    assert agreeing.posterior[GAINS_MM_PER_MV.index(5.0)] > 0.999


def test_a_height_that_is_no_gain_is_hardly_a_pulse() -> None:
    evidence = gain_evidence(pulses(4, 14.3), 4, UNSEEN, MM)
    assert evidence.posterior.argmax() == GAINS_MM_PER_MV.index(10.0)
    assert evidence.posterior.max() < 0.98


@pytest.mark.parametrize(("speed", "apart_s"), [(25.0, 0.8), (50.0, 0.8)])
def test_beats_tell_the_speed_as_far_as_hearts_are_usual(speed: float, apart_s: float) -> None:
    beats = Beats(0.05 * speed + 1.8, apart_s * speed, 0.272 * apart_s**0.45 * speed)
    evidence = speed_evidence([], beats, UNSEEN, MM)
    assert evidence.posterior.argmax() == SPEEDS_MM_PER_S.index(speed)


def test_a_slow_heart_with_wide_complexes_is_not_surely_fast_paper() -> None:
    beats = Beats(0.1 * 25 + 1.8, 1.46 * 25, 0.44 * 25)
    evidence = speed_evidence([], beats, UNSEEN, MM)
    assert evidence.posterior[SPEEDS_MM_PER_S.index(50.0)] < 0.98
    read = speed_evidence([], beats, seen(25.0, SPEEDS_MM_PER_S), MM)
    assert read.posterior[SPEEDS_MM_PER_S.index(25.0)] > 0.95


def test_the_width_of_pulses_is_a_weak_sign() -> None:
    plain = speed_evidence([], None, UNSEEN, MM).posterior
    wide = speed_evidence(pulses(4, width_mm=10.0), None, UNSEEN, MM).posterior
    fast = SPEEDS_MM_PER_S.index(50.0)
    assert plain[fast] < wide[fast] < 0.5


def test_what_is_told_is_sure() -> None:
    assert Scale.told(7.5) == Scale(7.5, "given", 1.0, None)
