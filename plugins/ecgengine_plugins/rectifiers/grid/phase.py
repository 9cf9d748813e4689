"""Measure where lines of a known period lie, tile by tile, to a small part of a pixel."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.paper.peaks import summit
from ecgengine_plugins.rectifiers.grid import tuning
from ecgengine_plugins.rectifiers.grid.period import Bands


@dataclass(frozen=True, slots=True)
class Template:
    """The mean course of gridness over one period, as Fourier coefficients of order 1, 2, ...

    Attributes:
        coefficients: (M,) complex128; the course at u periods is
            2 * Re(sum of coefficients[m - 1] * exp(2j * pi * m * u)).
    """

    coefficients: NDArray[np.complex128]

    def course(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Gridness at positions u, in periods."""
        order = np.arange(1, len(self.coefficients) + 1)
        turned = np.exp(2j * np.pi * np.multiply.outer(u, order))
        return np.asarray(2 * (turned @ self.coefficients).real)

    def darkest(self) -> float:
        """Position (periods) of the darkest point."""
        u = np.linspace(0, 1, 1024, endpoint=False)
        course = self.course(u)
        top = int(np.argmax(course))
        return float(u[top] + summit(course[top - 1], course[top], course[(top + 1) % 1024]) / 1024)


@dataclass(frozen=True, slots=True)
class Phases:
    """Positions of one family of lines, measured in tiles.

    Attributes:
        across: (C,) tile centers across the lines, pixels.
        along: (R,) tile centers along the lines, pixels.
        count: (R, C) number of periods, fractions included, from the first line to the tile center.
        even: (R, C) the same, were all lines straight and evenly spaced.
        match: (R, C) correlation of the tile with the template, -1 to 1.
        contrast: (R, C) how much its lines stand out, 1 where they do as usual on the page.
        template: mean course over a period; its darkest point is at u = 0.
        period_px: the period that was assumed.
    """

    across: NDArray[np.float64]
    along: NDArray[np.float64]
    count: NDArray[np.float64]
    even: NDArray[np.float64]
    match: NDArray[np.float64]
    contrast: NDArray[np.float64]
    template: Template
    period_px: float

    def counted_from(self, start: float) -> Phases:
        """The same, with the template and the counts beginning at another part of the period."""
        orders = np.arange(1, len(self.template.coefficients) + 1)
        moved = self.template.coefficients * np.exp(2j * np.pi * orders * start)
        return replace(
            self, count=self.count - start, even=self.even - start, template=Template(moved)
        )


def measure_phases(bands: Bands, period_px: float) -> Phases | None:
    """Track lines of nearly the given period over the page; None when the page is too small.

    Each tile is demodulated at all harmonics of the period. A plane through the strongest
    harmonic's phase gives slope and offset of the lines without unwrapping; the mean of the
    aligned tiles is the template; each tile's shift is where it correlates best with it.
    """
    length = bands.profiles.shape[1]
    window_px = min(float(length), max(tuning.COARSE_PX, tuning.COARSE_PERIODS * period_px))
    orders = np.arange(1, min(tuning.MOST_HARMONICS, int(0.46 * period_px)) + 1)
    if window_px < 2.4 * period_px or len(orders) == 0:
        return None
    columns = max(1, round(2 * length / window_px) - 1)
    centers = np.linspace((window_px - 1) / 2, length - (window_px + 1) / 2, columns)
    tiles = _demodulate(bands, period_px, orders, centers, window_px / 2)
    plane = _plane(tiles, orders)
    level, size = _level(tiles, plane, orders)
    delta = np.zeros(plane.shape)
    match = np.ones(plane.shape)
    for last in (False, False, True):
        trusted = match > 0.6 * np.quantile(match, 0.9)
        aligned = level * np.exp(2j * np.pi * delta[..., None] * orders)
        template = Template(aligned[trusted].mean(axis=0))
        trials, matches = _match(level, template)
        delta = _follow(matches) if last else _nearest(trials, matches)
        delta, match = _refine(level, template, delta)
    darkest = template.darkest()
    return Phases(
        centers,
        bands.centers,
        centers / period_px - plane - delta - darkest,
        centers / period_px - plane - darkest,
        match,
        size / max(1e-9, float(np.median(size))),
        Template(
            template.coefficients * np.exp(2j * np.pi * orders * darkest) * float(np.median(size))
        ),
        period_px,
    )


