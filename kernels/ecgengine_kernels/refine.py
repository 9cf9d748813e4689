"""Refinement: the curve whose own stroke, drawn again, matches the ink that was found.

The curve is a chain of knots, several to a pixel. Drawing it with a round pen gives an upper and
a lower edge at the middle of every piece between two knots; both are piecewise smooth functions
of the few knots that the rim of the pen touches, so that Gauss-Newton needs a banded matrix only.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.jit import kernel


@kernel
def draw_edges(
    knots: NDArray[np.float64], per_px: int, radius_px: float
) -> tuple[
    NDArray[np.float64],
    NDArray[np.int32],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.int32],
    NDArray[np.float64],
]:
    """Draw a chain of knots with a round pen and say which piece its rim touches.

    Args:
        knots: (N,) rows of the curve at x = i / per_px.
        per_px: knots a pixel.
        radius_px: radius of the pen.

    Returns:
        For the middle of each of the N - 1 pieces: the upper edge, the piece and the share of
        that piece where the upper rim touches, then the same three for the lower edge.
    """
    pieces = knots.size - 1
    upper = np.empty(pieces)
    upper_piece = np.empty(pieces, np.int32)
    upper_share = np.empty(pieces)
    lower = np.empty(pieces)
    lower_piece = np.empty(pieces, np.int32)
    lower_share = np.empty(pieces)
    contact = np.empty(pieces)
    step = 1.0 / per_px
    square = radius_px * radius_px
    for i in range(pieces):
        slope = (knots[i + 1] - knots[i]) * per_px
        contact[i] = radius_px * slope / math.sqrt(1.0 + slope * slope)
    reach = radius_px * per_px
    for s in range(pieces):
        first = max(0, math.floor(s + 0.5 - reach))
        last = min(pieces - 1, math.floor(s + 0.5 + reach))
        highest = np.inf
        lowest = -np.inf
        for i in range(first, last + 1):
            begin = (i - s - 0.5) * step
            left = max(begin, -radius_px)
            right = min(begin + step, radius_px)
            t = min(max(-contact[i], left), right)
            share = (t - begin) * per_px
            arc = math.sqrt(max(square - t * t, 0.0))
            edge = knots[i] + (knots[i + 1] - knots[i]) * share - arc
            if edge < highest:
                highest = edge
                upper_piece[s] = i
                upper_share[s] = share
            t = min(max(contact[i], left), right)
            share = (t - begin) * per_px
            arc = math.sqrt(max(square - t * t, 0.0))
            edge = knots[i] + (knots[i + 1] - knots[i]) * share + arc
            if edge > lowest:
                lowest = edge
                lower_piece[s] = i
                lower_share[s] = share
        upper[s] = highest
        lower[s] = lowest
    return upper, upper_piece, upper_share, lower, lower_piece, lower_share


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
        edge_u, piece_u, share_u, edge_l, piece_l, share_l = draw_edges(knots, per_px, radius_px)
        scale = tolerance_px * 16.0 ** (1.0 - (iteration + 1.0) / iterations)
        for x in range(width):
            low = max(0, x * per_px - around)
            high = min(size - 1, (x + 1) * per_px + around)
            for side in range(2):
                measured = upper[x] if side == 0 else lower[x]
                trust = upper_weight[x] if side == 0 else lower_weight[x]
                if np.isnan(measured) or trust <= 0.0:
                    continue
                row[: high - low + 1] = 0.0
                drawn = 0.0
                for s in range(x * per_px, (x + 1) * per_px):
                    if side == 0:
                        drawn += edge_u[s]
                        i, share = piece_u[s], share_u[s]
                    else:
                        drawn += edge_l[s]
                        i, share = piece_l[s], share_l[s]
                    row[i - low] += (1.0 - share) / per_px
                    row[i + 1 - low] += share / per_px
                error = measured - drawn / per_px
                weight = trust / (1.0 + (error / scale) ** 2)
                for a in range(high - low + 1):
                    if row[a] == 0.0:
                        continue
                    pull = weight * row[a]
                    right[low + a] += pull * error
                    for b in range(a, high - low + 1):
                        band[low + a, b - a] += pull * row[b]
        _add_prior(knots, per_px, stiffness, bend_px, damping, band, right)
        solve_banded(band, right)
        for i in range(size):
            knots[i] += right[i]
    return knots


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
        ink: (W, H) share of ink, 0 to 1.
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
        rows that the stroke touches (in shares of ink).
    """
    width, height = ink.shape
    knots = start.copy()
    size = knots.size
    pieces = size - 1
    beside = math.ceil(0.5 * (spread_x_px - 1.0) * per_px - 1e-9)
    around = math.ceil(radius_px * per_px) + 1 + beside
    bandwidth = per_px + 2 * around + 1
    band = np.empty((size, bandwidth + 1))
    right = np.empty(size)
    row = np.empty(bandwidth + 1)
    residual = np.zeros(width)
    center_share = np.zeros(per_px + 2 * beside)
    total_share = 0.0
    for s in range(center_share.size):
        inside = 0.5 * spread_x_px * per_px - abs(s + 0.5 - 0.5 * center_share.size) + 0.5
        center_share[s] = min(max(inside, 0.0), 1.0)
        total_share += center_share[s]
    center_share /= total_share
    ramp_u = np.empty(pieces)
    ramp_l = np.empty(pieces)
    for iteration in range(iterations + 1):
        last_round = iteration == iterations
        band[:, :] = 0.0
        right[:] = 0.0
        edge_u, piece_u, share_u, edge_l, piece_l, share_l = draw_edges(knots, per_px, radius_px)
        for s in range(pieces):
            before = max(s - 1, 0)
            after = min(s + 1, pieces - 1)
            step_u = (edge_u[after] - edge_u[before]) / (after - before)
            step_l = (edge_l[after] - edge_l[before]) / (after - before)
            ramp_u[s] = math.sqrt(spread_y_px * spread_y_px + step_u * step_u)
            ramp_l[s] = math.sqrt(spread_y_px * spread_y_px + step_l * step_l)
        for x in range(width):
            first = max(0, x * per_px - beside)
            last = min(pieces - 1, (x + 1) * per_px - 1 + beside)
            low = max(0, first - around + beside)
            high = min(size - 1, last + 1 + around - beside)
            top = np.inf
            bottom = -np.inf
            full_from = -np.inf
            full_to = np.inf
            for s in range(first, last + 1):
                top = min(top, edge_u[s] - 0.5 * ramp_u[s])
                bottom = max(bottom, edge_l[s] + 0.5 * ramp_l[s])
                full_from = max(full_from, edge_u[s] + 0.5 * ramp_u[s])
                full_to = min(full_to, edge_l[s] - 0.5 * ramp_l[s])
            top_row = max(0, math.ceil(top) - 1)
            bottom_row = min(height - 1, math.floor(bottom) + 1)
            squares = 0.0
            weights = 0.0
            for y in range(top_row, bottom_row + 1):
                if trust[x, y] <= 0.0 or (full_from <= y <= full_to and not last_round):
                    continue
                drawn = 0.0
                left = high + 1
                rightmost = low - 1
                for s in range(first, last + 1):
                    part = center_share[s - x * per_px + beside]
                    over = (y - edge_u[s]) / ramp_u[s] + 0.5
                    under = (edge_l[s] - y) / ramp_l[s] + 0.5
                    drawn += part * (min(max(over, 0.0), 1.0) + min(max(under, 0.0), 1.0) - 1.0)
                    if last_round:
                        continue
                    if 0.0 < over < 1.0:
                        i = piece_u[s]
                        while left > i:
                            left -= 1
                            row[left - low] = 0.0
                            rightmost = max(rightmost, left)
                        while rightmost < i + 1:
                            rightmost += 1
                            row[rightmost - low] = 0.0
                        gain = -part / ramp_u[s]
                        row[i - low] += gain * (1.0 - share_u[s])
                        row[i + 1 - low] += gain * share_u[s]
                    if 0.0 < under < 1.0:
                        i = piece_l[s]
                        while left > i:
                            left -= 1
                            row[left - low] = 0.0
                            rightmost = max(rightmost, left)
                        while rightmost < i + 1:
                            rightmost += 1
                            row[rightmost - low] = 0.0
                        gain = part / ramp_l[s]
                        row[i - low] += gain * (1.0 - share_l[s])
                        row[i + 1 - low] += gain * share_l[s]
                error = ink[x, y] - drawn
                if last_round:
                    squares += trust[x, y] * error * error
                    weights += trust[x, y]
                    continue
                weight = trust[x, y] / (1.0 + (error / tolerance) ** 2)
                for a in range(left - low, rightmost - low + 1):
                    if row[a] == 0.0:
                        continue
                    pull = weight * row[a]
                    right[low + a] += pull * error
                    for b in range(a, rightmost - low + 1):
                        band[low + a, b - a] += pull * row[b]
            if last_round:
                residual[x] = math.sqrt(squares / weights) if weights > 0.0 else 1.0
        if last_round:
            break
        _add_prior(knots, per_px, stiffness, bend_px, damping, band, right)
        solve_banded(band, right)
        for i in range(size):
            knots[i] += min(max(right[i], -1.0), 1.0)
    return knots, residual
