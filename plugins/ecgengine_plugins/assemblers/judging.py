"""Say how far a lead can be trusted, and why not."""

from __future__ import annotations

import numpy as np

from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Calibration, Strip, Strips
from ecgengine_plugins.assemblers import tuning
from ecgengine_plugins.assemblers.sampling import SampledStrip


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


def name_reasons(strip: Strip) -> tuple[str, ...]:
    """List what casts doubt on the name of a strip that has one."""
    if strip.lead is None or strip.lead_probability >= tuning.SURE_PROBABILITY:
        return ()
    probable = _probable(strip.lead_probability, strip.lead_runner_up)
    return (f"that it is {strip.lead} is {strip.lead_basis}, {probable}: see --leads",)


def strip_reasons(sampled: SampledStrip, fs_hz: float) -> tuple[str, ...]:
    """List what casts doubt on one strip."""
    reasons = [*sampled.doubts, *name_reasons(sampled.strip)]
    known = np.isfinite(sampled.mv)
    if not known.all():
        reasons.append(f"{_percent(~known)} of it could not be read")
    for loss in sampled.lost:
        # What another strip of the lead gave is lost no more.
        if not known[loss.start : loss.stop].any():
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


def _percent(mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> str:
    share = 100 * float(mask.mean())
    return f"{share:.0f} %" if share >= 1 else "less than 1 %"
