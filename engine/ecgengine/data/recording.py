"""The recording: calibrated leads with their status, quality and provenance."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.layout import LEADS
from ecgengine.data.strips import Calibration


class LeadStatus(StrEnum):
    """How far a lead can be trusted."""

    OK = "ok"
    REVIEW = "review"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Lead:
    """One lead in millivolts.

    Attributes:
        name: `I` to `V6`, or `V1_rhythm` for a further strip, or `strip1` when unnamed.
        samples_mv: (N,) float32 at the recording's rate; NaN where nothing is printed or readable.
        start_s: time of the first sample on the recording's clock.
        confidence: (N,) float32 in 0..1.
        status: ok, review or missing.
        reasons: why the status is not ok; one plain sentence each.
    """

    name: str
    samples_mv: NDArray[np.float32]
    start_s: float
    confidence: NDArray[np.float32]
    status: LeadStatus = LeadStatus.OK
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StageRecord:
    """Which plugin did one step.

    Attributes:
        kind: stage kind.
        name: of the plugin.
        provider: its distribution and version.
        options: what it was built with.
        seconds: how long it worked; None for a stage that worked within another.
        within: name of the stage that it worked within; empty for most.
    """

    kind: str
    name: str
    provider: str
    options: dict[str, Any]
    seconds: float | None
    within: str = ""


@dataclass(frozen=True, slots=True)
class Recording:
    """What one page gave.

    Attributes:
        name: name of the page.
        fs_hz: samples per second of every lead.
        duration_s: length of the recording's clock, 10 s for most layouts.
        leads: the twelve standard leads in their order (missing ones with no samples), then
            rhythm strips (`V1_rhythm`), then unnamed strips.
        layout: layout name or None.
        calibration: gain and speed used.
        quality: figures of quality by name (Einthoven and Goldberger residuals in mV, ...).
        notes: sentences for the user from all stages.
        provenance: one entry a stage, in order; those that it needed stand before it.
    """

    name: str
    fs_hz: float
    duration_s: float
    leads: tuple[Lead, ...]
    layout: str | None
    calibration: Calibration
    quality: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    provenance: tuple[StageRecord, ...] = ()

    def __getitem__(self, name: str) -> Lead:
        """The lead called `name`; raises KeyError when there is none."""
        for lead in self.leads:
            if lead.name == name:
                return lead
        raise KeyError(name)

    def full_mv(self, name: str) -> NDArray[np.float32]:
        """The lead on the recording's clock: (round(duration_s * fs_hz),) mV, NaN elsewhere."""
        lead = self[name]
        full = np.full(round(self.duration_s * self.fs_hz), np.nan, dtype=np.float32)
        first = round(lead.start_s * self.fs_hz)
        stop = min(first + lead.samples_mv.size, full.size)
        if stop > first:
            full[first:stop] = lead.samples_mv[: stop - first]
        return full

    @property
    def seconds(self) -> float:
        """How long all stages worked."""
        return sum(stage.seconds or 0.0 for stage in self.provenance)

    @property
    def standard_leads(self) -> tuple[Lead, ...]:
        """The twelve standard leads."""
        return tuple(self[name] for name in LEADS)
