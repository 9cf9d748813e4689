"""The lattice of a paper grid: millimeters of paper as functions of page pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.rectifiers.angle import find_angle
from ecgengine_plugins.rectifiers.choice import Lines, Reading, read_lines
from ecgengine_plugins.rectifiers.gridness import measure_gridness
from ecgengine_plugins.rectifiers.period import cut_bands
from ecgengine_plugins.rectifiers.phase import Phases, measure_lines
from ecgengine_plugins.rectifiers.surface import Surface, fit_feed, fit_plane, fit_warp

UPRIGHT_DEG = 0.12
INLIER_PERIODS = 0.06
FLAT_PX = 0.12
WARP_MM = 0.02


@dataclass(frozen=True, slots=True)
class Lattice:
    """Where the grid lies on a page.

    Attributes:
        u_mm: millimeters to the right along the paper, 0 on a heavy line.
        v_mm: millimeters downward, 0 on a heavy line.
        minor_mm: distance of the light lines, or None.
        major_mm: distance of the heavy lines, or None.
        confidence: 0 to 1.
        residual_mm: root mean square distance of lines from the fit.
        is_flat: whether the lines are the page's own rows and columns.
    """

    u_mm: Surface
    v_mm: Surface
    minor_mm: float | None
    major_mm: float | None
    confidence: float
    residual_mm: float
    is_flat: bool


def find_lattice(image: NDArray[np.uint8], max_angle_deg: float) -> Lattice | None:
    """Find the grid of a page, or None."""
    gridness = measure_gridness(image)
    angle = find_angle(gridness.values, max_angle_deg)
    turned, matrix = _turn(gridness.values, angle)
    back = cv2.invertAffineTransform(matrix)
    across = Lines(cut_bands(turned))
    down = Lines(cut_bands(np.ascontiguousarray(turned.T)))
    readings = read_lines(across, down, float(max(gridness.values.shape)))
    if readings is None:
        return None
    size = (float(image.shape[1]), float(image.shape[0]))

    def place(phases: Phases, axis: int) -> NDArray[np.float64]:
        across, along = np.meshgrid(phases.across, phases.along)
        tiles = (across.ravel(), along.ravel())
        work = np.column_stack(tiles if axis == 0 else tiles[::-1])
        return gridness.to_page(work @ back[:, :2].T + back[:, 2])

    planes = [
        fit_plane(place(r.phases, axis), r.phases.count.ravel() * r.period_mm, _trust(r.phases))
        for axis, r in enumerate(readings)
    ]
    flat = all(
        abs(plane[1 - axis] / plane[axis]) * size[1 - axis] < FLAT_PX
        for axis, plane in enumerate(planes)
    )
    surfaces, shares, residuals = [], [], []
    for axis, (reading, plane) in enumerate(zip(readings, planes, strict=True)):
        surface = Surface(plane, size)
        if not flat:
            surface = _bend(surface, reading, axis, lambda phases, axis=axis: place(phases, axis))
        left = reading.phases.count.ravel() * reading.period_mm - surface(
            place(reading.phases, axis)
        )
        trust = _trust(reading.phases)
        trust = trust * (np.abs(left) < INLIER_PERIODS * reading.period_mm)
        surfaces.append(surface)
        shares.append(float(trust.mean()))
        residuals.append(float(np.sqrt((trust * left**2).sum() / max(1e-9, trust.sum()))))
    minor = any(reading.period_mm == 1.0 or reading.lines in (5, 10) for reading in readings)
    major = all(reading.period_mm >= 5.0 for reading in readings)
    return Lattice(
        surfaces[0],
        surfaces[1],
        1.0 if minor else None,
        5.0 if major else None,
        float(np.clip(min(shares), 0, 1)),
        float(np.sqrt(np.mean(np.square(residuals)))),
        flat,
    )


def _turn(
    values: NDArray[np.float32], angle: float
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Turn a picture upright on a canvas that holds all of it; with the (2, 3) matrix used."""
    if abs(np.degrees(angle)) < UPRIGHT_DEG:
        return values, np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    height, width = values.shape
    cos, sin = np.cos(angle), np.sin(angle)
    matrix = np.array([[cos, sin, 0.0], [-sin, cos, 0.0]])
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]]) @ matrix[:, :2].T
    matrix[:, 2] = -corners.min(axis=0)
    size = np.ceil(np.ptp(corners, axis=0)).astype(int)
    turned = cv2.warpAffine(values, matrix, (int(size[0]), int(size[1])), flags=cv2.INTER_LINEAR)
    return turned, matrix


def _trust(phases: Phases) -> NDArray[np.float64]:
    return np.clip(phases.match.ravel(), 0.0, 1.0) ** 2


def _bend(
    surface: Surface,
    reading: Reading,
    axis: int,
    place: Callable[[Phases], NDArray[np.float64]],
) -> Surface:
    """Add what smooth warp and uneven feed the lines show beyond their scatter."""
    period_mm = reading.period_mm
    lines = measure_lines(reading.bands, reading.phases)
    points, trust = place(lines), _trust(lines)
    places = points[:, axis].reshape(lines.count.shape).mean(axis=0)
    values = lines.count.ravel() * period_mm
    for _ in range(2):
        left = values - replace(surface, feed=None)(points)
        surface = replace(surface, feed=fit_feed(points, left, trust, axis, places))
        left = values - replace(surface, knots=None)(points)
        surface = replace(surface, knots=fit_warp(points, left, trust, surface.size_px))
    return surface
