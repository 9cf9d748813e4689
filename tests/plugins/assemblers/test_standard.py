from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ecgengine.data.hints import Hints
from ecgengine.data.layout import LEADS
from ecgengine.data.recording import LeadStatus, Recording
from ecgengine.data.sheet import GridFit
from ecgengine.data.strips import Calibration, Strips, TimeOrder
from ecgengine.data.traces import Traces
from ecgengine_plugins.assemblers.options import StandardOptions
from ecgengine_plugins.assemblers.standard import StandardAssembler


def assemble(
    made_up: Any,
    strips: Strips,
    traces: Traces | None = None,
    fs_hz: float = 500.0,
    sheet: Any = None,
    **options: Any,
) -> Recording:
    return StandardAssembler(StandardOptions(**options)).assemble(
        "page",
        sheet or made_up.sheet(),
        strips,
        traces or made_up.traces(strips),
        Hints(fs_hz=fs_hz),
    )


def error_mv(made_up: Any, recording: Recording, name: str, truth: str | None = None) -> float:
    lead = recording[name]
    time_s = lead.start_s + np.arange(lead.samples_mv.size) / recording.fs_hz
    return float(np.abs(lead.samples_mv - made_up.lead_mv(truth or name, time_s)).max())


@pytest.mark.parametrize("fs_hz", [100.0, 250.0, 256.0, 500.0, 512.0, 1000.0, 1025.0])
def test_exact_counts_starts_and_values_at_any_rate(made_up: Any, fs_hz: float) -> None:
    recording = assemble(made_up, made_up.strips(), fs_hz=fs_hz)
    assert recording.duration_s == 10
    assert [lead.name for lead in recording.leads] == list(LEADS)
    for lead in recording.leads:
        seconds = 10 if lead.name == "II" else 2.5
        assert lead.samples_mv.size == round(seconds * fs_hz)
        assert lead.samples_mv.dtype == lead.confidence.dtype == np.float32
        assert lead.confidence.size == lead.samples_mv.size
        assert error_mv(made_up, recording, lead.name) < 0.005
        assert (lead.status, lead.reasons) == (LeadStatus.OK, ())
    assert recording["aVL"].start_s == pytest.approx(2.5, abs=0.51 / fs_hz)


def test_scale_gain_and_speed_are_obeyed(made_up: Any) -> None:
    strips = made_up.strips()
    # The same picture read at twice the gain and, on a sheet of other scale, the same speed.
    double = replace(strips, calibration=Calibration(gain_mm_per_mv=20.0))
    half = assemble(made_up, double, made_up.traces(strips))
    whole = assemble(made_up, strips)
    np.testing.assert_allclose(half["V3"].samples_mv, whole["V3"].samples_mv / 2, atol=1e-6)
    fast = replace(strips, calibration=Calibration(speed_mm_per_s=50.0))
    assert assemble(made_up, fast, made_up.traces(strips))["V1"].samples_mv.size == 625
    wide = replace(made_up.sheet(), px_per_mm_y=16.0)
    tall = assemble(made_up, strips, sheet=wide)
    np.testing.assert_allclose(tall["V3"].samples_mv, whole["V3"].samples_mv / 2, atol=1e-6)


def test_an_inverted_strip_is_turned_over(made_up: Any) -> None:
    strips = made_up.strips()
    inverted = replace(
        strips, strips=(*strips.strips[:1], replace(strips.strips[1], inverted=True))
    )
    recording = assemble(made_up, inverted)
    assert error_mv(made_up, recording, "aVR") < 0.005


def test_missing_leads_say_why(made_up: Any) -> None:
    strips = made_up.strips(rhythm=())
    some = replace(strips, strips=strips.strips[:3])
    traces = made_up.traces(some)
    recording = assemble(made_up, some, Traces(traces.traces[:2]))
    assert [lead.name for lead in recording.leads] == list(LEADS)
    for name in ("V1", "V6"):
        lead = recording[name]
        assert (lead.status, lead.samples_mv.size) == (LeadStatus.MISSING, 0)
    assert recording["V1"].reasons == ("no curve could be read in its strip",)
    assert recording["V6"].reasons == ("not found on this page",)


