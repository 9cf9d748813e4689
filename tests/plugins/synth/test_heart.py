from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from ecgengine.data.layout import LEADS
from ecgengine.ecg.beats import heart_rate_bpm, qrs_samples
from ecgengine.ecg.signals import Signals
from ecgengine_plugins.synth.heart import Heart, Noise, beat, draw_heart, draw_odd_heart
from ecgengine_plugins.synth.rhythm import Rhythm, beats_of

FS_HZ = 500.0
QUIET = Noise()


@cache
def patients() -> tuple[Heart, ...]:
    return tuple(draw_heart(np.random.default_rng(seed)) for seed in range(400))


def with_finding(words: str) -> Heart:
    heart = next(h for h in patients() if any(words in each for each in h.findings))
    return replace(heart, noise=QUIET)


def beating(heart: Heart, seed: int = 1, duration_s: float = 10.0) -> Signals:
    return beat(heart, duration_s, FS_HZ, np.random.default_rng(seed))


@pytest.mark.parametrize("seed", range(12))
def test_limb_leads_obey_einthoven_and_goldberger_noise_included(seed: int) -> None:
    random = np.random.default_rng(seed)
    leads = beat(draw_heart(random), 10.0, FS_HZ, random).leads_mv
    assert tuple(leads) == LEADS
    assert {samples.size for samples in leads.values()} == {5000}
    np.testing.assert_allclose(leads["II"], leads["I"] + leads["III"], atol=1e-9)
    np.testing.assert_allclose(leads["aVR"] + leads["aVL"] + leads["aVF"], 0, atol=1e-9)
    np.testing.assert_allclose(leads["aVF"], leads["II"] - leads["I"] / 2, atol=1e-9)


def test_hearts_are_as_tall_and_as_fast_as_hearts_are() -> None:
    heights, rates = [], []
    for seed, heart in enumerate(patients()[:150]):
        leads = beating(heart, seed).leads_mv
        heights.append(max(np.ptp(samples) for samples in leads.values()))
        rates.append(heart.rhythm.rate_bpm)
    assert 1.2 < np.median(heights) < 3.0
    assert np.quantile(heights, 0.02) > 0.3
    assert np.quantile(heights, 0.99) < 7
    assert 60 < np.median(rates) < 90
    assert 30 < min(rates) < 55
    assert 110 < max(rates) < 180


def test_a_third_is_healthy_and_every_finding_occurs() -> None:
    found = [heart.findings for heart in patients()]
    assert 0.28 < np.mean([not words for words in found]) < 0.45
    names = {name for words in found for name in words}
    expected = "left bundle,right bundle,elevation,fibrillation,flutter,paced,degree 3"
    expected += ",ventricular extra,atrial extra,low voltage,tachycardia"
    for words in expected.split(","):
        assert any(words in name for name in names), words
    assert not any({"low voltage", "high voltage"} <= set(words) for words in found)


def test_a_steady_heart_beats_at_its_rate() -> None:
    heart = next(h for h in patients() if not h.findings)
    steady = replace(
        heart, rhythm=replace(heart.rhythm, rate_bpm=75.0, variability=0.0), noise=QUIET
    )
    rate = heart_rate_bpm(beating(steady).leads_mv["II"], FS_HZ)
    assert rate == pytest.approx(75, abs=1)


def spread(heart: Heart) -> float:
    """How irregular the distances between beats are, as a share of the mean."""
    distances = np.diff(qrs_samples(beating(heart, duration_s=30.0).leads_mv["V2"], FS_HZ))
    return float(np.std(distances) / np.mean(distances))


def test_fibrillation_is_irregular_and_has_no_p_waves() -> None:
    heart = with_finding("fibrillation")
    assert heart.rhythm.kind == "fibrillation"
    assert spread(heart) > 0.1
    # The atria contribute their own waves and nothing before a beat.
    assert np.array_equal(
        beating(replace(heart, p=())).leads_mv["II"], beating(heart).leads_mv["II"]
    )


def broadness_s(heart: Heart) -> float:
    """How long the ventricles take, from where the steep part of their loop begins and ends."""
    alone = replace(heart, t=(), p=(), atria_mv=0.0, paced=False, noise=QUIET)
    leads = np.array(list(beating(alone).leads_mv.values()))
    size = np.sqrt((leads**2).sum(axis=0))
    return float((size > 0.15 * size.max()).mean() * 10 / len(qrs_samples(size, FS_HZ)))


def test_bundle_blocks_are_broad_and_look_as_they_should() -> None:
    normal = next(h for h in patients() if not h.findings)
    left, right = with_finding("left bundle"), with_finding("right bundle")
    assert broadness_s(normal) < 0.09
    assert broadness_s(left) > 0.11
    assert broadness_s(right) > broadness_s(normal)
    v1_left, v1_right = (beating(replace(h, t=(), p=())).leads_mv["V1"] for h in (left, right))
    assert v1_left.min() < -2 * v1_left.max()  # QS or rS
    assert v1_right.max() > 0.25  # a late R'


