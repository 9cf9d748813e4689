"""Fit a function of the page robustly: a plane, a smooth warp, an uneven feed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.paper.robust import fit_robustly
from ecgengine_plugins.rectifiers.grid import tuning

LEAST_SPREAD = 1e-5
TOWARD_ZERO = 1e-3


@dataclass(frozen=True, slots=True)
class Feed:
    """What an uneven paper feed adds: a function of one page coordinate alone.

    Attributes:
        axis: 0 for x, 1 for y.
        places: (K,) page coordinates, ascending.
        values: (K,) what is added there; linear between, constant beyond.
    """

    axis: int
    places: NDArray[np.float64]
    values: NDArray[np.float64]

    def __call__(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Value at (N, 2) points (x, y)."""
        return np.interp(points[:, self.axis], self.places, self.values)


@dataclass(frozen=True, slots=True)
class WarpedPlane:
    """A function of the page: a plane plus, where needed, a smooth warp and an uneven feed.

    Attributes:
        plane: (3,) value = plane[0] * x + plane[1] * y + plane[2], x and y in page pixels.
        size_px: (width, height) that the knots span.
        knots: (K, K) cubic B-spline coefficients, or None for no warp.
        feed: the uneven feed, or None.
    """

    plane: NDArray[np.float64]
    size_px: tuple[float, float]
    knots: NDArray[np.float64] | None = None
    feed: Feed | None = None

    def __call__(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Value at (N, 2) points (x, y)."""
        value: NDArray[np.float64] = points @ self.plane[:2] + self.plane[2]
        if self.knots is not None:
            across, down = _bases(points, self.size_px, len(self.knots) - 3)
            value = value + ((down @ self.knots) * across).sum(axis=1)
        if self.feed is not None:
            value = value + self.feed(points)
        return value


def fit_plane(
    points: NDArray[np.float64], values: NDArray[np.float64], trust: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Fit (a, b, c) of value = a x + b y + c by least squares with Tukey's weights."""
    center, scale = points.mean(axis=0), np.maximum(np.ptp(points, axis=0), 1.0)
    design = np.column_stack([(points - center) / scale, np.ones(len(points))])

    def fit(weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        root = np.sqrt(weights)
        plane = np.linalg.lstsq(design * root[:, None], values * root, rcond=None)[0]
        return np.asarray(plane, dtype=np.float64), values - design @ plane

    coefficients, _ = fit_robustly(fit, trust, 12, LEAST_SPREAD, within=2.5)
    slope = coefficients[:2] / scale
    return np.array([slope[0], slope[1], coefficients[2] - slope @ center])


def fit_warp(
    points: NDArray[np.float64],
    residual: NDArray[np.float64],
    trust: NDArray[np.float64],
    size_px: tuple[float, float],
    spans: int,
) -> NDArray[np.float64]:
    """Fit the knots of a smooth surface to the residuals of a plane, robustly.

    A P-spline: few cubic B-splines with a penalty on second differences, so that noise bends
    little and places without lines follow their surroundings. There are `spans` pieces each way.
    """
    side = spans + 3
    bend = np.diff(np.eye(side), 2, axis=0)
    twist = np.diff(np.eye(side), axis=0)
    flat, bent, twisted = np.eye(side), bend.T @ bend, twist.T @ twist
    penalty = np.kron(flat, bent) + np.kron(bent, flat) + 2 * np.kron(twisted, twisted)
    penalty = tuning.WARP_SMOOTHNESS * penalty + TOWARD_ZERO * np.eye(side * side)
    across, down = _bases(points, size_px, spans)
    design = (down[:, :, None] * across[:, None, :]).reshape(len(points), -1)

    def fit(weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        # Of weight 0 are lines under ink, and beyond the grid.
        some = np.flatnonzero(weights)
        root = np.sqrt(weights[some])
        weighted = design[some] * root[:, None]
        bent = np.linalg.solve(
            weighted.T @ weighted + penalty, weighted.T @ (residual[some] * root)
        )
        return np.asarray(bent, dtype=np.float64), residual - design @ bent

    knots, _ = fit_robustly(fit, trust, 5, LEAST_SPREAD)
    return knots.reshape(side, side)


def fit_feed(
    points: NDArray[np.float64],
    residual: NDArray[np.float64],
    trust: NDArray[np.float64],
    axis: int,
    places: NDArray[np.float64],
    kink_cost: float,
) -> Feed:
    """Fit a course along one page axis that is straight but for few kinks.

    Lines snapped to a printer's pixels scatter by some hundredths of a millimeter; a feed that
    slips makes real steps. An absolute penalty on kinks keeps the steps and averages the scatter.
    """
    count = len(places)
    place = np.clip(points[:, axis], places[0], places[-1])
    low = np.clip(np.searchsorted(places, place, side="right") - 1, 0, count - 2)
    share = (place - places[low]) / (places[low + 1] - places[low])
    kinks = np.diff(np.eye(count), 2, axis=0)
    stiff, every = np.ones(count - 2), np.arange(count)
    scale = max(1.0, float(trust.sum()) / count)

    def fit(weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        # A point tells of the two places around it alone.
        before, after = weights * (1 - share), weights * share
        normal = kinks.T @ (kinks * (scale * kink_cost * stiff)[:, None])
        told = _on_places(low, before * (1 - share), after * share, count)
        normal[every, every] += told + TOWARD_ZERO * scale
        between = np.bincount(low, before * share, count - 1)
        normal[every[:-1], every[1:]] += between
        normal[every[1:], every[:-1]] += between
        wanted = _on_places(low, before * residual, after * residual, count)
        course = np.asarray(np.linalg.solve(normal, wanted), dtype=np.float64)
        stiff[:] = 1 / np.sqrt((kinks @ course) ** 2 + 1e-3**2)
        return course, residual - (1 - share) * course[low] - share * course[low + 1]

    values, _ = fit_robustly(fit, trust, 12, LEAST_SPREAD)
    return Feed(axis, places, values)


def _on_places(
    low: NDArray[np.intp],
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    count: int,
) -> NDArray[np.float64]:
    """(count,) sums of what points tell of the place before them and of the one after."""
    told = np.bincount(low, before, count) + np.bincount(low + 1, after, count)
    return np.asarray(told, dtype=np.float64)


def _bases(
    points: NDArray[np.float64], size_px: tuple[float, float], spans: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(N, spans + 3) cubic B-splines in x, and those in y, whose products make a surface."""
    return _basis(points[:, 0] / size_px[0], spans), _basis(points[:, 1] / size_px[1], spans)


def _basis(place: NDArray[np.float64], spans: int) -> NDArray[np.float64]:
    """(N, spans + 3) cubic B-splines at places 0 to 1, held constant beyond."""
    u = np.clip(place, 0.0, 1.0) * spans
    distance = np.abs(u[:, None] - (np.arange(spans + 3) - 1)[None, :])
    # Products cost a tenth of powers.
    outer, inner = np.clip(2 - distance, 0.0, None), np.clip(1 - distance, 0.0, None)
    return np.asarray(outer * outer * outer / 6 - inner * inner * inner * (2 / 3))
