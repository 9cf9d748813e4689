"""Fit the curve whose own stroke, drawn again, matches the ink that was found.

The curve is a chain of knots, several to a pixel. Drawing it with a round pen gives an upper and
a lower edge at the middle of every piece between two knots; both are piecewise smooth functions
of the few knots that the rim of the pen touches, so that Gauss-Newton needs a banded matrix only.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.jit import kernel


class Rim(NamedTuple):
    """One edge of a drawn stroke, at the middle of each of the N - 1 pieces between knots.

    Attributes:
        edge: (N - 1,) row of the edge.
        piece: (N - 1,) the piece that the rim of the pen touches there.
        along: (N - 1,) how far along that piece, 0 to 1.
    """

    edge: NDArray[np.float64]
    piece: NDArray[np.int32]
    along: NDArray[np.float64]


class Stroke(NamedTuple):
    """A drawn stroke: its edges, and the rows over which each piece of them fades by blur."""

    upper: Rim
    lower: Rim
    upper_ramp: NDArray[np.float64]
    lower_ramp: NDArray[np.float64]


@kernel
def draw_edges(knots: NDArray[np.float64], per_px: int, radius_px: float) -> tuple[Rim, Rim]:
    """Draw a chain of knots with a round pen; give the upper and the lower edge.

    Args:
        knots: (N,) rows of the curve at x = i / per_px.
        per_px: knots a pixel.
        radius_px: radius of the pen.
    """
    pieces = knots.size - 1
    contact = np.empty(pieces)
    for i in range(pieces):
        slope = (knots[i + 1] - knots[i]) * per_px
        contact[i] = radius_px * slope / math.sqrt(1.0 + slope * slope)
    upper = _draw_rim(knots, contact, per_px, radius_px, -1.0)
    return upper, _draw_rim(knots, contact, per_px, radius_px, 1.0)


@kernel
def _draw_rim(
    knots: NDArray[np.float64],
    contact: NDArray[np.float64],
    per_px: int,
    radius_px: float,
    side: float,
) -> Rim:
    """Draw the upper (side -1) or the lower (1) edge; the rim touches each piece at `contact`."""
    pieces = knots.size - 1
    rim = Rim(np.empty(pieces), np.empty(pieces, np.int32), np.empty(pieces))
    step = 1.0 / per_px
    square = radius_px * radius_px
    reach = radius_px * per_px
    for s in range(pieces):
        first = max(0, math.floor(s + 0.5 - reach))
        last = min(pieces - 1, math.floor(s + 0.5 + reach))
        outermost = -np.inf
        for i in range(first, last + 1):
            begin = (i - s - 0.5) * step
            left = max(begin, -radius_px)
            right = min(begin + step, radius_px)
            t = min(max(side * contact[i], left), right)
            along = (t - begin) * per_px
            arc = math.sqrt(max(square - t * t, 0.0))
            edge = knots[i] + (knots[i + 1] - knots[i]) * along + side * arc
            if side * edge > outermost:
                outermost = side * edge
                rim.edge[s], rim.piece[s], rim.along[s] = edge, i, along
    return rim


@kernel
def solve_banded(band: NDArray[np.float64], right: NDArray[np.float64]) -> None:
    """Solve a symmetric positive definite banded system in place (LDL^T, no pivots).

    Args:
        band: (N, B + 1) upper band, band[i, k] = A[i, i + k]; overwritten.
        right: (N,) right side; overwritten by the solution.
    """
    size, columns = band.shape
    for i in range(size):
        reach = min(columns - 1, size - 1 - i)
        inverse = 1.0 / max(band[i, 0], 1e-12)
        for d in range(1, reach + 1):
            factor = band[i, d] * inverse
            if factor == 0.0:
                continue
            for e in range(d, reach + 1):
                band[i + d, e - d] -= factor * band[i, e]
            right[i + d] -= factor * right[i]
    for i in range(size - 1, -1, -1):
        total = right[i]
        for d in range(1, min(columns - 1, size - 1 - i) + 1):
            total -= band[i, d] * right[i + d]
        right[i] = total / max(band[i, 0], 1e-12)


@kernel
def _add_prior(
    knots: NDArray[np.float64],
    per_px: int,
    stiffness: float,
    bend_px: float,
    damping: float,
    band: NDArray[np.float64],
    right: NDArray[np.float64],
) -> None:
    """Add the prior that curves bend little, save at few places where they may bend freely."""
    scale = float(per_px * per_px)
    band[:, 0] += damping
    for i in range(1, knots.size - 1):
        bend = (knots[i - 1] - 2.0 * knots[i] + knots[i + 1]) * scale
        weight = stiffness / (1.0 + (bend / bend_px) ** 2)
        pull = -weight * bend * scale
        square = weight * scale * scale
        right[i - 1] += pull
        right[i] -= 2.0 * pull
        right[i + 1] += pull
        band[i - 1, 0] += square
        band[i, 0] += 4.0 * square
        band[i + 1, 0] += square
        band[i - 1, 1] -= 2.0 * square
        band[i, 1] -= 2.0 * square
        band[i - 1, 2] += square


@kernel
def match_edges(
    upper: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper_weight: NDArray[np.float64],
    lower_weight: NDArray[np.float64],
    start: NDArray[np.float64],
    per_px: int,
    radius_px: float,
    tolerance_px: float,
    stiffness: float,
    bend_px: float,
    damping: float,
    iterations: int,
) -> NDArray[np.float64]:
    """Fit the chain of knots whose stroke has the measured edges, averaged over each column.

    Gauss-Newton with Cauchy weights: an edge that text, a crossing lead or a gap has moved far
    beyond `tolerance_px` pulls little.

    Args:
        upper: (W,) measured upper edges, NaN where unknown.
        lower: (W,) measured lower edges.
        upper_weight: (W,) trust in each upper edge, 0 to 1.
        lower_weight: (W,) trust in each lower edge.
        start: (W * per_px + 1,) first guess of the knots; column j spans the knots
            j * per_px to (j + 1) * per_px.
        per_px: knots a pixel, at least 2.
        radius_px: radius of the pen.
        tolerance_px: error of an edge that halves its weight; falls sixteenfold from the first
            round to the last.
        stiffness: weight of the smoothness prior against an edge.
        bend_px: second derivative (pixels per square pixel) that halves the prior.
        damping: weight that holds each knot where it was in the round before.
        iterations: rounds.

    Returns:
        (W * per_px + 1,) float64 knots.
    """
    width = upper.size
    knots = start.copy()
    size = knots.size
    around = math.ceil(radius_px * per_px) + 1
    bandwidth = per_px + 2 * around + 1
    band = np.empty((size, bandwidth + 1))
    right = np.empty(size)
    row = np.empty(bandwidth + 1)
    for iteration in range(iterations):
        band[:, :] = 0.0
        right[:] = 0.0
        above, below = draw_edges(knots, per_px, radius_px)
        scale = tolerance_px * 16.0 ** (1.0 - (iteration + 1.0) / iterations)
        for x in range(width):
            low = max(0, x * per_px - around)
            high = min(size - 1, (x + 1) * per_px + around)
            for side in range(2):
                measured = upper[x] if side == 0 else lower[x]
                trust = upper_weight[x] if side == 0 else lower_weight[x]
                if np.isnan(measured) or trust <= 0.0:
                    continue
                rim = above if side == 0 else below
                row[: high - low + 1] = 0.0
                drawn = 0.0
                for s in range(x * per_px, (x + 1) * per_px):
                    drawn += rim.edge[s]
                    i, along = rim.piece[s], rim.along[s]
                    row[i - low] += (1.0 - along) / per_px
                    row[i + 1 - low] += along / per_px
                error = measured - drawn / per_px
                weight = trust / (1.0 + (error / scale) ** 2)
                _add_residual(row, low, high, error, weight, band, right)
        _add_prior(knots, per_px, stiffness, bend_px, damping, band, right)
        solve_banded(band, right)
        for i in range(size):
            knots[i] += right[i]
    return knots


@kernel
def _add_residual(
    row: NDArray[np.float64],
    low: int,
    high: int,
    error: float,
    weight: float,
    band: NDArray[np.float64],
    right: NDArray[np.float64],
) -> None:
    """Add one residual to the normal equations; `row[i - low]` is its slope by knot i."""
    last = high - low
    while last > 0 and row[last] == 0.0:
        last -= 1
    for a in range(last + 1):
        if row[a] == 0.0:
            continue
        pull = weight * row[a]
        right[low + a] += pull * error
        for b in range(a, last + 1):
            band[low + a, b - a] += pull * row[b]


@kernel
def match_ink(
    ink: NDArray[np.float32],
    trust: NDArray[np.float32],
    start: NDArray[np.float64],
    per_px: int,
    radius_px: float,
    spread_x_px: float,
    spread_y_px: float,
    tolerance: float,
    stiffness: float,
    bend_px: float,
    damping: float,
    iterations: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit the chain of knots whose stroke, drawn pixel by pixel, is the ink that was found.

    A steep stroke leaves more in a column than two edges: how far each row is covered tells
    where inside the column the stroke passes it. A pixel sees the stroke through a box that is
    `spread` wide (1 without blur), and each piece between two knots covers it up to a ramp as
    wide as the piece is tall.

    Args:
        ink: (W, H) coverage, 0 to 1.
        trust: (W, H) weight of each pixel, 0 to 1.
        start: (W * per_px + 1,) first guess of the knots, within about a pixel.
        per_px: knots a pixel.
        radius_px: radius of the pen.
        spread_x_px: width of the box that a pixel sees along x.
        spread_y_px: width of the box that a pixel sees along y.
        tolerance: error of a pixel's ink that halves its weight.
        stiffness: weight of the smoothness prior against a pixel.
        bend_px: second derivative (pixels per square pixel) that halves the prior.
        damping: weight that holds each knot where it was in the round before.
        iterations: rounds.

    Returns:
        (W * per_px + 1,) float64 knots and (W,) root mean square error of the ink drawn, over the
        rows that the stroke touches (in coverage).
    """
    width, height = ink.shape
    knots = start.copy()
    size = knots.size
    box = _box_weights(per_px, spread_x_px)
    beside = (box.size - per_px) // 2
    around = math.ceil(radius_px * per_px) + 1
    bandwidth = per_px + 2 * (around + beside) + 1
    band = np.empty((size, bandwidth + 1))
    right = np.empty(size)
    row = np.empty(bandwidth + 1)
    residual = np.zeros(width)
    for iteration in range(iterations + 1):
        last_round = iteration == iterations
        band[:, :] = 0.0
        right[:] = 0.0
        above, below = draw_edges(knots, per_px, radius_px)
        stroke = Stroke(above, below, _ramps(above, spread_y_px), _ramps(below, spread_y_px))
        for x in range(width):
            begin = x * per_px - beside
            first, last = max(0, begin), min(size - 2, begin + box.size - 1)
            low, high = max(0, first - around), min(size - 1, last + 1 + around)
            top, full_from, full_to, bottom = _rows_touched(stroke, first, last)
            squares, weights = 0.0, 0.0
            for y in range(max(0, math.ceil(top) - 1), min(height - 1, math.floor(bottom) + 1) + 1):
                if trust[x, y] <= 0.0 or (full_from <= y <= full_to and not last_round):
                    continue
                row[: high - low + 1] = 0.0
                drawn = _draw_pixel(stroke, y, first, last, box[first - begin :], row, low)
                error = ink[x, y] - drawn
                if last_round:
                    squares += trust[x, y] * error * error
                    weights += trust[x, y]
                else:
                    weight = trust[x, y] / (1.0 + (error / tolerance) ** 2)
                    _add_residual(row, low, high, error, weight, band, right)
            if last_round:
                residual[x] = math.sqrt(squares / weights) if weights > 0.0 else 1.0
        if not last_round:
            _add_prior(knots, per_px, stiffness, bend_px, damping, band, right)
            solve_banded(band, right)
            for i in range(size):
                knots[i] += min(max(right[i], -1.0), 1.0)
    return knots, residual


