"""Find periods of parallel lines from the harmonics that all bands across them share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

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


def cut_bands(values: NDArray[np.float32], axis: int = 0) -> Bands:
    """Average values over bands of rows (axis 0) or of columns, each at least 24 pixels wide."""
    extent = values.shape[axis]
    count = int(np.clip(extent // 24, 1, tuning.MOST_BANDS))
    edges = np.round(np.linspace(0, extent, count + 1)).astype(np.intp)
    means = np.empty((count, values.shape[1 - axis]), np.float64)
    for band, (start, stop) in enumerate(pairwise(edges.tolist())):
        part = values[start:stop] if axis == 0 else values[:, start:stop]
        means[band] = cv2.reduce(part, axis, cv2.REDUCE_AVG).ravel()
    return Bands(means, (edges[:-1] + edges[1:] - 1) / 2)


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
    return distinct_periods(_judge(trials, frequency, height, length), tuning.MOST_PERIODS)


def distinct_periods(periods: list[Period], most: int) -> list[Period]:
    """The best by score, best first, without what differs by less than a percent."""
    distinct: list[Period] = []
    for period in sorted(periods, key=lambda period: -period.score):
        if len(distinct) == most:
            break
        if all(abs(math.log(period.period_px / other.period_px)) > 0.01 for other in distinct):
            distinct.append(period)
    return distinct


def _judge(
    trials: NDArray[np.float64],
    frequency: NDArray[np.float64],
    height: NDArray[np.float64],
    length: int,
) -> list[Period]:
    """Fit each of (T,) fundamental frequencies to (P,) peaks near its harmonics; weigh hits."""
    slack = 0.7 / length
    base = trials[:, None]
    for _ in range(3):
        order = np.maximum(1, np.round(frequency / base))
        direct = np.abs(frequency - order * base) < np.minimum(
            slack + 0.001 * frequency, 0.2 * base
        )
        weight = height * order * direct
        total = (weight * order).sum(axis=1, keepdims=True)
        fitted = (weight * frequency).sum(axis=1, keepdims=True) / np.where(total > 0, total, 1.0)
        base = np.where(total > 0, fitted, base)
    highest, beyond = np.floor(tuning.HIGHEST_FOLDED / base), np.floor(0.5 / base)
    echoed = np.zeros(direct.shape, np.bool_)
    for place in (1 - frequency, 1 + frequency, 2 - frequency, 2 + frequency):
        nearest = np.round(place / base)
        echoed |= (
            (np.abs(nearest * base - place) < slack) & (nearest > beyond) & (nearest <= highest)
        )
    echoed &= ~direct
    covered = np.minimum(0.9, 2 * slack * (0.5 / base + highest - beyond) / 0.5)[:, 0]
    heights = (height * direct).sum(axis=1)
    hit = heights + 0.5 * (height * echoed).sum(axis=1)
    seen = np.sort(np.where(direct, order, 0), axis=1)
    missing = seen[:, -1] - np.count_nonzero(np.diff(seen, axis=1, prepend=0), axis=1)
    hits = np.maximum(direct.sum(axis=1), 1)
    score = (hit - covered * float(height.sum())) / (1 - covered) - 0.6 * missing * heights / hits
    power = np.expm1(height)
    share = (power * direct).sum(axis=1) / power.sum()
    none = ~direct.any(axis=1)
    score[none] = 0.0
    return [
        Period(float(1 / one), float(s), float(p))
        for one, s, p in zip(base[:, 0], score, share, strict=True)
    ]