def test_no_traces_at_all_is_still_twelve_leads(made_up: Any) -> None:
    recording = assemble(made_up, made_up.strips(), Traces(()))
    assert {lead.status for lead in recording.leads} == {LeadStatus.MISSING}


def test_empty_and_unread_traces_are_missing_leads(made_up: Any) -> None:
    strips = made_up.strips(rhythm=())
    traces = list(made_up.traces(strips).traces[:2])
    traces[0] = replace(traces[0], y_px=np.zeros(0), confidence=np.zeros(0, dtype=np.float32))
    traces[1] = replace(traces[1], y_px=np.full_like(traces[1].y_px, np.nan))
    recording = assemble(made_up, strips, Traces(tuple(traces)))
    assert recording["I"].status is recording["aVR"].status is LeadStatus.MISSING


def test_a_lost_stretch_says_when_and_what_is_seen_there(made_up: Any) -> None:
    strips = made_up.strips(rhythm=())
    traces = list(made_up.traces(strips).traces)
    (index,) = (i for i, strip in enumerate(strips.strips) if strip.lead == "V5")
    trace, strip, sheet = traces[index], strips.strips[index], made_up.sheet()
    middle = 0.5 * (strip.x_start_px + strip.x_end_px)
    hole = np.abs(trace.x_px - middle) < 6 * sheet.px_per_mm_x
    traces[index] = replace(trace, y_px=np.where(hole, np.nan, trace.y_px))
    image = sheet.image.copy()
    x, y = (slice(int(place - 80), int(place + 80)) for place in (middle, strip.zero_px))
    image[y, x] = 30
    torn = replace(sheet, image=image)
    lead = assemble(made_up, strips, Traces(tuple(traces)), sheet=torn)["V5"]
    seconds = 12 / strips.calibration.speed_mm_per_s
    assert np.isnan(lead.samples_mv).sum() == pytest.approx(seconds * 500, abs=2)
    assert lead.status is LeadStatus.REVIEW
    start_s = strip.start_s + 1.25 - seconds / 2
    assert lead.reasons[-1].startswith(f"lost from {start_s:.2f} to {start_s + seconds:.2f} s: ")
    assert "something dark covers it" in lead.reasons[-1]


def test_where_the_grid_is_a_guess_the_reading_is_less_sure(made_up: Any) -> None:
    strips = made_up.strips(rhythm=())
    fit = GridFit(np.array([[0.01, np.nan]]), np.array([[0.9, 0.0]]))
    guessed = replace(made_up.sheet(), grid_fit=fit)
    plain, doubted = (assemble(made_up, strips, sheet=sheet) for sheet in (None, guessed))
    np.testing.assert_allclose(doubted["I"].confidence, plain["I"].confidence, rtol=0.01)
    np.testing.assert_allclose(doubted["V6"].confidence, 0.5 * plain["V6"].confidence, rtol=0.01)


def test_a_strip_that_begins_before_the_clock_is_cut(made_up: Any) -> None:
    early = replace(made_up.strip("V1", 0, 0.0, 2.5), start_s=-0.1)
    strips = Strips((early,), None, Calibration())
    lead = assemble(made_up, strips, made_up.traces(strips))["V1"]
    assert lead.start_s == 0
    np.testing.assert_allclose(
        lead.samples_mv[:1000], made_up.lead_mv("V1", np.arange(1000) / 500), atol=0.005
    )


def test_rhythm_strips_beside_lead_two(made_up: Any) -> None:
    recording = assemble(made_up, made_up.strips(rhythm=("V1", "II", "V5")))
    assert [lead.name for lead in recording.leads[12:]] == ["V1_rhythm", "V5_rhythm"]
    assert recording["V1"].samples_mv.size == 1250
    assert recording["V1_rhythm"].samples_mv.size == 5000
    assert recording["II"].samples_mv.size == 5000
    assert error_mv(made_up, recording, "V5_rhythm", "V5") < 0.005