@kernel
def _box_weights(per_px: int, spread_px: float) -> NDArray[np.float64]:
    """Give how much of the box that a pixel sees each piece fills, those beside it included."""
    beside = math.ceil(0.5 * (spread_px - 1.0) * per_px - 1e-9)
    box = np.zeros(per_px + 2 * beside)
    total = 0.0
    for s in range(box.size):
        inside = 0.5 * spread_px * per_px - abs(s + 0.5 - 0.5 * box.size) + 0.5
        box[s] = min(max(inside, 0.0), 1.0)
        total += box[s]
    box /= total
    return box


@kernel
def _ramps(rim: Rim, spread_px: float) -> NDArray[np.float64]:
    """Give the height over which each piece of an edge fades."""
    pieces = rim.edge.size
    ramp = np.empty(pieces)
    for s in range(pieces):
        before, after = max(s - 1, 0), min(s + 1, pieces - 1)
        step = (rim.edge[after] - rim.edge[before]) / (after - before)
        ramp[s] = math.sqrt(spread_px * spread_px + step * step)
    return ramp


@kernel
def _rows_touched(stroke: Stroke, first: int, last: int) -> tuple[float, float, float, float]:
    """Give between which rows pieces first to last cover anything, and between which all."""
    top, full_from, full_to, bottom = np.inf, -np.inf, np.inf, -np.inf
    for s in range(first, last + 1):
        upper, fade = stroke.upper.edge[s], 0.5 * stroke.upper_ramp[s]
        top, full_from = min(top, upper - fade), max(full_from, upper + fade)
        lower, fade = stroke.lower.edge[s], 0.5 * stroke.lower_ramp[s]
        bottom, full_to = max(bottom, lower + fade), min(full_to, lower - fade)
    return top, full_from, full_to, bottom


@kernel
def _draw_pixel(
    stroke: Stroke,
    y: int,
    first: int,
    last: int,
    box: NDArray[np.float64],
    row: NDArray[np.float64],
    low: int,
) -> float:
    """Give the coverage of a pixel by pieces first to last, and add its slopes to `row`."""
    drawn = 0.0
    for s in range(first, last + 1):
        part = box[s - first]
        over = (y - stroke.upper.edge[s]) / stroke.upper_ramp[s] + 0.5
        under = (stroke.lower.edge[s] - y) / stroke.lower_ramp[s] + 0.5
        drawn += part * (min(max(over, 0.0), 1.0) + min(max(under, 0.0), 1.0) - 1.0)
        if 0.0 < over < 1.0:
            i, along = stroke.upper.piece[s] - low, stroke.upper.along[s]
            gain = -part / stroke.upper_ramp[s]
            row[i] += gain * (1.0 - along)
            row[i + 1] += gain * along
        if 0.0 < under < 1.0:
            i, along = stroke.lower.piece[s] - low, stroke.lower.along[s]
            gain = part / stroke.lower_ramp[s]
            row[i] += gain * (1.0 - along)
            row[i + 1] += gain * along
    return drawn
