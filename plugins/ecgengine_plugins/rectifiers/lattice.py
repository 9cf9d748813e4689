"""The lattice of a paper grid: millimeters of paper as functions of page pixels."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.rectifiers.angle import find_angle
from ecgengine_plugins.rectifiers.gridness import measure_gridness
from ecgengine_plugins.rectifiers.period import (
    LONGEST_PX,
    SHORTEST_PX,
    Bands,
    cut_bands,
    find_peaks,
    rank_periods,
)
from ecgengine_plugins.rectifiers.phase import Phases, Template, measure_phases
from ecgengine_plugins.rectifiers.surface import PlaneFit, Surface, fit_plane, fit_warp

UPRIGHT_DEG = 0.12
INLIER_PERIODS = 0.06
WARP_MM = 0.02
USUAL_WIDTH_MM = 270.0


@dataclass(frozen=True, slots=True)
class Family:
    """One family of parallel lines, measured.

    Attributes:
        points: (T, 2) tile centers, page (x, y).
        phases: what was measured in them.
        lines: lines in one period; 5 when every fifth is heavier.
        pitch_px: distance of neighboring lines, analysis pixels.
    """

    points: NDArray[np.float64]
    phases: Phases
    lines: int
    pitch_px: float


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
    families = []
    for axis in (0, 1):
        values = turned if axis == 0 else np.ascontiguousarray(turned.T)
        phases_lines = _measure_family(cut_bands(values))
        if phases_lines is None:
            return None
        phases, lines = phases_lines
        work = np.column_stack([phases.across, phases.along])
        if axis == 1:
            work = work[:, ::-1]
        points = gridness.to_page(work @ back[:, :2].T + back[:, 2])
        families.append(Family(points, phases, lines, phases.period_px / lines))
    size = (float(image.shape[1]), float(image.shape[0]))
    pitch = float(np.sqrt(families[0].pitch_px * families[1].pitch_px)) * gridness.px_per_px
    pitch_mm = _pitch_mm(pitch, max(family.lines for family in families), max(size))
    surfaces, confidences, residuals = [], [], []
    for family in families:
        surface, share, rms = _fit(family, pitch_mm, size)
        surfaces.append(surface)
        confidences.append(share)
        residuals.append(rms)
    heavy = min(family.lines for family in families) == 5
    if pitch_mm == 1.0:
        minor, major = 1.0, 5.0 if heavy else None
    else:
        minor, major = None, 5.0
    return Lattice(
        surfaces[0],
        surfaces[1],
        minor,
        major,
        float(np.clip(min(confidences), 0, 1)),
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


def _measure_family(bands: Bands) -> tuple[Phases, int] | None:
    """Find the period of one family of lines and track it; with the lines per period."""
    frequency, height = find_peaks(bands)
    length = bands.profiles.shape[1]
    for candidate in rank_periods(frequency, height, length)[:3]:
        phases = measure_phases(bands, candidate.period_px)
        if phases is None:
            continue
        lines = count_lines(phases.template, candidate.period_px)
        if lines == 5:
            return phases, 5
        pitch = candidate.period_px / lines
        if pitch < SHORTEST_PX:
            continue
        if 5 * pitch < LONGEST_PX:
            wider = measure_phases(bands, 5 * pitch)
            if wider is not None and _one_is_heavier(wider.template):
                return wider, 5
        if lines > 1:
            phases = measure_phases(bands, pitch) or phases
        return phases, 1
    return None


def count_lines(template: Template, period_px: float) -> int:
    """Count the equally spaced lines of one period."""
    best = 1
    full = template.course(np.linspace(0, 1, 256, endpoint=False))
    least = 0.06 * float(np.ptp(full))
    for count in range(2, 13):
        if period_px / count < SHORTEST_PX:
            break
        lines = np.max(
            [template.course((np.arange(count) + d) / count) for d in (-0.1, 0.0, 0.1)], axis=0
        )
        gaps = template.course((np.arange(count) + 0.5) / count)
        if np.all(lines - gaps > least) and np.all(lines - np.roll(gaps, 1) > least):
            best = count
    return best


def _one_is_heavier(template: Template) -> bool:
    """Tell whether one of five lines is clearly darker than the other four."""
    lines = template.course(np.arange(5) / 5)
    gaps = template.course((np.arange(5) + 0.5) / 5)
    others = lines[1:]
    contrast = float(np.median(lines) - np.median(gaps))
    return bool(lines[0] - others.max() > max(0.1 * contrast, 2.0 * np.ptp(others)))


def _pitch_mm(pitch_px: float, lines: int, side_px: float) -> float:
    """Tell whether neighboring lines are 1 or 5 mm apart."""
    if lines == 5:
        return 1.0
    unlikely = {}
    for pitch_mm in (1.0, 5.0):
        scale = pitch_px / pitch_mm
        out = max(0.0, np.log(3.0 / scale), np.log(scale / 24.0))
        unlikely[pitch_mm] = 8 * out + abs(np.log(side_px / scale / USUAL_WIDTH_MM))
    return min(unlikely, key=lambda mm: unlikely[mm])


def _fit(
    family: Family, pitch_mm: float, size_px: tuple[float, float]
) -> tuple[Surface, float, float]:
    """Fit millimeters over the page; with the share of tiles that agree and their rms, mm."""
    period_mm = pitch_mm * family.lines
    values = family.phases.count * period_mm
    trust = np.clip(family.phases.match, 0.0, 1.0) ** 2
    fit: PlaneFit = fit_plane(family.points, values, trust)
    surface = Surface(fit.plane, None, size_px)
    residual = values - surface(family.points)
    residual -= np.round(residual / period_mm) * period_mm
    knots, before, after = fit_warp(family.points, residual, trust, size_px)
    if before**2 - after**2 > WARP_MM**2:
        surface = Surface(fit.plane, knots, size_px)
        left = values - surface(family.points)
        residual = left - np.round(left / period_mm) * period_mm
    near = np.abs(residual) < INLIER_PERIODS * period_mm
    share = float((trust * near).sum() / len(trust))
    rms = float(np.sqrt((trust * near * residual**2).sum() / max(1e-9, (trust * near).sum())))
    return surface, share, rms
