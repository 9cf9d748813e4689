"""Find periods of parallel lines from the harmonics that all bands across them share."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.paper.peaks import maxima, summit
from ecgengine_plugins.rectifiers.grid import tuning


@dataclass(frozen=True, slots=True)
class Bands:
    """Profiles across nearly upright lines, each the mean over one band along them.

    Attributes:
        profiles: (B, N) float64.
        centers: (B,) position of the middle of each band along the lines.
    """

    profiles: NDArray[np.float64]
    centers: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Period:
    """One hypothesis about the distance after which all lines repeat.

    Attributes:
        period_px: the distance.
        score: nats of spectral peaks explained, less those expected and not seen.
        power: share of the power in all peaks that its harmonics below half a cycle hold.
    """

    period_px: float
    score: float
    power: float


def cut_bands(values: NDArray[np.float32]) -> Bands:
    """Average (H, N) values over bands of rows, each at least 24 rows high."""
    height, length = values.shape
    count = int(np.clip(height // 24, 1, tuning.MOST_BANDS))
    means = cv2.resize(values, (length, count), interpolation=cv2.INTER_AREA)
    centers = (np.arange(count) + 0.5) * height / count - 0.5
    return Bands(np.asarray(means, dtype=np.float64), centers)


def find_peaks(bands: Bands) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Frequencies (cycles per pixel) and heights (nats over the surroundings) of shared peaks."""
    length = bands.profiles.shape[1]
    size = 1 << int(np.ceil(np.log2(2 * length)))
    taper = np.hanning(length)
    tapered = bands.profiles * taper
    power = np.abs(np.fft.rfft(tapered, size, axis=1)) ** 2
    floor = np.median(power, axis=1, keepdims=True) + tuning.FAINTEST**2 * float((taper**2).sum())
    level = np.log(np.clip(power / floor, 0.1, None)).mean(axis=0)
    reach = 16 * size // length
    padded = np.pad(level, reach, mode="reflect")
    around = np.median(
        np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)[:: max(1, reach // 8)],
        axis=1,
    )
    level -= np.interp(np.arange(len(level)), np.arange(len(around)) * max(1, reach // 8), around)
    tops = maxima(level)
    tops = tops[level[tops] > tuning.PEAK_NATS]
    tops = tops[(tops > size / tuning.LONGEST_PX * 0.8) & (tops < 0.48 * size)]
    height = level[tops]
    frequency = (tops + summit(level[tops - 1], height, level[tops + 1])) / size
    keep = np.ones(len(tops), dtype=bool)
    for i in np.argsort(-height):  # side lobes of a higher peak are no peaks
        if keep[i]:
            near = np.abs(frequency - frequency[i]) < 3.0 / length
            keep &= ~(near & (height < height[i]))
            keep[i] = True
    return frequency[keep], height[keep]


def rank_periods(
    frequency: NDArray[np.float64],
    height: NDArray[np.float64],
    length: int,
    periods_px: tuple[float, ...] | None = None,
) -> list[Period]:
    """Rank the periods whose harmonics the peaks could be, best first; or only those asked for.

    Lines snapped to whole pixels have harmonics beyond half a cycle per pixel, which come back
    folded; they are told from a longer period because that would lack most of its harmonics.
    """
    if len(frequency) == 0:
        return []
    kept = np.argsort(-height)[: tuning.MOST_PEAKS]
    frequency, height = frequency[kept], height[kept]
    if periods_px is None:
        trials = np.concatenate([frequency[:10] / k for k in range(1, 26)])
        trials = trials[(trials > 1 / tuning.LONGEST_PX) & (trials < 1 / tuning.SHORTEST_PX)]
        trials = trials[np.unique(np.round(np.log(trials) / 0.002), return_index=True)[1]]
    else:
        trials = 1 / np.array(periods_px)
    ranked = [_judge(float(trial), frequency, height, length) for trial in trials]
    return distinct_periods(ranked)[: tuning.MOST_PERIODS]


def distinct_periods(periods: list[Period]) -> list[Period]:
    """Sort by score, best first, and leave out what differs by less than a percent."""
    distinct: list[Period] = []
    for period in sorted(periods, key=lambda period: -period.score):
        if all(abs(math.log(period.period_px / other.period_px)) > 0.01 for other in distinct):
            distinct.append(period)
    return distinct


def _judge(
    base: float, frequency: NDArray[np.float64], height: NDArray[np.float64], length: int
) -> Period:
    """Fit a fundamental frequency to the peaks near its harmonics and weigh hits and residuals."""
    slack = 0.7 / length
    for _ in range(3):
        order = np.maximum(1, np.round(frequency / base))
        direct = np.abs(frequency - order * base) < np.minimum(
            slack + 0.001 * frequency, 0.2 * base
        )
        if not direct.any():
            return Period(1 / base, 0.0, 0.0)
        weight = height * order * direct
        base = float((weight * frequency).sum() / (weight * order).sum())
    orders = np.arange(1, int(tuning.HIGHEST_FOLDED / base) + 1)
    folded = np.abs(orders * base - np.round(orders * base))
    beyond = orders * base > 0.5
    near = np.abs(frequency[:, None] - folded[beyond]) < slack
    echoed = near.any(axis=1) & ~direct
    total = float(height.sum())
    covered = min(0.9, 2 * slack * (0.5 / base + beyond.sum()) / 0.5)
    hit = float(height[direct].sum() + 0.5 * height[echoed].sum())
    residuals = int(order[direct].max()) - len(np.unique(order[direct]))
    score = (hit - covered * total) / (1 - covered)
    score -= 0.6 * residuals * float(height[direct].mean())
    power = np.expm1(height)
    return Period(1 / base, score, float(power[direct].sum() / power.sum()))