def test_an_unnamed_rhythm_strip_is_named_by_its_curve(made_up: Any) -> None:
    strips = made_up.strips()
    traces = made_up.traces(strips)
    nameless = replace(strips.strips[12], lead=None)
    recording = assemble(made_up, replace(strips, strips=(*strips.strips[:12], nameless)), traces)
    assert len(recording.leads) == 12
    assert error_mv(made_up, recording, "II") < 0.005
    assert "row 4 is II by its curve" in recording.notes[0]


def test_an_unnamed_strip_like_none_stays_unnamed(made_up: Any) -> None:
    strips = made_up.strips(rhythm=(None,))
    traces = list(made_up.traces(strips).traces)
    traces[12] = made_up.trace(12, strips.strips[12], delay_s=0.4)
    recording = assemble(made_up, strips, Traces(tuple(traces)))
    assert recording.leads[12].name == "strip1"
    assert recording["II"].samples_mv.size == 1250


def test_two_rhythm_strips_of_one_lead_keep_their_names_apart(made_up: Any) -> None:
    recording = assemble(made_up, made_up.strips(rhythm=("II", "II", "V1", "V1")))
    names = [lead.name for lead in recording.leads[12:]]
    assert names == ["II_rhythm", "V1_rhythm", "V1_rhythm2"]


def test_a_rhythm_strip_without_a_short_one_is_the_lead(made_up: Any) -> None:
    strips = made_up.strips(rhythm=("V1",))
    alone = replace(strips, strips=strips.strips[-1:])
    recording = assemble(made_up, alone)
    assert recording["V1"].samples_mv.size == 5000
    assert len(recording.leads) == 12


@pytest.mark.parametrize("delay_s", [0.0, 0.0083, -0.031])
def test_lead_two_agrees_in_time_before_it_is_merged(made_up: Any, delay_s: float) -> None:
    strips = made_up.strips()
    traces = list(made_up.traces(strips).traces)
    short = made_up.trace(4, strips.strips[4], delay_s)
    # It also sits a little lower, and the long strip is lost for a while within it.
    traces[4] = replace(short, y_px=short.y_px + 3.0)
    lost = traces[12].y_px.copy()
    lost[200:300] = np.nan
    traces[12] = replace(traces[12], y_px=lost)
    recording = assemble(made_up, strips, Traces(tuple(traces)))
    assert recording.quality["ii_rhythm_lag_s"] == pytest.approx(delay_s, abs=0.001)
    assert error_mv(made_up, recording, "II") < 0.02
    assert recording["II"].confidence.min() > 0.5
    assert bool(recording.notes) == (abs(delay_s) > 0.01)


def test_a_short_lead_two_that_looks_different_is_not_merged(made_up: Any) -> None:
    strips = made_up.strips()
    traces = list(made_up.traces(strips).traces)
    noise = np.random.default_rng(0).standard_normal(traces[4].y_px.size)
    traces[4] = replace(traces[4], y_px=traces[4].y_px + 60 * noise)
    recording = assemble(made_up, strips, Traces(tuple(traces)))
    assert error_mv(made_up, recording, "II") < 0.005
    assert any("does not match" in note for note in recording.notes)


def test_an_unread_rhythm_strip_leaves_the_short_segment(made_up: Any) -> None:
    strips = made_up.strips()
    recording = assemble(made_up, strips, Traces(made_up.traces(strips).traces[:12]))
    assert recording["II"].samples_mv.size == 1250
    assert any("short segment is used" in note for note in recording.notes)


def test_short_gaps_are_bridged_without_confidence_and_long_ones_left(made_up: Any) -> None:
    strips = made_up.strips()
    traces = list(made_up.traces(strips).traces)
    holes = traces[2].y_px.copy()
    holes[100:120] = np.nan  # 50 ms
    holes[500:700] = np.nan  # 500 ms
    traces[2] = replace(traces[2], y_px=holes)
    lead = assemble(made_up, strips, Traces(tuple(traces)))["V1"]
    bridged = slice(int(0.255 * 500), int(0.295 * 500))
    assert np.isfinite(lead.samples_mv[bridged]).all()
    assert (lead.confidence[bridged] == 0).all()
    gap = slice(int(1.26 * 500), int(1.74 * 500))
    assert np.isnan(lead.samples_mv[gap]).all()
    assert (lead.confidence[gap] == 0).all()
    assert lead.status is LeadStatus.REVIEW
    assert "could not be read" in lead.reasons[0]