def measure_lines(bands: Bands, coarse: Phases) -> Phases:
    """Measure again at each heavy line, where coarse tiles average over several.

    A Hann window of two periods, centered on a line, sees that line alone and still keeps the
    harmonics of a periodic pattern apart.
    """
    period_px = coarse.period_px
    orders = np.arange(1, len(coarse.template.coefficients) + 1)
    weights = np.clip(coarse.match, 0.05, 1.0) ** 4
    mean = (coarse.count * weights).sum(axis=0) / weights.sum(axis=0)
    mean = np.maximum.accumulate(mean)
    first, last = np.ceil(mean[0] - 1.5), np.floor(mean[-1] + 1.5)
    ends = (coarse.across[[0, -1]] - mean[[0, -1]] * period_px) / period_px
    numbers = np.arange(first, last + 1, max(1.0, np.ceil((last - first) / tuning.MOST_LINES)))
    centers = np.interp(numbers, mean, coarse.across)
    before, after = numbers < mean[0], numbers > mean[-1]
    centers[before] = (numbers[before] + ends[0]) * period_px
    centers[after] = (numbers[after] + ends[1]) * period_px
    inside = (centers > 0.6 * period_px) & (centers < bands.profiles.shape[1] - 1 - 0.6 * period_px)
    centers = centers[inside]
    shift = np.array(
        [np.interp(centers, coarse.across, coarse.across / period_px - row) for row in coarse.count]
    )
    tiles = _demodulate(bands, period_px, orders, centers, period_px)
    level, size = _level(tiles, shift, orders)
    delta = _nearest(*_match(level, coarse.template))
    delta, match = _refine(level, coarse.template, delta)
    return Phases(
        centers,
        bands.centers,
        centers / period_px - shift - delta,
        centers / period_px - shift,
        match,
        size / max(1e-9, float(np.median(size))),
        coarse.template,
        period_px,
    )


def _demodulate(
    bands: Bands,
    period_px: float,
    orders: NDArray[np.int64],
    centers: NDArray[np.float64],
    half_px: float,
) -> NDArray[np.complex128]:
    """(band, window, order) Fourier coefficients of the profiles under Hann windows.

    Windows are cut out first, so that one real product with the waves of a window serves for all.
    """
    count, length = bands.profiles.shape
    start = np.ceil(centers - half_px).astype(np.intp)
    inner = np.arange(int(2 * half_px) + 1)
    x = start[:, None] + inner
    away = (x - centers[:, None]) / half_px
    windows = np.where(np.abs(away) < 1, np.cos(0.5 * np.pi * away) ** 2, 0.0)
    windows[(x < 0) | (x >= length)] = 0.0
    windows /= windows.sum(axis=1, keepdims=True)
    cut = bands.profiles[:, np.clip(x, 0, length - 1)] * windows
    turn = -2 * np.pi * orders / period_px
    waves = np.multiply.outer(inner, turn)
    flat = cut.reshape(-1, inner.size) @ np.hstack([np.cos(waves), np.sin(waves)])
    real, imaginary = flat.reshape(count, centers.size, 2, orders.size).transpose(2, 0, 1, 3)
    return np.asarray((real + 1j * imaginary) * np.exp(1j * np.multiply.outer(start, turn)))


def _level(
    tiles: NDArray[np.complex128], shift: NDArray[np.float64], orders: NDArray[np.int64]
) -> tuple[NDArray[np.complex128], NDArray[np.float64]]:
    """Undo the shifts, and bring tiles to one size so that ink counts no more than grid."""
    level = tiles * np.exp(2j * np.pi * shift[..., None] * orders)
    size = np.sqrt((np.abs(level) ** 2).sum(axis=-1))
    return level / np.maximum(size, max(tuning.FAINTEST, float(np.median(size))))[..., None], size


