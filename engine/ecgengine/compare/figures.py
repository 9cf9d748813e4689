"""Figures of one combination on one page: decibels, correlation, errors, time and memory."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.recording import Recording
from ecgengine.ecg.beats import heart_rate_bpm
from ecgengine.ecg.metrics import LeadScore, ratio_db, score_page
from ecgengine.ecg.signals import Signals
from ecgengine.truth.case import Case

UNKNOWN = "unknown"
"""Source or layout of a page when nobody says it."""

_NAN = float("nan")
_RATE_LEAD = "II"
_FAILED_RATIO = 1.0


@dataclass(frozen=True, slots=True)
class LeadFigures:
    """What one lead's reading is worth; its figures are those of `metrics.LeadScore`."""

    db: float
    signal_power: float
    noise_power: float
    pearson_r: float
    rmse_mv: float
    qrs_error_mv: float

    @classmethod
    def of(cls, score: LeadScore) -> LeadFigures:
        """Take over what tables show of a score."""
        return cls(**{each.name: getattr(score, each.name) for each in fields(cls)})


@dataclass(frozen=True, slots=True)
class PageFigures:
    """What one combination's reading of one page is worth.

    Attributes:
        case: name of the page in its dataset.
        combination: label of the combination.
        source: what kind of picture it is, or `unknown`.
        layout: its true layout, or `unknown`.
        layout_found: the layout that was recognized; empty when none was.
        failure: why the page failed; empty when it did not.
        ratio: summed signal power over summed noise power; 1 for a failed page.
        leads: figures of each lead that the truth holds.
        heart_rate_error_bpm: distance from the true heart rate; NaN when either is not known.
        seconds: of all stages, those included that ran for another combination.
        peak_mb: largest resident memory of any stage, in megabytes; NaN where nobody tells.
    """

    case: str
    combination: str
    source: str = UNKNOWN
    layout: str = UNKNOWN
    layout_found: str = ""
    failure: str = ""
    ratio: float = _FAILED_RATIO
    leads: Mapping[str, LeadFigures] = field(default_factory=dict)
    heart_rate_error_bpm: float = _NAN
    seconds: float = _NAN
    peak_mb: float = _NAN

    @property
    def db(self) -> float:
        """Decibels of this page."""
        return ratio_db(self.ratio)

    @property
    def layout_right(self) -> bool | None:
        """Whether the layout was recognized; None when nobody knows the true one."""
        return None if self.layout == UNKNOWN else self.layout_found == self.layout

    def to_data(self) -> dict[str, Any]:
        """Give what JSON can hold; NaN becomes None."""
        data = {each.name: _plain(getattr(self, each.name)) for each in fields(self)}
        data["leads"] = {
            name: {each.name: _plain(getattr(lead, each.name)) for each in fields(lead)}
            for name, lead in self.leads.items()
        }
        return data

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> PageFigures:
        """Take back what `to_data` gave."""
        leads = {name: LeadFigures(**_numbers(lead)) for name, lead in data["leads"].items()}
        return cls(**(_numbers(data) | {"leads": leads}))


def figures_of(
    case: Case,
    recording: Recording | None,
    *,
    combination: str,
    failure: str,
    seconds: float,
    peak_mb: float,
) -> PageFigures:
    """Hold a reading against the truth; None, from a page that failed, counts as 0 mV.

    A case whose truth holds none of the twelve leads fails whatever was read.
    """
    fs_hz = case.leads.fs_hz
    reading = {} if recording is None else Signals.of(recording).at(fs_hz).leads_mv
    score = score_page(reading, case.leads.leads_mv, fs_hz)
    if not score.leads:
        failure = failure or "the truth holds none of the twelve leads"
    return PageFigures(
        case=case.name,
        combination=combination,
        source=UNKNOWN if case.source is None else case.source.value,
        layout=case.layout or UNKNOWN,
        layout_found="" if recording is None else recording.layout or "",
        failure=failure,
        ratio=_FAILED_RATIO if failure else score.ratio,
        leads={name: LeadFigures.of(lead) for name, lead in score.leads.items()},
        heart_rate_error_bpm=_heart_rate_error(reading, case.leads.leads_mv, fs_hz),
        seconds=seconds,
        peak_mb=peak_mb,
    )


def _heart_rate_error(
    reading_mv: Mapping[str, NDArray[np.float64]],
    truth_mv: Mapping[str, NDArray[np.float64]],
    fs_hz: float,
) -> float:
    """Compare the rates over the stretch that the truth holds of lead II, usually the longest."""
    if _RATE_LEAD not in reading_mv or _RATE_LEAD not in truth_mv:
        return _NAN
    known = np.flatnonzero(np.isfinite(truth_mv[_RATE_LEAD]))
    if not known.size:
        return _NAN
    stretch = slice(known[0], known[-1] + 1)
    read, true = (
        heart_rate_bpm(leads[_RATE_LEAD][stretch], fs_hz) for leads in (reading_mv, truth_mv)
    )
    return abs(read - true)


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def _numbers(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _NAN if value is None else value for name, value in data.items()}