def test_the_ends_hold_for_a_pen_width_only(made_up: Any) -> None:
    strips = made_up.strips()
    traces = list(made_up.traces(strips).traces)
    short = traces[2].y_px.copy()
    short[:6] = np.nan  # 15 ms
    short[-40:] = np.nan  # 100 ms
    traces[2] = replace(traces[2], y_px=short)
    lead = assemble(made_up, strips, Traces(tuple(traces)))["V1"]
    assert np.isfinite(lead.samples_mv[0])
    assert np.isnan(lead.samples_mv[-1])
    assert np.isnan(lead.samples_mv[-30:]).all()


def test_doubts_make_a_lead_one_for_review(made_up: Any) -> None:
    strips = made_up.strips()
    traces = list(made_up.traces(strips).traces)
    unsure = traces[2].confidence.copy()
    unsure[:300] = 0.2
    traces[2] = replace(traces[2], confidence=unsure)
    traces[3] = replace(traces[3], y_px=np.maximum(traces[3].y_px, strips.strips[3].top_px + 250))
    found = list(strips.strips)
    found[3] = replace(found[3], top_px=found[3].top_px + 250)
    traces[6] = replace(traces[6], y_px=np.full_like(traces[6].y_px, 300.0))
    recording = assemble(made_up, replace(strips, strips=tuple(found)), Traces(tuple(traces)))
    reasons = {lead.name: " ".join(lead.reasons) for lead in recording.leads if lead.reasons}
    assert set(reasons) == {"V1", "V4", "V2"}
    assert "low confidence" in reasons["V1"]
    assert "edge of its band" in reasons["V4"]
    assert "implausible" in reasons["V2"]


@pytest.mark.parametrize(
    ("sheet_change", "strips_change", "words"),
    [
        ({"scale_source": "dpi"}, {}, "--px-per-mm"),
        ({"scale_source": "paper"}, {}, "usual size"),
        ({"confidence": 0.3}, {}, "grid and scale"),
        ({}, {"confidence": 0.3}, "--layout"),
    ],
)
def test_doubts_about_the_page_reach_every_lead(
    made_up: Any, sheet_change: dict[str, Any], strips_change: dict[str, Any], words: str
) -> None:
    strips = replace(made_up.strips(), **strips_change)
    recording = assemble(made_up, strips, sheet=replace(made_up.sheet(), **sheet_change))
    assert all(words in " ".join(lead.reasons) for lead in recording.leads)


def test_limb_leads_that_disagree_are_for_review(made_up: Any) -> None:
    strips = made_up.strips()
    traces = list(made_up.traces(strips).traces)
    traces[8] = replace(traces[8], y_px=2 * strips.strips[8].zero_px - traces[8].y_px)
    recording = assemble(made_up, strips, Traces(tuple(traces)))
    assert recording.quality["einthoven_mv"] > 0.1
    assert recording.quality["goldberger_mv"] < 0.001
    doubted = {lead.name for lead in recording.leads if lead.status is LeadStatus.REVIEW}
    assert doubted == {"I", "II", "III"}


def test_enforcing_einthoven_halves_one_lead_s_noise_and_more(made_up: Any) -> None:
    strips = made_up.strips()
    traces = list(made_up.traces(strips).traces)
    wobble = 8 * np.sin(np.arange(traces[8].y_px.size) / 30)
    traces[8] = replace(traces[8], y_px=traces[8].y_px + wobble + 5)
    loose = assemble(made_up, strips, Traces(tuple(traces)))
    strict = assemble(made_up, strips, Traces(tuple(traces)), enforce_einthoven=True)
    assert loose.quality["einthoven_mv"] > 0.05
    assert strict.quality["einthoven_mv"] < 1e-6

    def error(recording: Recording) -> float:
        lead = recording["III"]
        truth = made_up.lead_mv("III", np.arange(1250) / 500)
        return float(np.std(lead.samples_mv - truth))

    # One of three equally good witnesses of two unknowns: a third of its error is seen.
    assert error(strict) == pytest.approx(error(loose) * 2 / 3, rel=0.02)
    # The zero line of III was read 5 px low; that stays.
    assert strict["III"].samples_mv.mean() == pytest.approx(
        loose["III"].samples_mv.mean(), abs=1e-6
    )