def _plane(tiles: NDArray[np.complex128], orders: NDArray[np.int64]) -> NDArray[np.float64]:
    """The plane of shifts (in periods) on which the strongest harmonic adds up best."""
    rows, columns = tiles.shape[:2]
    size = (8 * rows, 8 * columns)
    best: tuple[float, NDArray[np.float64]] = (-1.0, np.zeros((rows, columns)))
    power = np.abs(tiles).sum(axis=(0, 1))
    for k in np.argsort(-power)[:4]:
        unit = tiles[..., k] / (np.abs(tiles[..., k]) + np.median(np.abs(tiles[..., k])) + 1e-12)
        spectrum = np.fft.fft2(unit, size)
        peak = np.unravel_index(int(np.argmax(np.abs(spectrum))), size)
        turns = [int(p) if p < n / 2 else int(p) - n for p, n in zip(peak, size, strict=True)]
        plane = (
            -(
                np.arange(rows)[:, None] * turns[0] / size[0]
                + np.arange(columns)[None, :] * turns[1] / size[1]
                + np.angle(spectrum[peak]) / (2 * np.pi)
            )
            / orders[k]
        )
        score = float(np.abs(spectrum[peak])) * float(power[k])
        if score > best[0]:
            best = (score, plane)
    return best[1]


def _match(
    level: NDArray[np.complex128], template: Template
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Trial shifts over one period, and each tile's correlation with the template there."""
    course = template.coefficients
    orders = np.arange(1, len(course) + 1)
    trials = np.linspace(-0.5, 0.5, 6 * len(orders), endpoint=False)
    waves = np.exp(2j * np.pi * np.outer(orders, trials)) * course.conj()[:, None]
    norm = np.sqrt((np.abs(level) ** 2).sum(axis=-1)) * np.linalg.norm(course)
    parts = np.concatenate([level.real, level.imag], axis=-1)
    product = parts @ np.concatenate([waves.real, -waves.imag])
    return trials, product / np.maximum(norm, 1e-12)[..., None]


def _nearest(trials: NDArray[np.float64], match: NDArray[np.float64]) -> NDArray[np.float64]:
    """The best shift of each tile, small ones preferred."""
    best = np.argmax(match - tuning.PHASE_STIFFNESS * trials**2, axis=-1)
    return np.asarray(trials[best], dtype=np.float64)


def _follow(match: NDArray[np.float64]) -> NDArray[np.float64]:
    """The best of evenly spaced shifts of each tile, those near its neighbor's preferred.

    Starts at the best tile and goes on where tiles match best, so that lines of equal weight are
    not mistaken for one another, and curved lines may wander by more than a period.
    """
    rows, columns, count = match.shape
    peak = match.max(axis=-1)
    steps = np.zeros((rows, columns), dtype=np.intp)
    done = np.zeros((rows, columns), dtype=bool)
    # A neighbor's shift is one of the trials, too, so what shifts cost is known beforehand.
    away = (np.arange(count) - np.arange(count)[:, None] + count // 2) % count - count // 2
    cost = tuning.PHASE_STIFFNESS * (away / count) ** 2
    queue = [(0.0, divmod(int(np.argmax(peak)), columns), 0)]
    while queue:
        _, (row, column), near = heapq.heappop(queue)
        if done[row, column]:
            continue
        done[row, column] = True
        # The trials begin at half a period to the left.
        start = (near + count // 2) % count
        here = near + int(away[start, np.argmax(match[row, column] - cost[start])])
        steps[row, column] = here
        for r, c in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            if 0 <= r < rows and 0 <= c < columns and not done[r, c]:
                heapq.heappush(queue, (-float(peak[r, c]), (r, c), here))
    return np.asarray(steps / count, dtype=np.float64)


def _refine(
    level: NDArray[np.complex128], template: Template, delta: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Climb to the top of each tile's correlation by Newton's method; shift and correlation."""
    course = template.coefficients
    cross = level * course.conj()
    turn = 2j * np.pi * np.arange(1, len(course) + 1)
    for _ in range(3):
        here = cross * np.exp(turn * delta[..., None])
        slope = (here * turn).sum(axis=-1).real
        bend = (here * turn**2).sum(axis=-1).real
        step = np.where(bend < 0, -slope / np.where(bend < 0, bend, -1.0), 0.0)
        delta = delta + np.clip(step, -0.1 / len(course), 0.1 / len(course))
    value = (cross * np.exp(turn * delta[..., None])).sum(axis=-1).real
    norm = np.sqrt((np.abs(level) ** 2).sum(axis=-1)) * np.linalg.norm(course)
    return delta, value / np.maximum(norm, 1e-12)
