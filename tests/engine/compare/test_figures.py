from __future__ import annotations

import json
import math

import numpy as np
import pytest

from ecgengine.compare.figures import PageFigures, figures_of
from ecgengine.data.layout import LEADS
from ecgengine.data.page import Page
from ecgengine.data.recording import Lead, Recording
from ecgengine.data.source import Source
from ecgengine.data.strips import Calibration
from ecgengine.ecg.signals import Signals
from ecgengine.truth.case import Case
from ecgengine.truth.sample import make_ecg

PAGE = Page(np.zeros((2, 2, 3), np.uint8), "p", "p.png")


def case_of(leads: Signals, **others: object) -> Case:
    return Case("p", PAGE, leads, **others)


def recording_of(leads: Signals, layout: str | None = "3x4+1") -> Recording:
    found = tuple(
        Lead(name, x.astype(np.float32), 0.0, np.ones(x.size, np.float32))
        for name, x in leads.leads_mv.items()
    )
    seconds = next(iter(leads.leads_mv.values())).size / leads.fs_hz
    return Recording("p", leads.fs_hz, seconds, found, layout, Calibration())


def figures(case: Case, recording: Recording | None, failure: str = "") -> PageFigures:
    return figures_of(
        case, recording, combination="viterbi", failure=failure, seconds=0.5, peak_mb=300.0
    )


@pytest.fixture(scope="module")
def ecg() -> Signals:
    return make_ecg()


def test_a_perfect_reading(ecg: Signals) -> None:
    found = figures(case_of(ecg, source=Source.PHOTO, layout="3x4+1"), recording_of(ecg))
    assert found.db == pytest.approx(60)
    assert (found.source, found.layout, found.layout_right) == ("photo", "3x4+1", True)
    assert found.heart_rate_error_bpm == 0
    assert list(found.leads) == list(LEADS)
    assert found.leads["V2"].pearson_r == pytest.approx(1)
    assert (found.failure, found.seconds, found.peak_mb) == ("", 0.5, 300.0)


def test_a_reading_at_another_rate_is_brought_to_the_truths(ecg: Signals) -> None:
    found = figures(case_of(ecg), recording_of(ecg.at(1000)))
    assert found.db > 40
    assert found.heart_rate_error_bpm < 0.2


def test_a_failed_page_reads_zero_millivolts(ecg: Signals) -> None:
    found = figures(case_of(ecg), None, failure="no grid")
    assert found.ratio == 1
    assert found.db == 0
    assert {lead.db for lead in found.leads.values()} == {0.0}
    assert all(math.isnan(lead.pearson_r) for lead in found.leads.values())
    truth = ecg.leads_mv["V2"]
    assert found.leads["V2"].rmse_mv == pytest.approx(np.sqrt(np.mean(truth**2)))
    assert math.isnan(found.heart_rate_error_bpm)
    assert (found.failure, found.layout_found) == ("no grid", "")


def test_a_page_whose_truth_is_empty_fails(ecg: Signals) -> None:
    nothing = Signals(500.0, {"II": np.full(5000, np.nan)})
    found = figures(case_of(nothing), recording_of(ecg))
    assert "none of the twelve leads" in found.failure
    assert found.ratio == 1


def test_heart_rates_are_compared_where_the_truth_is_known(ecg: Signals) -> None:
    lead = ecg.leads_mv["II"]
    half = np.where(np.arange(lead.size) < lead.size // 2, lead, np.nan)
    faster = np.concatenate([lead[: lead.size // 2], np.zeros(lead.size - lead.size // 2)])
    found = figures(
        case_of(Signals(ecg.fs_hz, {"II": half})), recording_of(Signals(ecg.fs_hz, {"II": faster}))
    )
    assert found.heart_rate_error_bpm == 0


def test_a_heart_rate_read_wrong(ecg: Signals) -> None:
    found = figures(case_of(make_ecg(bpm=60)), recording_of(make_ecg(bpm=75)))
    assert found.heart_rate_error_bpm == pytest.approx(15, abs=2)


def test_without_lead_ii_there_is_no_heart_rate(ecg: Signals) -> None:
    only = Signals(ecg.fs_hz, {"V1": ecg.leads_mv["V1"]})
    assert math.isnan(figures(case_of(only), recording_of(ecg)).heart_rate_error_bpm)


def test_layouts(ecg: Signals) -> None:
    assert figures(case_of(ecg), recording_of(ecg)).layout_right is None
    assert figures(case_of(ecg, layout="6x2"), recording_of(ecg)).layout_right is False
    assert figures(case_of(ecg, layout="6x2"), recording_of(ecg, None)).layout_right is False


def test_the_round_trip_through_json(ecg: Signals) -> None:
    for recording in (recording_of(ecg), None):
        found = figures(case_of(ecg, layout="6x2"), recording, "" if recording else "no grid")
        text = json.dumps(found.to_data(), allow_nan=False)
        again = PageFigures.from_data(json.loads(text))
        np.testing.assert_equal(again.to_data(), found.to_data())
        assert math.isnan(again.heart_rate_error_bpm) == math.isnan(found.heart_rate_error_bpm)
        assert again.leads["I"].noise_power == found.leads["I"].noise_power
