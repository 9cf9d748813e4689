"""How near a digitized recording comes to the truth.

The score is the one of the 2025 PhysioNet image-digitization challenge: signal power over error
power, summed over the leads of a page, after small shifts in time and voltage are forgiven.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.layout import LEADS, Layout
from ecgengine.ecg.beats import qrs_samples

MAX_SHIFT_S = 0.2
MAX_RATIO = 1e6
MIN_DB = -384.0
_QRS_HALF_S = 0.06


@dataclass(frozen=True, slots=True)
class LeadScore:
    """What one lead's reading is worth.

    Attributes:
        signal_power: sum of the truth squared, mV squared.
        noise_power: sum of the squared error that is left after shifting, mV squared.
        shift_samples: samples by which the reading was moved to later times.
        offset_mv: constant taken from the reading.
        pearson_r: correlation after shifting; NaN when either side is level or missing.
        rmse_mv: root mean square error, with samples that were not read as 0 mV.
        qrs_error_mv: largest difference of peak-to-peak height over the QRS complexes.
    """

    signal_power: float
    noise_power: float
    shift_samples: int
    offset_mv: float
    pearson_r: float
    rmse_mv: float
    qrs_error_mv: float

    @property
    def db(self) -> float:
        """Decibels of this lead alone."""
        return ratio_db(_ratio(self.signal_power, self.noise_power))


@dataclass(frozen=True, slots=True)
class PageScore:
    """What one page's reading is worth: the leads that its truth holds."""

    leads: dict[str, LeadScore]

    @property
    def ratio(self) -> float:
        """Summed signal power over summed noise power, at most 1e6."""
        return _ratio(
            sum(lead.signal_power for lead in self.leads.values()),
            sum(lead.noise_power for lead in self.leads.values()),
        )

    @property
    def db(self) -> float:
        """Decibels of this page."""
        return ratio_db(self.ratio)


def _ratio(signal_power: float, noise_power: float) -> float:
    if noise_power <= signal_power / MAX_RATIO:
        return MAX_RATIO
    return signal_power / noise_power


def ratio_db(ratio: float) -> float:
    """Turn a power ratio into decibels, not below -384."""
    return max(10 * math.log10(ratio), MIN_DB) if ratio > 0 else MIN_DB


def total_db(ratios: Iterable[float]) -> float:
    """Give the score over pages: decibels of the mean ratio (not the mean of decibels)."""
    values = list(ratios)
    return ratio_db(sum(values) / len(values)) if values else float("nan")


def score_lead(
    predicted_mv: NDArray[np.floating] | None, truth_mv: NDArray[np.floating], fs_hz: float
) -> LeadScore:
    """Score one reading against (N,) true millivolts of the same length, rate and start.

    The reading is moved by at most 0.2 s to where it correlates best and freed of its mean
    difference; samples without a reading count as 0 mV. None stands for a missing lead. Where
    the truth is NaN nothing is scored.
    """
    truth = np.asarray(truth_mv, dtype=np.float64)
    if predicted_mv is None:
        predicted = np.full(truth.size, np.nan)
    else:
        predicted = np.asarray(predicted_mv, dtype=np.float64)
        if predicted.shape != truth.shape:
            raise ValueError(
                f"the reading has {predicted.size} samples and the truth {truth.size}: "
                "bring them to one rate and start first"
            )
    shift = _best_shift(predicted, truth, int(MAX_SHIFT_S * fs_hz))
    moved = _moved(predicted, shift)
    both = np.isfinite(moved) & np.isfinite(truth)
    offset = float(np.mean(moved[both] - truth[both])) if both.any() else 0.0
    known = np.isfinite(truth)
    reading = np.where(both, moved - offset, 0.0)[known]
    reference = truth[known]
    error = reference - reading
    return LeadScore(
        signal_power=float(reference @ reference),
        noise_power=float(error @ error),
        shift_samples=shift,
        offset_mv=offset,
        pearson_r=_pearson(moved[both], truth[both]),
        rmse_mv=float(np.sqrt(np.mean(error**2))) if error.size else float("nan"),
        qrs_error_mv=_qrs_error(reading, reference, fs_hz),
    )