def test_quality_tells_heart_rate(made_up: Any) -> None:
    assert assemble(made_up, made_up.strips()).quality["heart_rate_bpm"] == pytest.approx(75, abs=1)


@pytest.mark.parametrize(("measured_s", "samples"), [(2.48, 1250), (2.52, 1250), (2.2, 1100)])
def test_durations_snap_to_half_seconds_when_near(
    made_up: Any, measured_s: float, samples: int
) -> None:
    strip = made_up.strip("V2", 0, 0.0, measured_s)
    known = Strips((strip,), "3x4", Calibration())
    traces = Traces((made_up.trace(0, strip),))
    assert assemble(made_up, known, traces)["V2"].samples_mv.size == samples


def test_a_rough_scale_is_put_right_by_the_width_of_the_leads(made_up: Any) -> None:
    strips = made_up.strips()
    exact = made_up.sheet()
    wrong = replace(exact, px_per_mm_x=0.995 * exact.px_per_mm_x)
    rough = assemble(made_up, strips, sheet=replace(wrong, scale_source="pulse"))
    trusted = assemble(made_up, strips, sheet=replace(wrong, scale_source="given"))
    assert error_mv(made_up, rough, "II") < 0.005
    assert error_mv(made_up, trusted, "II") > 0.1


def test_inputs_stay_as_they_were(made_up: Any) -> None:
    strips = made_up.strips()
    traces = made_up.traces(strips)
    before = [trace.y_px.copy() for trace in traces.traces]
    assemble(made_up, strips, traces, enforce_einthoven=True)
    for trace, y_px in zip(traces.traces, before, strict=True):
        np.testing.assert_array_equal(trace.y_px, y_px)


def test_what_is_hardly_probable_is_for_review_and_says_what_else_it_may_be(made_up: Any) -> None:
    strips = made_up.strips()
    unsure = Calibration(10.0, 25.0, "default", "text", 0.95, 1.0, 5.0, None)
    reasons = assemble(made_up, replace(strips, calibration=unsure))["V3"].reasons
    assert any("gain of 10 mm/mV is assumed, 95 % probable (or 5" in each for each in reasons)
    named = tuple(
        replace(each, lead_probability=0.9, lead_runner_up="V2", lead_basis="assumed")
        if each.lead == "V3"
        else each
        for each in strips.strips
    )
    found = assemble(made_up, replace(strips, strips=named))
    assert any("that it is V3 is assumed, 90 % probable (or V2)" in r for r in found["V3"].reasons)
    assert found["V4"].status is LeadStatus.OK
    order = assemble(made_up, replace(strips, confidence=0.7))
    assert any("follow each other is 70 % probable" in each for each in order["V4"].reasons)


def test_ink_outside_of_the_strips_is_not_passed_over(made_up: Any) -> None:
    strips = made_up.strips()
    part = tuple(replace(each, ink_share=0.6) for each in strips.strips)
    reasons = assemble(made_up, replace(strips, strips=part))["aVL"].reasons
    assert any("40 % of the ink of its row" in each for each in reasons)


def test_rows_that_go_on_are_one_lead(made_up: Any) -> None:
    strips = [made_up.strip("V2", row, 0.0, 5.0) for row in range(3)]
    placed = tuple(
        replace(strip, start_s=5.0 * row, x_start_px=strips[0].x_start_px)
        for row, strip in enumerate(strips)
    )
    known = Strips(placed, None, Calibration(), order=TimeOrder.GOING_ON)
    traces = Traces(tuple(made_up.trace(row, strip) for row, strip in enumerate(strips)))
    recording = assemble(made_up, known, traces)
    assert recording.duration_s == 15.0
    assert recording["V2"].samples_mv.size == 7500
    assert np.isfinite(recording["V2"].samples_mv).mean() > 0.99
    unnamed = replace(known, strips=tuple(replace(strip, lead=None) for strip in placed))
    names = [lead.name for lead in assemble(made_up, unnamed, traces).leads]
    assert names[12:] == ["strip1"]
