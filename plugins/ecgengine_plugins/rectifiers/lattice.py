"""The lattice of a paper grid: millimeters of paper as functions of page pixels."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.rectifiers.angle import find_angle
from ecgengine_plugins.rectifiers.choice import Lines, Reading, read_lines
from ecgengine_plugins.rectifiers.gridness import measure_gridness
from ecgengine_plugins.rectifiers.period import cut_bands
from ecgengine_plugins.rectifiers.surface import Surface, fit_plane, fit_warp

UPRIGHT_DEG = 0.12
INLIER_PERIODS = 0.06
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
    """

    u_mm: Surface
    v_mm: Surface
    minor_mm: float | None
    major_mm: float | None
    confidence: float
    residual_mm: float


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
    surfaces, shares, residuals = [], [], []
    for axis, reading in enumerate(readings):
        tiles = (reading.phases.across, reading.phases.along)
        work = np.column_stack(tiles if axis == 0 else tiles[::-1])
        points = gridness.to_page(work @ back[:, :2].T + back[:, 2])
        surface, share, rms = _fit(points, reading, size)
        surfaces.append(surface)
        shares.append(share)
        residuals.append(rms)
    minor = any(reading.period_mm == 1.0 or reading.lines in (5, 10) for reading in readings)
    major = all(reading.period_mm >= 5.0 for reading in readings)
    return Lattice(
        surfaces[0],
        surfaces[1],
        1.0 if minor else None,
        5.0 if major else None,
        float(np.clip(min(shares), 0, 1)),
        float(np.sqrt(np.mean(np.square(residuals)))),
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


def _fit(
    points: NDArray[np.float64], reading: Reading, size_px: tuple[float, float]
) -> tuple[Surface, float, float]:
    """Fit millimeters over the page; with the share of tiles that agree and their rms, mm."""
    period_mm = reading.period_mm
    values = reading.phases.count * period_mm
    trust = np.clip(reading.phases.match, 0.0, 1.0) ** 2
    fit = fit_plane(points, values, trust)
    surface = Surface(fit.plane, None, size_px)
    residual = values - surface(points)
    residual -= np.round(residual / period_mm) * period_mm
    knots, before, after = fit_warp(points, residual, trust, size_px)
    if before**2 - after**2 > WARP_MM**2:
        surface = Surface(fit.plane, knots, size_px)
        left = values - surface(points)
        residual = left - np.round(left / period_mm) * period_mm
    near = np.abs(residual) < INLIER_PERIODS * period_mm
    share = float((trust * near).sum() / len(trust))
    rms = float(np.sqrt((trust * near * residual**2).sum() / max(1e-9, (trust * near).sum())))
    return surface, share, rms
