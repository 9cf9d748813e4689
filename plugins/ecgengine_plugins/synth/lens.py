"""The geometry of a photograph: where each of its pixels sees the sheet."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ecgengine.geometry.paper_map import PaperMap
from ecgengine_plugins.synth.picture import Relief

STEP_PX = 16
_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a camera stands and how it looks at the sheet's plane.

    Attributes:
        axes: (3, 3) rows are the camera's right, down and forward in (x, y, up) of the sheet's
            plane, x and y being paper millimeters.
        eye_mm: (3,) where the lens is.
        focal_px: focal length in pixels.
        center_px: where the optical axis meets the picture.
        radial: first two coefficients of radial distortion at half the picture's width.
        reach_px: half the picture's width.
    """

    axes: NDArray[np.float64]
    eye_mm: NDArray[np.float64]
    focal_px: float
    center_px: tuple[float, float]
    radial: tuple[float, float]
    reach_px: float

    def rays(self, points_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give (..., 3) directions (x, y, up) in which (..., 2) pixels look.

        The radial model runs from the picture to the ray, so that nothing is inverted (Brown,
        "Close-range camera calibration", 1971, in Fitzgibbon's direction, 2001).
        """
        offset = points_px - np.array(self.center_px)
        square = np.sum((offset / self.reach_px) ** 2, axis=-1, keepdims=True)
        straight = offset * (1 + square * (self.radial[0] + square * self.radial[1]))
        ahead = np.full((*straight.shape[:-1], 1), self.focal_px)
        return np.concatenate([straight, ahead], axis=-1) @ self.axes


def aim(
    random: Generator,
    sheet_mm: tuple[float, float],
    size_px: tuple[int, int],
    *,
    tilt_deg: float | None = None,
    turn_deg: float | None = None,
    fill: float | None = None,
) -> Pose:
    """Hold a camera over a sheet at random.

    Args:
        random: the only source of randomness.
        sheet_mm: width and height of the sheet.
        size_px: width and height of the picture.
        tilt_deg: how far the camera looks from straight down; by default mostly below 20.
        turn_deg: how far the sheet is turned in the picture; by default mostly below 8.
        fill: how much of the picture's sides the sheet takes, mostly of the side that it fills
            more; by default 0.84 to 1.04.
    """
    width, height = size_px
    if tilt_deg is None:
        tilt_deg = min(abs(random.normal(0, 10)), 24.0)
    if turn_deg is None:
        turn_deg = float(np.clip(random.standard_t(3) * 3, -15, 15))
    if fill is None:
        fill = random.uniform(0.84, 1.04)
    toward, tilt, turn = random.uniform(0, 2 * np.pi), np.radians(tilt_deg), np.radians(turn_deg)
    across = np.array([np.cos(toward), np.sin(toward), 0.0])
    # Looking straight down, the picture's right is the sheet's right and its down the sheet's down.
    right, down = np.array([1.0, 0, 0]), np.array([0, 1.0, 0])
    flat = np.stack([right, down, np.array([0, 0, -1.0])])
    spin = np.array(
        [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1.0]]
    )
    axes = spin @ flat @ _turned(across, tilt).T
    focal = width / 2 / np.tan(np.radians(random.uniform(28, 36)))
    center_px = ((width - 1) / 2, (height - 1) / 2)
    radial = (random.normal(0, 0.012), random.normal(0, 0.004))
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * np.array(sheet_mm)
    target = np.array([*(corners.mean(axis=0) + random.normal(0, 0.015, 2) * sheet_mm), 0.0])
    away = focal * max(sheet_mm[0] / width, sheet_mm[1] / height)
    for _ in range(3):
        # Distance changes the size in the picture nearly by its inverse.
        seen = (np.c_[corners, np.zeros(4)] - (target - away * axes[2])) @ axes.T
        seen = seen[:, :2] / seen[:, 2:] * focal
        fuller, emptier = sorted(np.ptp(seen, axis=0) / np.array(size_px), reverse=True)
        away *= float(0.7 * fuller + 0.3 * emptier) / fill
    return Pose(axes, target - away * axes[2], focal, center_px, radial, width / 2)


def see_sheet(
    pose: Pose, size_px: tuple[int, int], relief: Relief | None, sheet_mm: tuple[float, float]
) -> PaperMap:
    """Find the millimeters of the flat sheet that each pixel sees.

    Rays are cast at the nodes and meet the bent sheet by fixed-point iteration. Beside the sheet,
    the surface goes on at the height of the nearest edge.

    Args:
        pose: the camera.
        size_px: width and height of the picture.
        relief: the shape of the sheet; None when it lies flat.
        sheet_mm: width and height of the sheet.
    """
    x = np.arange(-(-(size_px[0] - 1) // STEP_PX) + 1) * float(STEP_PX)
    y = np.arange(-(-(size_px[1] - 1) // STEP_PX) + 1) * float(STEP_PX)
    rays = pose.rays(np.stack(np.meshgrid(x, y), axis=-1))
    per_up = rays[..., :2] / rays[..., 2:]
    paper = pose.eye_mm[:2] - per_up * pose.eye_mm[2]
    if relief is not None:
        body = np.dstack([relief.lift_mm, relief.shift_mm])
        table = paper
        for _ in range(_ROUNDS):
            read = read_sheet(body, relief.step_mm, paper, sheet_mm).astype(np.float64)
            paper = table + per_up * read[..., :1] - read[..., 1:]
    return PaperMap(paper, float(STEP_PX))


def read_sheet(
    values: NDArray[np.float32],
    step_mm: float,
    points_mm: NDArray[np.floating],
    sheet_mm: tuple[float, float],
) -> NDArray[np.float32]:
    """Read a lattice over the sheet at (..., 2) points; beside the sheet, at the nearest edge."""
    places = (np.clip(points_mm, 0, np.array(sheet_mm)) / step_mm).astype(np.float32)
    read = cv2.remap(
        values, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(read, dtype=np.float32)


def rest(random: Generator, sheet_mm: tuple[float, float], *, step_mm: float = 1.5) -> Relief:
    """Shape a sheet that was rolled or folded once and now lies on a table.

    Each crease and each curl bends the sheet along one direction only, as paper does; a slope
    takes half its square of length from the sheet (to second order).
    """
    columns, rows = (int(np.ceil(side / step_mm)) + 1 for side in sheet_mm)
    x, y = np.meshgrid(np.arange(columns) * step_mm, np.arange(rows) * step_mm)
    middle = np.array(sheet_mm) / 2
    reach = float(np.hypot(*middle))
    along = np.arange(-reach, reach + step_mm, step_mm)
    lift = np.zeros((rows, columns))
    shift = np.zeros((rows, columns, 2))
    for bend in (_curl, _creases):
        for direction in _directions(random, bend is _creases):
            slope = bend(random, along, reach)
            height = np.cumsum(slope) * step_mm
            pulled = -np.cumsum(slope**2) * (step_mm / 2)
            place = (x - middle[0]) * direction[0] + (y - middle[1]) * direction[1]
            lift += np.interp(place, along, height)
            shift += np.interp(place, along, pulled - pulled.mean())[..., None] * direction
    lift -= lift.min()
    return Relief(lift.astype(np.float32), shift.astype(np.float32), step_mm)


def _directions(random: Generator, folded: bool) -> list[NDArray[np.float64]]:
    """Choose along which directions a sheet is bent: folds come mostly along its sides."""
    side = np.pi / 2 * int(random.integers(2))
    angles: list[float] = []
    if not folded:
        angles = [side + random.normal(0, 0.3)]
    else:
        angles = [side + random.normal(0, 0.06), side + np.pi / 2 + random.normal(0, 0.06)]
        angles = angles[: random.choice(3, p=[0.3, 0.35, 0.35])]
        if random.random() < 0.35:
            angles.append(random.uniform(0, np.pi))
    return [np.array([np.cos(angle), np.sin(angle)]) for angle in angles]


def _curl(random: Generator, along: NDArray[np.float64], reach: float) -> NDArray[np.float64]:
    """Give slopes of a sheet that stays bent from a roll and waves a little."""
    bow = random.normal(0, 0.05) * along / reach
    phase, waves = random.uniform(0, 2 * np.pi), random.uniform(1, 2.5)
    return bow + random.uniform(0, 0.03) * np.sin(phase + waves * np.pi * along / reach)


def _creases(random: Generator, along: NDArray[np.float64], reach: float) -> NDArray[np.float64]:
    """Give slopes of a sheet folded one to three times; each panel stays nearly even."""
    slope = np.zeros_like(along)
    for place in random.uniform(-0.6, 0.6, random.integers(1, 4)) * reach:
        turned = random.normal(0, 0.16)
        slope += turned * (1 / (1 + np.exp(-np.clip((along - place) / 0.7, -40, 40))) - 0.5)
        # The paper springs back toward the table within some centimeters of the crease.
        slope -= turned * np.clip((along - place) / 150, -0.5, 0.5) * random.uniform(0.3, 1)
    return slope


def _turned(axis: NDArray[np.float64], angle: float) -> NDArray[np.float64]:
    """Give the rotation about a unit vector (Rodrigues)."""
    cross = np.cross(np.eye(3), axis)
    along = np.outer(axis, axis)
    turned: NDArray[np.float64] = (
        along + np.cos(angle) * (np.eye(3) - along) - np.sin(angle) * cross
    )
    return turned
