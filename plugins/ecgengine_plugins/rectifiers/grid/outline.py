"""Lay a photo of paper without a grid flat by the outline of the sheet."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.sheet import Sheet
from ecgengine.geometry.flattening import resample_sheet
from ecgengine.geometry.page_map import PageMap
from ecgengine_plugins.paper.pulses.without_grid import find_pulses
from ecgengine_plugins.rectifiers.grid import tuning

PAPERS_MM = ((297.0, 210.0), (279.4, 215.9), (300.0, 210.0), (290.0, 148.0))
SEARCH_SIDE_PX = 800
SMOOTH_PX = 9
BORDER_PX = 2
SIDE_ENDS = 0.1
FEWEST_POINTS = 8
NODE_MM = 5.0


def lay_outline_flat(image: NDArray[np.uint8], max_px_per_mm: float) -> Sheet | None:
    """Lay the sheet of paper in an (H, W, 3) picture flat; None where none of a usual size is seen.

    The paper's size follows from its shape, calibration pulses choose among sizes of like shape.
    """
    corners = find_corners(image)
    if corners is None:
        return None
    aspect = _aspect(corners, image.shape[1], image.shape[0])
    sizes = [
        (abs(np.log(aspect * down / across)), across, down)
        for paper in PAPERS_MM
        for across, down in (paper, paper[::-1])
    ]
    sheets = [
        _flat(image, corners, (across, down), max_px_per_mm)
        for away, across, down in sorted(sizes)
        if away < tuning.ASPECT_SLACK
    ]
    return _agreeing(sheets)


def find_corners(image: NDArray[np.uint8]) -> NDArray[np.float64] | None:
    """Find the corners (4, 2) of a bright sheet on something dark, clockwise from the upper left.

    None unless all four of its sides are in the picture.
    """
    height, width = image.shape[:2]
    factor = max(1.0, max(height, width) / SEARCH_SIDE_PX)
    size = round(width / factor), round(height / factor)
    light = cv2.resize(image, size, interpolation=cv2.INTER_AREA).max(axis=2)
    light = cv2.morphologyEx(light, cv2.MORPH_CLOSE, np.ones((SMOOTH_PX, SMOOTH_PX), np.uint8))
    light = cv2.medianBlur(light, SMOOTH_PX)
    bright = cv2.threshold(light, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[1]
    contours = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
    if not contours:
        return None
    contour = max(contours, key=cv2.contourArea)
    hull = np.asarray(cv2.convexHull(contour), dtype=np.int32)
    area = cv2.contourArea(hull)
    if (
        area < tuning.LEAST_SHEET * bright.size
        or cv2.contourArea(contour) < tuning.LEAST_FILL * area
    ):
        return None
    rough = _four_corners(hull)
    if rough is None or cv2.contourArea(rough) < tuning.LEAST_SQUARE * area:
        return None
    corners = _sharpened(contour[:, 0].astype(np.float64), rough.astype(np.float64), size)
    return None if corners is None else (corners + 0.5) * width / size[0] - 0.5


def _four_corners(hull: NDArray[np.int32]) -> NDArray[np.float32] | None:
    """Simplify a convex outline to four corners, clockwise from the upper left."""
    length = cv2.arcLength(hull, True)
    for share in np.linspace(0.01, 0.08, 15):
        simple = cv2.approxPolyDP(hull, share * length, True)[:, 0].astype(np.float32)
        if len(simple) <= 4:
            break
    if len(simple) != 4:
        return None
    away = simple - simple.mean(axis=0)
    simple = simple[np.argsort(np.arctan2(away[:, 1], away[:, 0]))]
    return np.asarray(np.roll(simple, -int(np.argmin(simple.sum(axis=1))), axis=0))


def _sharpened(
    outline: NDArray[np.float64], rough: NDArray[np.float64], size: tuple[int, int]
) -> NDArray[np.float64] | None:
    """Cross lines through the middles of the four sides; None where one is out of the picture."""
    sides = []
    for start, stop in zip(rough, np.roll(rough, -1, axis=0), strict=True):
        along = stop - start
        length = float(np.linalg.norm(along))
        place = (outline - start) @ along / length**2
        off = np.abs((outline - start) @ np.array([-along[1], along[0]]) / length)
        near = (place > SIDE_ENDS) & (place < 1 - SIDE_ENDS) & (off < 0.03 * length)
        points = outline[near]
        edge = (points < BORDER_PX) | (points > np.array(size) - 1 - BORDER_PX)
        if len(points) < FEWEST_POINTS or edge.any(axis=1).mean() > 0.5:
            return None
        vx, vy, x, y = cv2.fitLine(points.astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01).ravel()
        sides.append((-vy, vx, vx * y - vy * x))
    corners = []
    for one, other in zip(np.roll(sides, 1, axis=0), np.asarray(sides), strict=True):
        corners.append(np.linalg.solve([one[:2], other[:2]], [one[2], other[2]]))
    return np.array(corners)


def _aspect(corners: NDArray[np.float64], width: int, height: int) -> float:
    """Width over height of the rectangle seen at four corners, by a phone's usual lens.

    Z. Zhang and L. He, "Whiteboard scanning and image enhancement", 2007, with the focal length
    given, which is what a picture from nearly above does not tell.
    """
    unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    seen = cv2.getPerspectiveTransform(unit, corners.astype(np.float32))
    focal = tuning.FOCAL_SHARE * max(width, height)
    lens = np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1]])
    across, down, _ = (np.linalg.inv(lens) @ seen).T
    return float(np.linalg.norm(across) / np.linalg.norm(down))


def _flat(
    image: NDArray[np.uint8],
    corners: NDArray[np.float64],
    paper_mm: tuple[float, float],
    max_px_per_mm: float,
) -> Sheet:
    """Resample a sheet of known size between its corners."""
    across, down = paper_mm
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    scale = min(float((sides[[0, 2]].max() + sides[[1, 3]].max()) / (across + down)), max_px_per_mm)
    width, height = round(across * scale), round(down * scale)
    edges = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - 0.5
    seen = cv2.getPerspectiveTransform(edges.astype(np.float32), corners.astype(np.float32))
    step = NODE_MM * scale
    x, y = np.meshgrid(*(np.arange(int(side / step) + 2) * step for side in (width, height)))
    nodes = cv2.perspectiveTransform(np.stack([x, y], axis=-1), seen)
    page_map = PageMap(np.asarray(nodes, dtype=np.float64), step, step)
    return Sheet(
        image=resample_sheet(image, page_map, width, height),
        px_per_mm_x=scale,
        px_per_mm_y=scale,
        page_map=page_map,
        scale_source="paper",
        confidence=tuning.OUTLINE_CONFIDENCE,
        notes=(
            f"No grid was seen; the paper's outline was taken for a sheet of {across:g} x "
            f"{down:g} mm.",
        ),
    )


def _agreeing(sheets: list[Sheet]) -> Sheet | None:
    """The sheet whose size agrees best with the height of its calibration pulses, or the first."""
    best, least = None, tuning.PULSE_SLACK
    for sheet in sheets:
        pulses = find_pulses(sheet.image)
        if pulses is None:
            continue
        away = abs(float(np.log(pulses.px_per_mm[1] / sheet.px_per_mm_y)))
        if away < least:
            best, least = sheet, away
    return best or (sheets[0] if sheets else None)
