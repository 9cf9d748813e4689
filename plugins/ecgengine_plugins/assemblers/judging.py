"""Say how far a lead can be trusted, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Calibration, Strip, Strips
from ecgengine.ecg.beats import qrs_samples
from ecgengine_plugins.assemblers import tuning
from ecgengine_plugins.assemblers.sampling import SampledStrip
from ecgengine_plugins.paper.peaks import strong_maxima
from ecgengine_plugins.paper.runs import runs


def page_reasons(sheet: Sheet, strips: Strips) -> tuple[str, ...]:
    """List what casts doubt on every lead of a page."""
    reasons = []
    if sheet.scale_source == "dpi":
        reasons.append(
            "the scale is only what the file claims as its resolution: check with --px-per-mm"
        )
    if sheet.scale_source == "paper":
        reasons.append("the scale is only that of a sheet of usual size: check with --px-per-mm")
    if sheet.confidence < tuning.LEAST_CONFIDENCE:
        reasons.append(f"grid and scale are unsure (confidence {sheet.confidence:.2f})")
    reasons += _unsure_scales(strips.calibration)
    if strips.ecg_probability < tuning.SURE_PROBABILITY:
        reasons.append(f"that this is an ECG is {_probable(strips.ecg_probability)}")
    if strips.confidence < tuning.SURE_PROBABILITY:
        reasons.append(
            f"how strips lie and follow each other is {_probable(strips.confidence)}: "
            "check with --layout"
        )
    return tuple(reasons)


def _unsure_scales(calibration: Calibration) -> list[str]:
    """List what casts doubt on gain and paper speed."""
    scales = (
        ("gain", "mm/mV", calibration.gain_mm_per_mv, calibration.gain_basis,
         calibration.gain_probability, calibration.gain_runner_up),
        ("speed", "mm/s", calibration.speed_mm_per_s, calibration.speed_basis,
         calibration.speed_probability, calibration.speed_runner_up),
    )  # fmt: skip
    return [
        f"the {name} of {value:g} {unit} is {basis}, {_probable(probability, runner_up)}: "
        f"check with --{name}"
        for name, unit, value, basis, probability, runner_up in scales
        if probability < tuning.SURE_PROBABILITY
    ]


def _probable(probability: float, runner_up: float | str | None = None) -> str:
    instead = "" if runner_up is None else f" (or {runner_up})"
    return f"{100 * probability:.0f} % probable{instead}"


def match_reasons(strip: Strip) -> tuple[str, ...]:
    """List what casts doubt on one strip before its curve is read."""
    reasons = []
    if strip.lead is None:
        reasons.append("which lead it is could not be told: see --leads")
    elif strip.lead_probability < tuning.SURE_PROBABILITY:
        probable = _probable(strip.lead_probability, strip.lead_runner_up)
        reasons.append(f"that it is {strip.lead} is {strip.lead_basis}, {probable}: see --leads")
    if strip.ink_share < tuning.LEAST_INK_SHARE:
        reasons.append(
            f"{100 * (1 - strip.ink_share):.0f} % of the ink of its row lies outside of its strips"
        )
    return tuple(reasons)


def strip_reasons(sampled: SampledStrip, fs_hz: float) -> tuple[str, ...]:
    """List what casts doubt on one strip."""
    reasons = [*sampled.doubts, *match_reasons(sampled.strip)]
    known = np.isfinite(sampled.mv)
    missing = [gap for gap in runs(~known) if gap.stop - gap.start > tuning.LONGEST_GAP_S * fs_hz]
    if missing:
        reasons.append(f"{_percent(~known)} of it could not be read")
    for loss in sampled.lost:
        # What another strip of the lead gave is lost no more.
        long = loss.stop - loss.start > tuning.LONGEST_GAP_S * fs_hz
        if long and not known[loss.start : loss.stop].any():
            start_s, stop_s = ((sampled.first + i) / fs_hz for i in (loss.start, loss.stop))
            reasons.append(f"lost from {start_s:.2f} to {stop_s:.2f} s: {loss.why}")
    unsure = known & (sampled.sureness < tuning.SURE)
    if unsure.mean() > tuning.MOST_UNSURE:
        reasons.append(f"{_percent(unsure)} of it was read with low confidence")
    if sampled.edge_share > tuning.MOST_AT_EDGE:
        reasons.append("the curve runs along the edge of its band and may be clipped")
    swing = float(np.ptp(sampled.mv[known])) if known.any() else 0.0
    if not tuning.SWING_MV[0] <= swing <= tuning.SWING_MV[1]:
        reasons.append(f"its swing of {swing:.2f} mV is implausible")
    return tuple(reasons)


def unread_complexes(
    sampled: SampledStrip, due_s: NDArray[np.float64], fs_hz: float
) -> tuple[str, ...]:
    """List the complexes that are due where a strip was not read surely, at (N,) seconds."""
    half = round(tuning.HALF_COMPLEX_S * fs_hz)
    found = []
    for time_s in due_s:
        place = round(time_s * fs_hz) - sampled.first
        if half <= place < sampled.mv.size - half:
            around = sampled.confidence[place - half : place + half + 1]
            if (around < tuning.SURE).mean() > tuning.MOST_UNREAD_OF_A_COMPLEX:
                found.append(f"{time_s:.1f}")
    if not found:
        return ()
    return (f"a complex is due at {', '.join(found)} s, where nothing was surely read",)


def beats_due(
    strips: Sequence[SampledStrip], fs_hz: float, duration_s: float
) -> NDArray[np.float64]:
    """Give when hearts beat on a page, in seconds: where strips agree, and evenly between.

    A pause of about two, or three, usual distances of beats holds one, or two, that nobody read.
    """
    votes = np.zeros(round(duration_s * fs_hz) + 1)
    near = round(tuning.SAME_BEAT_S * fs_hz)
    for sampled in strips:
        places = sampled.first + qrs_samples(sampled.mv, fs_hz)
        votes[places[(places >= 0) & (places < votes.size)]] += 1
    smooth = np.convolve(votes, np.hanning(2 * near + 1), mode="same")
    beats = strong_maxima(smooth, tuning.BEAT_VOTES * float(smooth.max()), 2 * near) / fs_hz
    if beats.size < tuning.FEWEST_BEATS:
        return np.asarray(beats)
    apart = float(np.median(np.diff(beats)))
    filled = [beats]
    for first, second in pairwise(beats):
        parts = round((second - first) / apart)
        even = abs((second - first) / apart - parts) < tuning.UNEVEN_BEATS * parts
        if 1 < parts <= tuning.MOST_UNREAD_BEATS and even:
            filled.append(np.linspace(first, second, parts + 1)[1:-1])
    return np.sort(np.concatenate(filled))


def _percent(mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> str:
    share = 100 * float(mask.mean())
    return f"{share:.0f} %" if share >= 1 else "less than 1 %"
