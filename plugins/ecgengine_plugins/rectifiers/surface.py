"""Fits of a line count over the page: a robust plane, and what smooth warp remains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SMOOTHNESS = 0.3
SPANS = 10
TUKEY = 4.7


@dataclass(frozen=True, slots=True)
class Surface:
    """A function of the page: a plane plus, where needed, a cubic B-spline surface.

    Attributes:
        plane: (3,) value = plane[0] * x + plane[1] * y + plane[2], x and y in page pixels.
        knots: (rows, columns) spline coefficients, or None for a plain plane.
        size_px: (width, height) that the knots span.
    """

    plane: NDArray[np.float64]
    knots: NDArray[np.float64] | None
    size_px: tuple[float, float]

    def __call__(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Value at (N, 2) points (x, y)."""
        value: NDArray[np.float64] = points @ self.plane[:2] + self.plane[2]
        if self.knots is not None:
            value = value + _design(points, self.size_px) @ self.knots.ravel()
        return value


@dataclass(frozen=True, slots=True)
class PlaneFit:
    """A robust plane and how well it fits.

    Attributes:
        plane: (3,) coefficients.
        weights: (N,) final weights, 0 for outliers.
        spread: robust standard deviation of the residuals.
    """

    plane: NDArray[np.float64]
    weights: NDArray[np.float64]
    spread: float


def fit_plane(
    points: NDArray[np.float64], values: NDArray[np.float64], trust: NDArray[np.float64]
) -> PlaneFit:
    """Fit value = a x + b y + c by least squares with Tukey's weights, from the median outward."""
    center, scale = points.mean(axis=0), np.maximum(np.ptp(points, axis=0), 1.0)
    design = np.column_stack([(points - center) / scale, np.ones(len(points))])
    weights, spread = trust.copy(), 0.0
    coefficients = np.zeros(3)
    for _ in range(20):
        root = np.sqrt(weights)
        coefficients = np.linalg.lstsq(design * root[:, None], values * root, rcond=None)[0]
        residual = values - design @ coefficients
        spread = max(1.4826 * _weighted_median(np.abs(residual), trust), 1e-5)
        weights = trust * np.clip(1 - (residual / (TUKEY * spread)) ** 2, 0.0, None) ** 2
    slope = coefficients[:2] / scale
    plane = np.array([slope[0], slope[1], coefficients[2] - slope @ center])
    return PlaneFit(plane, weights, spread)


def fit_warp(
    points: NDArray[np.float64],
    residual: NDArray[np.float64],
    trust: NDArray[np.float64],
    size_px: tuple[float, float],
) -> tuple[NDArray[np.float64], float, float]:
    """Fit a smooth surface to the residuals of a plane, robustly.

    Gives the knots, and the spread of left-out residuals without and with the surface: each half
    of a checkerboard of tiles is predicted from the other, so that noise does not look smooth.
    """
    design = _design(points, size_px)
    halves = (np.arange(len(points)) % 2).astype(bool)
    predicted = np.empty(len(points))
    for half in (halves, ~halves):
        knots = _penalized(design[half], residual[half], trust[half])
        predicted[~half] = design[~half] @ knots.ravel()
    before = 1.4826 * _weighted_median(np.abs(residual), trust)
    after = 1.4826 * _weighted_median(np.abs(residual - predicted), trust)
    return _penalized(design, residual, trust), before, after


def _penalized(
    design: NDArray[np.float64], residual: NDArray[np.float64], trust: NDArray[np.float64]
) -> NDArray[np.float64]:
    side = SPANS + 3
    bend = np.diff(np.eye(side), 2, axis=0)
    penalty = np.kron(np.eye(side), bend.T @ bend) + np.kron(bend.T @ bend, np.eye(side))
    slope = np.diff(np.eye(side), axis=0)
    penalty += 2 * np.kron(slope.T @ slope, slope.T @ slope)
    penalty *= SMOOTHNESS
    penalty += 1e-6 * np.eye(side * side)
    weights, knots = trust.copy(), np.zeros(side * side)
    for _ in range(6):
        weighted = design * weights[:, None]
        knots = np.linalg.solve(weighted.T @ design + penalty, weighted.T @ residual)
        left = residual - design @ knots
        spread = max(1.4826 * _weighted_median(np.abs(left), trust), 1e-5)
        weights = trust * np.clip(1 - (left / (TUKEY * spread)) ** 2, 0.0, None) ** 2
    return knots.reshape(side, side)


def _design(points: NDArray[np.float64], size_px: tuple[float, float]) -> NDArray[np.float64]:
    """(N, rows * columns) products of cubic B-splines in y and x."""
    across = _basis(points[:, 0] / size_px[0])
    down = _basis(points[:, 1] / size_px[1])
    return (down[:, :, None] * across[:, None, :]).reshape(len(points), -1)


def _basis(place: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, SPANS + 3) cubic B-splines at places 0 to 1, held constant beyond."""
    u = np.clip(place, 0.0, 1.0) * SPANS
    distance = np.abs(u[:, None] - (np.arange(SPANS + 3) - 1)[None, :])
    near = 2 / 3 - distance**2 + distance**3 / 2
    far = np.clip(2 - distance, 0.0, None) ** 3 / 6
    return np.where(distance < 1, near, far)


def _weighted_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][min(len(values) - 1, int(np.searchsorted(total, total[-1] / 2)))])