def test_third_degree_block_lets_atria_and_ventricles_beat_apart() -> None:
    heart = with_finding("degree 3")
    rate = heart_rate_bpm(beating(heart, duration_s=20).leads_mv["V2"], FS_HZ)
    assert 35 < rate < 45


def test_a_ventricular_extra_beat_leaves_the_sinus_rhythm_alone() -> None:
    steady = Rhythm(rate_bpm=60.0, variability=0.0, pr_s=0.16, extra="ventricular", extra_share=0.2)
    beats = beats_of(steady, 60.0, np.random.default_rng(4))
    sinus = np.array([each.at_s for each in beats if each.kind == "conducted"])
    early = [each for each in beats if each.kind == "ventricular"]
    assert early
    np.testing.assert_allclose(np.diff(sinus), np.rint(np.diff(sinus)), atol=1e-9)
    assert np.diff(sinus).max() >= 2 - 1e-9  # the compensatory pause
    for each in early:
        assert (sinus[0] - each.at_s) % 1 == pytest.approx(0.28, abs=1e-9)


def test_an_atrial_extra_beat_sets_the_rhythm_anew() -> None:
    steady = Rhythm(rate_bpm=60.0, variability=0.0, pr_s=0.16, extra="atrial", extra_share=0.2)
    distances = np.diff([b.at_s for b in beats_of(steady, 60.0, np.random.default_rng(4))])
    assert set(distances.round(6)) == {0.78, 1.0}


def test_flutter_conducts_every_so_many_waves() -> None:
    rhythm = Rhythm(80.0, 0.0, 0.16, kind="flutter", flutter_s=0.2, flutter_ratios=(2, 4))
    distances = np.diff([b.at_s for b in beats_of(rhythm, 60.0, np.random.default_rng(1))])
    assert set(distances.round(6)) == {0.4, 0.8}


def test_pacing_spikes_come_before_the_complex() -> None:
    heart = with_finding("paced")
    heart = replace(heart, p=(), t=(), rhythm=replace(heart.rhythm, variability=0.0))
    paced, bare = (beating(h).leads_mv["V2"] for h in (heart, replace(heart, paced=False)))
    spikes = np.flatnonzero(np.abs(paced - bare) > 0.1)
    assert spikes.size
    assert np.abs(bare[spikes]).max() < 0.02 * np.abs(bare).max()


def test_pacing_spikes_are_narrow() -> None:
    heart = with_finding("paced")
    lead = beating(heart).leads_mv["II"] - beating(replace(heart, paced=False)).leads_mv["II"]
    spikes = np.abs(lead) > 0.1
    assert spikes.any()
    runs = np.diff(np.flatnonzero(np.diff(np.r_[0, spikes.astype(int), 0])))[::2]
    assert runs.max() <= 4  # 8 ms


@pytest.mark.parametrize(
    ("noise", "band_hz"),
    [
        (Noise(muscle_mv=0.05), (20, 150)),
        (Noise(wander_mv=0.2), (0.01, 0.6)),
        (Noise(mains_mv=0.1, mains_hz=60.0), (59, 61)),
    ],
)
def test_noise_lies_in_its_band_and_is_as_strong_as_said(
    noise: Noise, band_hz: tuple[float, float]
) -> None:
    heart = next(h for h in patients() if not h.findings)
    clean, noisy = (beating(replace(heart, noise=n)).leads_mv["V3"] for n in (QUIET, noise))
    difference = noisy - clean
    power = np.abs(np.fft.rfft(difference)) ** 2
    hz = np.fft.rfftfreq(difference.size, 1 / FS_HZ)
    inside = power[(hz >= band_hz[0]) & (hz <= band_hz[1])].sum() / power.sum()
    assert inside > 0.97
    said = max(noise.muscle_mv, noise.wander_mv, noise.mains_mv)
    assert 0.25 * said < np.std(difference) < 2 * said


def test_one_seed_one_heart() -> None:
    first, second = (draw_heart(np.random.default_rng(9)) for _ in range(2))
    assert first == second
    np.testing.assert_array_equal(beating(first).leads_mv["V1"], beating(second).leads_mv["V1"])


def test_odd_hearts_are_slow_fast_or_wide_more_often() -> None:
    rates = [draw_odd_heart(np.random.default_rng(seed)).rhythm.rate_bpm for seed in range(400)]
    assert 0.14 < np.mean(np.array(rates) <= 50) < 0.3
    assert 0.07 < np.mean(np.array(rates) >= 110) < 0.25
    wide = [
        "left bundle" in " ".join(draw_odd_heart(np.random.default_rng(k)).findings)
        for k in range(400)
    ]
    assert 0.12 < np.mean(wide) < 0.3
