from __future__ import annotations

import numpy as np
import pytest

from ecgengine.ecg.beats import heart_rate_bpm, qrs_samples
from ecgengine.truth.sample import make_ecg


@pytest.mark.parametrize("bpm", [45.0, 72.0, 140.0])
def test_heart_rate_of_a_drawn_heart(bpm: float) -> None:
    ecg = make_ecg(bpm)
    for lead in ("I", "II", "V2", "V5"):
        assert heart_rate_bpm(ecg.leads_mv[lead], ecg.fs_hz) == pytest.approx(bpm, rel=0.05)


def test_beats_lie_on_their_complexes() -> None:
    lead = np.zeros(1000)
    for at in (100, 350, 720):
        lead[at - 10 : at + 11] += np.hanning(21)
    assert np.abs(qrs_samples(lead, 500.0) - [100, 350, 720]).max() <= 12


@pytest.mark.parametrize("lead", [np.zeros(1000), np.full(1000, np.nan), np.zeros(2)])
def test_a_level_lead_has_no_beats(lead: np.ndarray) -> None:
    assert qrs_samples(lead, 500.0).size == 0
    assert np.isnan(heart_rate_bpm(lead, 500.0))
