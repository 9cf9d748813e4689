"""Place the first instant by the ends of ink, by what stands at it, and by the grid's lines.

A lead is scored and averaged sample by sample, and a sample at 500 Hz is a twentieth of a
millimeter of paper: so every hint of the true place counts.

Programs that draw grid and leads together begin on a heavy line, those of 200 dots per inch half a
pixel before it. Pens set on with their middle, half a width early or rounded, so where both ends
are seen their middle counts (docs/experiments/0013).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ecgengine.data.sheet import PaperGrid

_LAST_SAMPLES_S = ((1 / 500, 0.87), (1 / 250, 0.05), (1 / 100, 0.08))
"""What leads end before the last instant, by their sampling, and how usual that is."""

_PROJECTING_SHARE = 0.52
_MOST_INSET = 0.6
_INSET = (0.25, 0.2)

_LINE_MM = 0.015
_HALF_PIXEL_MM = -0.5 * 25.4 / 200
_HEAVY_SHARES = ((0.0, 0.15), (_HALF_PIXEL_MM, 0.25))
_LIGHT_SHARES = ((0.0, 0.15), (_HALF_PIXEL_MM, 0.05))
_FREE_SHARE = 0.4
_MAJOR_MM = 5.0
_OUTLIER_DENSITY = 0.03


@dataclass(frozen=True, slots=True)
class Printing:
    """How leads are printed on a sheet.

    Attributes:
        x_mm: pixels per millimeter along time.
        pen_mm: height of the levelest ink.
        speed_mm_per_s: paper speed.
        grid: the printed grid, or None when there is none to see.
        rough: `x_mm` is right to a percent or so only.
    """

    x_mm: float
    pen_mm: float
    speed_mm_per_s: float
    grid: PaperGrid | None
    rough: bool = False


@dataclass(frozen=True, slots=True)
class Sign:
    """A place that says where the start lies, in millimeters, give or take sigma."""

    x_mm: float
    sigma_mm: float


@dataclass(frozen=True, slots=True)
class _Hypothesis:
    """One way to explain the ends of ink: the signs it makes of them, and its prior probability."""

    signs: tuple[Sign, ...]
    prior: float


def place_start(
    low: Sign | None, high: Sign | None, others: Sequence[Sign], printing: Printing
) -> float:
    """Give the likeliest start in millimeters; `low` or any of `others` must be there.

    `low` is where ink begins as seen, `high` where it ends less the width of the leads, both as if
    the pen's half width stood out beyond the first and the last sample. Pens differ: many
    programs' strokes begin with their middle, or are rounded, and then ink begins later and ends
    earlier by the same; where both ends are seen their middle is right for all. Programs that draw
    grid and leads together begin on a line of the grid, most on a heavy one; those of 200 dots
    per inch that draw lines on whole pixels, half a pixel before it (so on the pages of
    ECG-Image-Kit, of the 2025 PhysioNet challenge, and on paper printed from them).
    """
    best = (0.0, 0.0)
    for hypothesis in _hypotheses(low, high, printing):
        signs = (*hypothesis.signs, *others)
        if not signs:
            continue
        place, sigma = _agreed(signs)
        fit = hypothesis.prior * math.sqrt(2 * math.pi) * sigma * _likelihood(signs, place)
        best = max(best, (fit * _FREE_SHARE / _MAJOR_MM, place))
        for line, share in _lines_near(place, printing):
            posterior = fit * share * _normal(place - line, math.hypot(sigma, _LINE_MM))
            best = max(best, (posterior, line))
    return best[1]


def _hypotheses(low: Sign | None, high: Sign | None, printing: Printing) -> Iterator[_Hypothesis]:
    """Tell how the pen may have set on and off, and how often the leads were sampled."""
    inset_mm, spread = (part * printing.pen_mm for part in _INSET)
    if high is None:
        if low is None:
            yield _Hypothesis((), 1.0)
        else:
            inset = Sign(low.x_mm - inset_mm, math.hypot(spread, low.sigma_mm))
            yield _Hypothesis((low,), _PROJECTING_SHARE)
            yield _Hypothesis((inset,), 1 - _PROJECTING_SHARE)
        return
    for last_s, usual in _LAST_SAMPLES_S:
        end = Sign(high.x_mm + last_s * printing.speed_mm_per_s, high.sigma_mm)
        if low is None:
            inset = Sign(end.x_mm + inset_mm, math.hypot(spread, end.sigma_mm))
            yield _Hypothesis((end,), usual * _PROJECTING_SHARE)
            yield _Hypothesis((inset,), usual * (1 - _PROJECTING_SHARE))
            continue
        yield _Hypothesis((low, end), usual * _PROJECTING_SHARE)
        both_insets = 2 * _MOST_INSET * printing.pen_mm
        if 0 < low.x_mm - end.x_mm < both_insets:
            middle = Sign(0.5 * (low.x_mm + end.x_mm), 0.5 * math.hypot(low.sigma_mm, end.sigma_mm))
            prior = usual * (1 - _PROJECTING_SHARE) / both_insets
            yield _Hypothesis((middle,), prior)


def _agreed(signs: Sequence[Sign]) -> tuple[float, float]:
    """Give the weighted mean of the signs that agree with the best supported one, and its sigma."""
    places = np.array([sign.x_mm for sign in signs])
    sigmas = np.array([sign.sigma_mm for sign in signs])
    best = int(np.argmax([_likelihood(signs, place) for place in places]))
    kept = np.abs(places - places[best]) < 2.5 * np.hypot(sigmas, sigmas[best])
    weights = sigmas[kept] ** -2
    return float(np.average(places[kept], weights=weights)), float(weights.sum() ** -0.5)


def _likelihood(signs: Sequence[Sign], place: float) -> float:
    """Give how likely signs are if the start lies at a place; any of them may be wrong."""
    return math.prod(
        max(_normal(sign.x_mm - place, sign.sigma_mm), _OUTLIER_DENSITY) for sign in signs
    )


def _normal(away: float, sigma: float) -> float:
    return math.exp(-0.5 * (away / sigma) ** 2) / (math.sqrt(2 * math.pi) * sigma)


def _lines_near(place_mm: float, printing: Printing) -> Iterator[tuple[float, float]]:
    """Yield the places near the grid's lines where leads may begin, each with its share."""
    grid = printing.grid
    if grid is None:
        return
    origin = grid.origin_x_px / printing.x_mm
    for apart_mm, shares in ((grid.major_mm, _HEAVY_SHARES), (grid.minor_mm, _LIGHT_SHARES)):
        if apart_mm is None:
            continue
        line = origin + round((place_mm - origin) / apart_mm) * apart_mm
        for beyond_mm, share in shares:
            yield line + beyond_mm, share * apart_mm / _MAJOR_MM
