"""Weigh paper speed and gain by pulses, print, beats and usage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.strips import CalibrationSource
from ecgengine_plugins.matchers.arrangement import tuning
from ecgengine_plugins.matchers.pulses import Pulse
from ecgengine_plugins.matchers.tempo import Beats
from ecgengine_plugins.paper.scales import GAINS_MM_PER_MV, PULSE_MV, PULSE_S, SPEEDS_MM_PER_S


@dataclass(frozen=True, slots=True)
class Scale:
    """A paper speed or gain, where it comes from, and how probable it is."""

    value: float
    source: CalibrationSource
    probability: float
    runner_up: float | None

    @classmethod
    def told(cls, value: float) -> Scale:
        """Give what the user said."""
        return cls(value, "given", 1.0, None)


@dataclass(frozen=True, slots=True)
class ScaleEvidence:
    """What tells of a scale: (4,) log-likelihoods of the usual values, by where they come from.

    Attributes:
        prior: how usual each value is.
        pulse: by calibration pulses.
        text: by print.
        beats: by the times of heart beats.
    """

    prior: NDArray[np.float64]
    pulse: NDArray[np.float64]
    text: NDArray[np.float64]
    beats: NDArray[np.float64]

    @property
    def log_posterior(self) -> NDArray[np.float64]:
        """All of it together."""
        total = self.prior + self.pulse + self.text + self.beats
        return np.asarray(total - np.logaddexp.reduce(total))

    @property
    def posterior(self) -> NDArray[np.float64]:
        """The probability of each usual value."""
        return np.asarray(np.exp(self.log_posterior))

    def scale(self, values: Sequence[float], posterior: NDArray[np.float64]) -> Scale:
        """Give the likeliest of the usual values, and what speaks most for it."""
        second, best = (int(index) for index in np.argsort(posterior, kind="stable")[-2:])
        others = np.arange(len(values)) != best
        signs: dict[CalibrationSource, NDArray[np.float64]] = {
            "text": self.text, "pulse": self.pulse, "beats": self.beats,
        }  # fmt: skip
        told = {name: float(logs[best] - logs[others].max()) for name, logs in signs.items()}
        source = max(told, key=lambda name: told[name])
        if told[source] < tuning.TELLING:
            source = "default"
        return Scale(values[best], source, float(posterior[best]), values[second])


def gain_evidence(
    pulses: Sequence[Pulse], rows: int, printed: Mapping[float, float], y_mm: float
) -> ScaleEvidence:
    """Weigh gains: `printed` holds the logit that each was seen in print."""
    gains = np.array(GAINS_MM_PER_MV)
    pulse = np.zeros(gains.size)
    if pulses:
        height_mm = float(np.median([p.foot_px - p.top_px for p in pulses])) / y_mm
        real = tuning.PULSE_REAL[1 if 2 * len(pulses) >= rows else 0]
        spread = tuning.PULSE_HEIGHT_SPREAD * gains * PULSE_MV
        pulse = _either(real, _normal(height_mm, gains * PULSE_MV, spread), tuning.PULSE_HEIGHT_MM)
    return ScaleEvidence(
        np.log(tuning.GAIN_PRIOR), pulse, _printed(printed, GAINS_MM_PER_MV), np.zeros(gains.size)
    )


def speed_evidence(
    pulses: Sequence[Pulse], beats: Beats | None, printed: Mapping[float, float], x_mm: float
) -> ScaleEvidence:
    """Weigh paper speeds: `printed` as for gains."""
    speeds = np.array(SPEEDS_MM_PER_S)
    pulse = np.zeros(speeds.size)
    widths = [p.right_px - p.left_px for p in pulses if p.whole]
    if widths:
        width_mm = float(np.median(widths)) / x_mm
        usual = speeds * PULSE_S
        likely = _normal(width_mm, usual, tuning.PULSE_WIDTH_SPREAD * usual)
        pulse = _either(tuning.PULSE_WIDTH_REAL, likely, tuning.PULSE_WIDTH_MM)
    return ScaleEvidence(
        np.log(tuning.SPEED_PRIOR), pulse, _printed(printed, SPEEDS_MM_PER_S), _beats(beats, speeds)
    )


def _printed(printed: Mapping[float, float], values: Sequence[float]) -> NDArray[np.float64]:
    """Weigh print: what a page prints is read, or not; what it does not print is seldom read."""
    logits = np.array([printed.get(value, -np.inf) for value in values])
    ratio = np.clip(tuning.SCALE_AT_ZERO + tuning.SCALE_SLOPE * logits, *tuning.SCALE_LOG_RATIO)
    return np.asarray(np.log(1 - tuning.SCALE_READ + tuning.SCALE_READ * np.exp(ratio)))


def _beats(beats: Beats | None, speeds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weigh how far apart beats are, how wide complexes, and how late T waves.

    Times are log-normal with rare ones far off. Steep parts of QRS complexes last 50 ms, and
    1.8 mm on paper are the pen's and the smoothing's; T waves follow by a power of the distance of
    beats as QT does (between Bazett's root and Fridericia's).
    """
    total = np.zeros(speeds.size)
    if beats is None:
        return total
    apart_s = beats.apart_mm / speeds
    total += _log_times(apart_s, tuning.BEAT_S, *tuning.BEAT_SPREAD)
    qrs_s = np.maximum(beats.qrs_mm - tuning.SMEARED_MM, 0.2) / speeds
    total += _log_times(qrs_s, tuning.QRS_S, *tuning.QRS_SPREAD)
    if beats.t_mm is not None:
        usual = tuning.T_S * apart_s**tuning.T_POWER
        total += _log_times(beats.t_mm / speeds, usual, *tuning.T_SPREAD)
    return tuning.BEATS_TOGETHER * total


def _log_times(
    time_s: NDArray[np.float64],
    usual_s: float | NDArray[np.float64],
    spread: float,
    wide: float,
    rare: float,
) -> NDArray[np.float64]:
    """Give the log density of log times: a narrow normal, a share `rare` of a wide one."""
    off = np.log(time_s / usual_s)
    return np.asarray(
        np.log((1 - rare) * _normal(off, 0.0, spread) + rare * _normal(off, 0.0, wide) + 1e-6)
    )


def _either(
    real: float, likely: NDArray[np.float64], clutter_mm: tuple[float, float]
) -> NDArray[np.float64]:
    """Give the log-likelihood of a size that is a pulse's, or with the rest that of anything."""
    low, high = clutter_mm
    return np.asarray(np.log(real * likely + (1 - real) / (high - low)))


def _normal(
    value: float | NDArray[np.float64],
    mean: float | NDArray[np.float64],
    spread: float | NDArray[np.float64],
) -> NDArray[np.float64]:
    return np.asarray(np.exp(-0.5 * ((value - mean) / spread) ** 2) / (spread * np.sqrt(2 * np.pi)))
