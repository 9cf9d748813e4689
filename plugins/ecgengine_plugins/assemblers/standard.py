"""Assembler `standard`: sample every strip, name, merge and complete the leads, judge each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.hints import Hints
from ecgengine.data.layout import LEADS, LIMB_LEADS
from ecgengine.data.recording import Lead, LeadStatus, Recording
from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Strip, Strips, TimeOrder
from ecgengine.data.traces import Traces
from ecgengine.ecg.beats import heart_rate_bpm
from ecgengine_plugins.assemblers import tuning
from ecgengine_plugins.assemblers.completing import complete
from ecgengine_plugins.assemblers.judging import (
    beats_due,
    page_reasons,
    strip_reasons,
    unread_complexes,
)
from ecgengine_plugins.assemblers.limbs import einthoven_mv, goldberger_mv, projected
from ecgengine_plugins.assemblers.merging import append, merge
from ecgengine_plugins.assemblers.naming import tell_lead
from ecgengine_plugins.assemblers.options import StandardOptions
from ecgengine_plugins.assemblers.sampling import SampledStrip, sample_strip, strip_seconds


class StandardAssembler:
    """Samples every strip, names the leads, merges lead II and says how far to trust each."""

    def __init__(self, options: StandardOptions) -> None:
        self._options = options

    def assemble(
        self, name: str, sheet: Sheet, strips: Strips, traces: Traces, hints: Hints
    ) -> Recording:
        """Give the recording of one page, the twelve standard leads always among its leads."""
        fs_hz = hints.fs_hz
        seconds = [strip_seconds(s, sheet, strips.calibration) for s in strips.strips]
        all_sampled = {
            trace.strip: sample_strip(
                trace,
                strips.strips[trace.strip],
                sheet,
                strips.calibration,
                seconds[trace.strip],
                fs_hz,
                self._options.bridge_s,
            )
            for trace in traces.traces
            if trace.y_px.size
        }
        notes: list[str] = []
        found = _told_strips(strips.strips, all_sampled, fs_hz, notes)
        going_on = strips.order is TimeOrder.GOING_ON
        names = _rows_that_go_on(found) if going_on else _lead_names(found)
        by_name = {
            name: append([sampled for i, sampled in all_sampled.items() if names.get(i) == name])
            if going_on
            else next(sampled for i, sampled in all_sampled.items() if names.get(i) == name)
            for name in dict.fromkeys(names[i] for i in all_sampled if i in names)
        }
        quality: dict[str, float] = {}
        _merge_lead_two(by_name, names, all_sampled, fs_hz, quality, notes)
        if self._options.complete:
            rhythm = [sampled for sampled in by_name.values() if sampled.strip.rhythm]
            for key, sampled in by_name.items():
                if not sampled.strip.rhythm:
                    by_name[key] = complete(sampled, rhythm, fs_hz, self._options.bridge_s)

        ends = [s.start_s + d for s, d in zip(strips.strips, seconds, strict=True)]
        duration_s = max(ends, default=0.0)
        count = round(duration_s * fs_hz)
        if self._options.enforce_einthoven:
            _make_consistent(by_name, count, notes)
        quality.update(_quality(by_name, count, fs_hz))
        doubts = page_reasons(sheet, strips)
        due_s = beats_due(list(by_name.values()), fs_hz, duration_s)
        leads = [
            _lead(n, by_name.get(n), n in names.values(), doubts, due_s, fs_hz)
            for n in _output_order(names)
        ]
        return Recording(
            name=name,
            fs_hz=fs_hz,
            duration_s=duration_s,
            leads=_with_limb_doubts(leads, quality, by_name),
            layout=strips.layout,
            calibration=strips.calibration,
            quality=quality,
            notes=tuple(notes),
        )


def _told_strips(
    strips: tuple[Strip, ...], all_sampled: dict[int, SampledStrip], fs_hz: float, notes: list[str]
) -> tuple[Strip, ...]:
    """Name rhythm strips that nobody could name by what they show."""
    short = {
        strip.lead: all_sampled[index]
        for index, strip in enumerate(strips)
        if index in all_sampled and strip.lead is not None and not strip.rhythm
    }
    told = list(strips)
    for index, strip in enumerate(strips):
        if strip.lead is not None or not strip.rhythm or index not in all_sampled:
            continue
        answer = tell_lead(all_sampled[index], short, fs_hz)
        if answer is not None:
            told[index] = replace(strip, lead=answer[0])
            notes.append(
                f"the strip in row {strip.row + 1} is {answer[0]} by its curve "
                f"(it differs from the short lead by {100 * answer[1]:.0f} %)"
            )
    return tuple(told)


def _lead_names(strips: tuple[Strip, ...]) -> dict[int, str]:
    """Name the output of each strip: `II`, `V1_rhythm`, `strip1`.

    A rhythm strip is its lead when the page prints no short one, and always for lead II, whose
    short segment is then part of it and has no name of its own.
    """
    short = {strip.lead for strip in strips if strip.lead and not strip.rhythm}
    long_two = any(strip.rhythm and strip.lead == "II" for strip in strips)
    names: dict[int, str] = {}
    unnamed = 0
    for index, strip in enumerate(strips):
        if strip.lead is None:
            unnamed += 1
            name = f"strip{unnamed}"
        elif strip.rhythm:
            is_lead = strip.lead == "II" or strip.lead not in short
            name = strip.lead if is_lead else f"{strip.lead}_rhythm"
        elif strip.lead == "II" and long_two:
            continue
        else:
            name = strip.lead
        names[index] = _unused(name, set(names.values()))
    return names


def _rows_that_go_on(strips: tuple[Strip, ...]) -> dict[int, str]:
    """Name the output of rows that go on from each other: all rows of a lead are one."""
    return {index: strip.lead or "strip1" for index, strip in enumerate(strips)}


def _unused(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    base = name if name.endswith("_rhythm") else f"{name}_rhythm"
    return next(n for n in (base, *(f"{base}{k}" for k in range(2, 99))) if n not in taken)


def _output_order(names: dict[int, str]) -> list[str]:
    further = [name for name in dict.fromkeys(names.values()) if name not in LEADS]
    return [*LEADS, *sorted(further, key=lambda name: name.startswith("strip"))]


def _merge_lead_two(
    by_name: dict[str, SampledStrip],
    names: dict[int, str],
    all_sampled: dict[int, SampledStrip],
    fs_hz: float,
    quality: dict[str, float],
    notes: list[str],
) -> None:
    """Bring the short lead II, which has no name of its own, into the long one."""
    for index, short in all_sampled.items():
        if index in names:
            continue
        long = by_name.get("II")
        if long is None:
            by_name["II"] = short
            notes.append("the rhythm strip of lead II could not be read; its short segment is used")
            continue
        by_name["II"], lag_s = merge(long, short, fs_hz)
        if lag_s is None:
            notes.append("the short segment of lead II does not match its rhythm strip")
            continue
        quality["ii_rhythm_lag_s"] = lag_s
        if abs(lag_s) > tuning.MOST_LAG_S:
            notes.append(
                f"the short segment of lead II lies {1000 * lag_s:.0f} ms from its rhythm strip"
            )


def _full(sampled: SampledStrip, count: int) -> NDArray[np.float64]:
    full = np.full(count, np.nan)
    stop = min(sampled.first + sampled.mv.size, count)
    full[sampled.first : stop] = sampled.mv[: stop - sampled.first]
    return full


def _make_consistent(by_name: dict[str, SampledStrip], count: int, notes: list[str]) -> None:
    full = {name: _full(by_name[name], count) for name in LIMB_LEADS if name in by_name}
    for name, moved in projected(full).items():
        sampled = by_name[name]
        by_name[name] = replace(sampled, mv=moved[sampled.first : sampled.first + sampled.mv.size])
    notes.append("limb leads were moved to agree with each other (enforce_einthoven)")


def _quality(by_name: dict[str, SampledStrip], count: int, fs_hz: float) -> dict[str, float]:
    full = {name: _full(sampled, count) for name, sampled in by_name.items()}
    figures = {"einthoven_mv": einthoven_mv(full), "goldberger_mv": goldberger_mv(full)}
    if by_name:
        longest = max(
            by_name.values(), key=lambda r: (np.isfinite(r.mv).sum(), r.strip.lead == "II")
        )
        figures["heart_rate_bpm"] = heart_rate_bpm(longest.mv, fs_hz)
        everything = np.concatenate([sampled.sureness for sampled in by_name.values()])
        figures["confidence"] = float(everything.mean())
    return {name: value for name, value in figures.items() if np.isfinite(value)}


def _lead(
    name: str,
    sampled: SampledStrip | None,
    has_strip: bool,
    doubts: tuple[str, ...],
    due_s: NDArray[np.float64],
    fs_hz: float,
) -> Lead:
    if sampled is None or not np.isfinite(sampled.mv).any():
        reason = "no curve could be read in its strip" if has_strip else "not found on this page"
        nothing = np.zeros(0, dtype=np.float32)
        return Lead(name, nothing, 0.0, nothing, LeadStatus.MISSING, (reason,))
    reasons = doubts + strip_reasons(sampled, fs_hz) + unread_complexes(sampled, due_s, fs_hz)
    return Lead(
        name=name,
        samples_mv=sampled.mv.astype(np.float32),
        start_s=sampled.first / fs_hz,
        confidence=sampled.sureness.astype(np.float32),
        status=LeadStatus.REVIEW if reasons else LeadStatus.OK,
        reasons=reasons,
    )


def _with_limb_doubts(
    leads: list[Lead], quality: dict[str, float], by_name: dict[str, SampledStrip]
) -> tuple[Lead, ...]:
    """Add a doubt to the limb leads whose sums disagree by more than their spread allows."""
    checks = (("einthoven_mv", LIMB_LEADS[:3]), ("goldberger_mv", LIMB_LEADS[3:]))
    for figure, group in checks:
        residual = quality.get(figure)
        if residual is None:
            continue
        spread = float(np.median([np.nanstd(by_name[name].mv) for name in group]))
        if residual <= max(tuning.MOST_RESIDUAL * spread, tuning.NEGLIGIBLE_MV):
            continue
        reason = (
            f"{', '.join(group)} disagree by {residual:.2f} mV where they should sum to nothing"
        )
        leads = [
            replace(lead, status=LeadStatus.REVIEW, reasons=(*lead.reasons, reason))
            if lead.name in group
            else lead
            for lead in leads
        ]
    return tuple(leads)
