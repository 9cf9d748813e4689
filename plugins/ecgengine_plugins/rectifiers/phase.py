"""Where lines of a known period lie, tile by tile, to a small part of a pixel."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.rectifiers.period import Bands

MOST_HARMONICS = 30
COARSE_PERIODS, FINE_PERIODS = 4, 2
COARSE_PX, FINE_PX = 128.0, 32.0
STIFFNESS = 4.0


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


@dataclass(frozen=True, slots=True)
class Phases:
    """Positions of one family of lines, measured in tiles.

    Attributes:
        across: (T,) tile center across the lines, pixels.
        along: (T,) tile center along the lines, pixels.
        count: (T,) number of periods, fractions included, from the first line to the tile center.
        match: (T,) correlation of the tile with the template, -1 to 1.
        template: mean course over a period; its darkest point is at u = 0.
        period_px: the period that was assumed.
    """

    across: NDArray[np.float64]
    along: NDArray[np.float64]
    count: NDArray[np.float64]
    match: NDArray[np.float64]
    template: Template
    period_px: float


def measure_phases(bands: Bands, period_px: float, fine: bool = False) -> Phases | None:
    """Track lines of nearly the given period over the page; None when the page is too small.

    Each tile is demodulated at all harmonics of the period. A plane through the strongest
    harmonic's phase gives slope and offset of the lines without unwrapping; the mean of the
    aligned tiles is the template; each tile's shift is where it correlates best with it. Fine
    tiles resolve single lines: a Hann window of two periods just keeps the harmonics apart.
    """
    length = bands.profiles.shape[1]
    least_px, periods = (FINE_PX, FINE_PERIODS) if fine else (COARSE_PX, COARSE_PERIODS)
    window_px = min(length, round(max(least_px, periods * period_px)))
    order_limit = min(MOST_HARMONICS, int(0.46 * period_px))
    if window_px < 1.9 * period_px or order_limit < 1:
        return None
    orders = np.arange(1, order_limit + 1)
    starts = np.linspace(0, length - window_px, max(1, round(2 * length / window_px) - 1))
    starts = np.unique(starts.astype(int))
    centers = starts + (window_px - 1) / 2
    x = np.arange(length)
    taper = np.hanning(window_px + 2)[1:-1]
    taper /= taper.sum()
    windows = np.zeros((len(starts), length))
    for row, start in enumerate(starts):
        windows[row, start : start + window_px] = taper
    carrier = np.exp(-2j * np.pi * np.outer(orders, x) / period_px)
    tiles = np.stack(
        [(bands.profiles * wave) @ windows.T for wave in carrier], axis=-1
    )  # (band, window, order)
    plane = _plane(tiles, orders, centers, bands.centers, period_px)
    level = tiles * np.exp(2j * np.pi * plane[..., None] * orders)
    size = np.sqrt((np.abs(level) ** 2).sum(axis=-1))
    level /= np.maximum(size, np.median(size) + 1e-12)[..., None]
    delta = np.zeros(plane.shape)
    trusted = np.ones(plane.shape, dtype=bool)
    for last in (False, False, True):
        aligned = level * np.exp(2j * np.pi * delta[..., None] * orders)
        template = aligned[trusted].mean(axis=0)
        trials, match = _match(level, template, orders)
        delta = _follow(trials, match) if last else _nearest(trials, match)
        delta, best = _refine(level, template, orders, delta)
        trusted = best > 0.6 * np.quantile(best, 0.9)
    shift = plane + delta
    match = best
    along, across = np.meshgrid(bands.centers, centers, indexing="ij")
    count = across / period_px - shift
    scaled = Template(template * float(np.median(size)))
    darkest = _darkest(scaled)
    return Phases(
        across.ravel(),
        along.ravel(),
        (count - darkest).ravel(),
        match.ravel(),
        Template(scaled.coefficients * np.exp(2j * np.pi * orders * darkest)),
        period_px,
    )


def _plane(
    tiles: NDArray[np.complex128],
    orders: NDArray[np.int64],
    centers: NDArray[np.float64],
    middles: NDArray[np.float64],
    period_px: float,
) -> NDArray[np.float64]:
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
    level: NDArray[np.complex128],
    template: NDArray[np.complex128],
    orders: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Trial shifts over one period, and each tile's correlation with the template there."""
    trials = np.linspace(-0.5, 0.5, 6 * len(orders), endpoint=False)
    waves = np.exp(2j * np.pi * np.outer(orders, trials)) * template.conj()[:, None]
    norm = np.sqrt((np.abs(level) ** 2).sum(axis=-1)) * np.linalg.norm(template)
    return trials, (level @ waves).real / np.maximum(norm, 1e-12)[..., None]


def _nearest(trials: NDArray[np.float64], match: NDArray[np.float64]) -> NDArray[np.float64]:
    """The best shift of each tile, small ones preferred."""
    return trials[np.argmax(match - STIFFNESS * trials**2, axis=-1)]


def _follow(trials: NDArray[np.float64], match: NDArray[np.float64]) -> NDArray[np.float64]:
    """The best shift of each tile, those near its neighbor's preferred.

    Starts at the best tile and goes on where tiles match best, so that lines of equal weight are
    not mistaken for one another, and curved lines may wander by more than a period.
    """
    rows, columns = match.shape[:2]
    peak = match.max(axis=-1)
    delta = np.zeros((rows, columns))
    done = np.zeros((rows, columns), dtype=bool)
    start = divmod(int(np.argmax(peak)), columns)
    queue = [(0.0, start, 0.0)]
    while queue:
        _, (row, column), near = heapq.heappop(queue)
        if done[row, column]:
            continue
        done[row, column] = True
        away = (trials - near + 0.5) % 1.0 - 0.5
        here = near + float(away[np.argmax(match[row, column] - STIFFNESS * away**2)])
        delta[row, column] = here
        for r, c in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            if 0 <= r < rows and 0 <= c < columns and not done[r, c]:
                heapq.heappush(queue, (-float(peak[r, c]), (r, c), here))
    return delta


def _refine(
    level: NDArray[np.complex128],
    template: NDArray[np.complex128],
    orders: NDArray[np.int64],
    delta: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Climb to the top of each tile's correlation by Newton's method; shift and correlation."""
    cross = level * template.conj()
    turn = 2j * np.pi * orders
    for _ in range(3):
        here = cross * np.exp(turn * delta[..., None])
        slope = (here * turn).sum(axis=-1).real
        bend = (here * turn**2).sum(axis=-1).real
        step = np.where(bend < 0, -slope / np.where(bend < 0, bend, -1.0), 0.0)
        delta = delta + np.clip(step, -0.1 / len(orders), 0.1 / len(orders))
    value = (cross * np.exp(turn * delta[..., None])).sum(axis=-1).real
    norm = np.sqrt((np.abs(level) ** 2).sum(axis=-1)) * np.linalg.norm(template)
    return delta, value / np.maximum(norm, 1e-12)


def _darkest(template: Template) -> float:
    """Position (periods) of the line: the darkest point, to a hundredth of the sampling."""
    u = np.linspace(0, 1, 1024, endpoint=False)
    course = template.course(u)
    top = int(np.argmax(course))
    left, mid, right = course[top - 1], course[top], course[(top + 1) % 1024]
    return float(u[top] + 0.5 * (left - right) / (left - 2 * mid + right) / 1024)
