from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ecgengine.data.layout import LEADS
from ecgengine.ecg.signals import Signals
from ecgengine_plugins.synth.beating import find_beats, rate_bpm
from ecgengine_plugins.synth.heart import Noise, _left_bundle_block, _normal, beat
from ecgengine_plugins.synth.rhythm import Rhythm


@pytest.mark.parametrize("bpm", [32.0, 41.0, 75.0, 150.0])
@pytest.mark.parametrize("wide", [False, True])
def test_slow_and_fast_hearts_with_noise_have_their_rate(bpm: float, wide: bool) -> None:
    random = np.random.default_rng(int(bpm))
    heart = _normal(random)
    heart = _left_bundle_block(heart, random) if wide else heart
    noisy = Noise(wander_mv=0.1, muscle_mv=0.02)
    heart = replace(heart, rhythm=Rhythm(bpm, 0.01, min(0.16, 20 / bpm)), noise=noisy)
    ecg = beat(heart, 12.0, 500.0, random)
    assert rate_bpm(ecg) == pytest.approx(bpm, rel=0.05)
    assert np.diff(find_beats(ecg)).min() > 0.8 * 500 * 60 / bpm


def test_nothing_beats_in_level_lines() -> None:
    level = {name: np.zeros(2000) for name in LEADS}
    assert rate_bpm(Signals(500.0, level)) == 0.0
