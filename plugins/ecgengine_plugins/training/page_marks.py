"""Draw what sheets show besides traces: bars between leads, pulses before them, dark grid lines.

Many carts print such bars and pulses, and so does ECG-Image-Kit; gray scans break dark lines.
"""

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
_PULSE_WIDTHS_MM, _PULSE_HEIGHTS_MM = (5.0, 5.0, 2.5, 10.0), (10.0, 10.0, 10.0, 5.0, 20.0)
_PENS_MM, _FEET_MM = (0.2, 0.6), (0.0, 0.0, 0.5, 1.5)
_ROOM_MM = 1.0
_RULED_MM, _RULES_MM = (5.0, 5.0, 10.0, 25.0), (0.1, 0.3)
_RULED_SHARES, _BREAKS_MM = (0.1, 0.6), 3.0
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


def draw_rules(sheet: MarkedSheet, random: np.random.Generator) -> MarkedSheet:
    """Draw some dark lines of a grid, whole or broken, which are nothing to be found."""
    apart, wide = float(random.choice(_RULED_MM)), random.uniform(*_RULES_MM)
    share = random.uniform(*_RULED_SHARES)
    broken = random.uniform(-1.5, 1.0)
    shape = (sheet.image.shape[0], sheet.image.shape[1])
    cover = np.zeros(shape, np.float32)
    for layer, (length, width) in ((cover, shape), (cover.T, shape[::-1])):
        middles = (np.arange(length) + 0.5) / PX_PER_MM
        for line in np.arange(random.uniform(0, apart), length / PX_PER_MM, apart):
            if random.random() > share:
                continue
            across = np.clip((wide / 2 - np.abs(middles - line)) * PX_PER_MM + 0.5, 0, 1)
            noise = random.normal(size=round(width / PX_PER_MM / _BREAKS_MM) + 2)
            along = np.interp(np.linspace(0, noise.size - 1, width), np.arange(noise.size), noise)
            along = np.clip(along + 0.5 * random.normal(size=width) - broken, 0, 1)
            np.maximum(layer, np.outer(across, along).astype(np.float32), out=layer)
    return _inked(sheet, cover, random)


def _with_lines(
    sheet: MarkedSheet,
    kind: Kind,
    curves: Sequence[Points],
    pen_mm: float,
    random: np.random.Generator,
) -> MarkedSheet:
    """Draw lines with a pen."""
    if not curves:
        return sheet
    layer = np.zeros(sheet.image.shape[:2], np.uint8)
    for curve in curves:
        for begin, end in pairwise(curve):
            along = (end - begin) / max(float(np.linalg.norm(end - begin)), 1e-6) * (pen_mm / 2)
            across = along[::-1] * np.array([1, -1])
            first, last = (begin, end) if kind == "separator" else (begin - along, end + along)
            corners = np.array([first - across, first + across, last + across, last - across])
            # OpenCV counts pixels from their middles.
            pixels = np.rint((corners * PX_PER_MM - 0.5) * 2**_SHIFT_BITS).astype(np.int32)
            cv2.fillPoly(layer, [pixels], 255, cv2.LINE_AA, _SHIFT_BITS)
    nowhere = np.full((2, 2), np.nan, np.float32)
    lines = [Line(kind, curve.astype(np.float32), nowhere) for curve in curves]
    inked = _inked(sheet, np.float32(1 / 255) * layer, random)
    return replace(inked, lines=(*sheet.lines, *lines))


def _inked(
    sheet: MarkedSheet, cover: NDArray[np.float32], random: np.random.Generator
) -> MarkedSheet:
    """Cover a sheet with ink as dark as its darkest, or less."""
    gray = sheet.image.mean(axis=2)
    ink = np.median(sheet.image[gray <= np.percentile(gray, _DARK_PERCENT)], axis=0)
    share = cover[..., None] * random.uniform(*_COVERS)
    image = sheet.image * (1 - share) + np.minimum(ink, sheet.image) * share
    return replace(sheet, image=image.astype(np.uint8))


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
