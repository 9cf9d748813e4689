"""Draw bars between leads and pulses before them, such as many carts and ECG-Image-Kit print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.networks.page.window import PX_PER_MM
from ecgengine_plugins.training.page_sheets import Kind, Line, MarkedSheet

_BAR_WIDTHS_MM, _BAR_HEIGHTS_MM = (0.25, 1.3), (2.5, 9.0)
_OFF_MM, _BESIDE_MM = 0.3, 1.0
_PULSE_WIDTHS_MM, _PULSE_HEIGHTS_MM = (5.0, 5.0, 2.5, 10.0, 3.0), (10.0, 10.0, 10.0, 5.0, 20.0)
_PENS_MM, _FEET_MM = (0.2, 0.6), (0.0, 0.0, 0.5, 1.5)
_ROOM_MM = 1.0
_DARK_PERCENT = 0.5
_COVERS = (0.6, 1.0)
_SHIFT_BITS = 4

Points = NDArray[np.float64]


def draw_bars(sheet: MarkedSheet, random: np.random.Generator) -> MarkedSheet:
    """Draw a bar wherever one strip begins as another ends and nothing parts them yet.

    All bars of a sheet are alike.
    """
    parted = _places(sheet, "separator")
    half = random.uniform(*_BAR_HEIGHTS_MM) / 2
    off = random.uniform(-_OFF_MM, _OFF_MM)
    bars = [
        np.array([[x + off, y - half], [x + off, y + half]])
        for x, y, joins in _starts(sheet)
        if joins and not (np.abs(parted[:, 0] - x) < _BESIDE_MM).any()
    ]
    return _with_lines(sheet, "separator", bars, random.uniform(*_BAR_WIDTHS_MM), random)


def draw_pulses(sheet: MarkedSheet, random: np.random.Generator) -> MarkedSheet:
    """Draw a pulse before each row of a sheet without pulses, where there is room for it.

    All pulses of a sheet are alike; the trace begins where they end.
    """
    if len(_places(sheet, "pulse")):
        return sheet
    wide, high, foot = (
        float(random.choice(sizes)) for sizes in (_PULSE_WIDTHS_MM, _PULSE_HEIGHTS_MM, _FEET_MM)
    )
    left_mm, right_mm = -foot - wide, -foot
    legs = ((left_mm, 0), (left_mm, -high), (right_mm, -high), (right_mm, 0))
    shape = np.array([(left_mm - foot, 0), *legs, (0, 0)])
    taken = sheet.words[:, 1:]
    pulses = []
    for x, y, joins in _starts(sheet):
        curve = shape + np.array([x, y])
        (left, top), (right, bottom) = curve.min(axis=0) - _ROOM_MM, curve.max(axis=0)
        written = (taken[:, 0] < right) & (taken[:, 2] > left)
        written &= (taken[:, 1] < bottom) & (taken[:, 3] > top)
        if not (joins or left < 0 or top < 0 or written.any()):
            pulses.append(curve)
    return _with_lines(sheet, "pulse", pulses, random.uniform(*_PENS_MM), random)


def _with_lines(
    sheet: MarkedSheet,
    kind: Kind,
    curves: Sequence[Points],
    pen_mm: float,
    random: np.random.Generator,
) -> MarkedSheet:
    """Draw lines as dark as the darkest ink of a sheet, or less."""
    if not curves:
        return sheet
    gray = sheet.image.mean(axis=2)
    ink = np.median(sheet.image[gray <= np.percentile(gray, _DARK_PERCENT)], axis=0)
    layer = np.zeros(gray.shape, np.uint8)
    for curve in curves:
        for begin, end in pairwise(curve):
            along = (end - begin) / max(float(np.linalg.norm(end - begin)), 1e-6) * (pen_mm / 2)
            across = along[::-1] * np.array([1, -1])
            first, last = (begin, end) if kind == "separator" else (begin - along, end + along)
            corners = np.array([first - across, first + across, last + across, last - across])
            # OpenCV counts pixels from their middles.
            pixels = np.rint((corners * PX_PER_MM - 0.5) * 2**_SHIFT_BITS).astype(np.int32)
            cv2.fillPoly(layer, [pixels], 255, cv2.LINE_AA, _SHIFT_BITS)
    cover = layer[..., None] / 255 * random.uniform(*_COVERS)
    image = sheet.image * (1 - cover) + np.minimum(ink, sheet.image) * cover
    nowhere = np.full((2, 2), np.nan, np.float32)
    lines = [Line(kind, curve.astype(np.float32), nowhere) for curve in curves]
    return replace(sheet, image=image.astype(np.uint8), lines=(*sheet.lines, *lines))


def _places(sheet: MarkedSheet, kind: Kind) -> Points:
    """Give (N, 2) the first points of the lines of a kind."""
    firsts = [line.points_mm[0] for line in sheet.lines if line.kind == kind]
    return np.array(firsts, np.float64).reshape(-1, 2)


def _starts(sheet: MarkedSheet) -> list[tuple[float, float, bool]]:
    """Give where strips begin, by x and their zero line's y, and whether another ends there."""
    strips = [line for line in sheet.lines if line.kind == "strip"]
    found = []
    for strip in strips:
        x = float(strip.points_mm[0, 0])
        y = _zero_at(strip, x)
        joins = any(
            abs(float(other.points_mm[-1, 0]) - x) < _BESIDE_MM
            and abs(_zero_at(other, x) - y) < _BESIDE_MM
            for other in strips
        )
        found.append((x, y, joins))
    return found


def _zero_at(strip: Line, x_mm: float) -> float:
    (x0, y0), (x1, y1) = strip.zero_mm.astype(np.float64)
    return float(y0 + (x_mm - x0) * (y1 - y0) / (x1 - x0))