def score_page(
    predicted_mv: Mapping[str, NDArray[np.floating]],
    truth_mv: Mapping[str, NDArray[np.floating]],
    fs_hz: float,
) -> PageScore:
    """Score the twelve leads of a page; both sides on the recording's clock at one rate.

    Each lead is scored over the stretch where its truth is not NaN (see `cut_to_windows`); a
    lead without any truth is left out, a reading that is missing or short counts as 0 mV.
    """
    scores: dict[str, LeadScore] = {}
    for name in LEADS:
        if name not in truth_mv:
            continue
        known = np.flatnonzero(np.isfinite(truth_mv[name]))
        if known.size == 0:
            continue
        first, stop = int(known[0]), int(known[-1]) + 1
        reading = np.full(stop - first, np.nan)
        given = np.asarray(predicted_mv.get(name, ()), dtype=np.float64)[first:stop]
        reading[: given.size] = given
        scores[name] = score_lead(reading, np.asarray(truth_mv[name])[first:stop], fs_hz)
    return PageScore(scores)


def printed_windows(layout: Layout) -> dict[str, tuple[float, float]]:
    """Give start and end in seconds of each standard lead on a layout, lead II at its longest."""
    windows: dict[str, tuple[float, float]] = {}
    short_rows = len(layout.rows) - layout.rhythm_rows
    for number, row in enumerate(layout.rows):
        for cell in row:
            name = cell.lead
            if number >= short_rows and name is None:
                index = number - short_rows
                name = layout.default_rhythm[index] if index < len(layout.default_rhythm) else None
            if name is None:
                continue
            name = name.removeprefix("-")
            if name not in windows or (number >= short_rows and name == "II"):
                windows[name] = (cell.start_s, cell.start_s + cell.duration_s)
    return windows


def cut_to_windows(
    leads_mv: Mapping[str, NDArray[np.floating]],
    windows_s: Mapping[str, tuple[float, float]],
    fs_hz: float,
) -> dict[str, NDArray[np.float64]]:
    """Blank what is not printed: NaN outside each lead's window; leads without one are dropped."""
    cut: dict[str, NDArray[np.float64]] = {}
    for name, (start_s, end_s) in windows_s.items():
        if name in leads_mv:
            first, stop = round(start_s * fs_hz), round(end_s * fs_hz)
            blanked = np.full(len(leads_mv[name]), np.nan)
            blanked[first:stop] = leads_mv[name][first:stop]
            cut[name] = blanked
    return cut


def _best_shift(predicted: NDArray[np.float64], truth: NDArray[np.float64], max_shift: int) -> int:
    """Find the shift of highest correlation, the smallest among equals."""
    y, x = _centered(predicted), _centered(truth)
    best, best_correlation = 0, float(x @ y)
    for size in range(1, min(max_shift, x.size - 1) + 1):
        for shift in (-size, size):
            earlier, later = (x, y) if shift < 0 else (y, x)
            correlation = float(earlier[:-size] @ later[size:])
            if correlation > best_correlation:
                best, best_correlation = shift, correlation
    return best


def _centered(series: NDArray[np.float64]) -> NDArray[np.float64]:
    known = np.isfinite(series)
    if not known.any() or np.ptp(series[known]) == 0:
        return np.zeros(series.size)
    return np.where(known, series - series[known].mean(), 0.0)


def _moved(series: NDArray[np.float64], shift: int) -> NDArray[np.float64]:
    moved = np.full(series.size, np.nan)
    if shift >= 0:
        moved[shift:] = series[: series.size - shift]
    else:
        moved[:shift] = series[-shift:]
    return moved


def _pearson(predicted: NDArray[np.float64], truth: NDArray[np.float64]) -> float:
    if predicted.size < 2 or np.ptp(predicted) == 0 or np.ptp(truth) == 0:
        return float("nan")
    return float(np.corrcoef(predicted, truth)[0, 1])


def _qrs_error(reading: NDArray[np.float64], reference: NDArray[np.float64], fs_hz: float) -> float:
    half = max(round(_QRS_HALF_S * fs_hz), 1)
    errors = [
        abs(float(np.ptp(reference[s]) - np.ptp(reading[s])))
        for s in (slice(max(b - half, 0), b + half + 1) for b in qrs_samples(reference, fs_hz))
    ]
    return max(errors, default=float("nan"))
