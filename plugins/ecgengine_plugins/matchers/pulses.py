"""Measure the calibration pulses beside the rows of leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.look import CELL_MM, Look
from ecgengine_plugins.paper.boxes import component_boxes
from ecgengine_plugins.paper.ink import CORE, Ink

_SURE = 0.3
_BREAK_CELLS = 3
_LOWEST_MM, _NARROWEST_MM = 3.5, 1.4
_AROUND_MM = 1.0
_FOOT_MM = 3.0
_LEG_FROM, _LEG_TO = 0.3, 0.7
_CUT_PX = 2


@dataclass(frozen=True, slots=True)
class Pulse:
    """A calibration pulse in sheet pixels, by the middle of its pen.

    Attributes:
        row: index of its row of leads.
        left_px: x of the rising leg, or the sheet's edge when that is cut off.
        right_px: x of the falling leg.
        top_px: y of the bar.
        foot_px: y of the feet.
        whole: both legs are on the sheet.
    """

    row: int
    left_px: float
    right_px: float
    top_px: float
    foot_px: float
    whole: bool


def find_pulses(ink: Ink, look: Look, baselines: Sequence[float]) -> list[Pulse]:
    """Give the pulses that the look shows, measured by their ink; at most one a row."""
    close = np.ones((2 * _BREAK_CELLS + 1, 2 * _BREAK_CELLS + 1), np.uint8)
    seen = cv2.morphologyEx((look.pulses > _SURE).astype(np.uint8), cv2.MORPH_CLOSE, close)
    best: dict[int, Pulse] = {}
    for x, y, across, down in component_boxes(np.asarray(seen, np.uint8)):
        box_mm = np.array([x, y, x + across, y + down]) * CELL_MM
        if across * CELL_MM < _NARROWEST_MM or down * CELL_MM < _LOWEST_MM:
            continue
        away = [abs(box_mm[3] - zero / ink.y_mm) for zero in baselines]
        row = int(np.argmin(away))
        if away[row] > _FOOT_MM:
            continue
        pulse = _measure(ink, box_mm, row)
        if pulse is not None and (row not in best or pulse.left_px < best[row].left_px):
            best[row] = pulse
    return list(best.values())


def _measure(ink: Ink, box_mm: NDArray[np.float64], row: int) -> Pulse | None:
    """Measure bar and legs from the gray edges of the ink in a box."""
    around = _AROUND_MM * np.array([ink.x_mm, ink.y_mm])
    x0, y0 = np.maximum(np.rint(box_mm[:2] * (ink.x_mm, ink.y_mm) - around), 0).astype(int)
    x1, y1 = np.rint(box_mm[2:] * (ink.x_mm, ink.y_mm) + around).astype(int)
    window = ink.everything[y0:y1, x0:x1]
    height, width = window.shape
    if min(height, width) < 4:
        return None
    legs = window[round(_LEG_FROM * height) : round(_LEG_TO * height)].sum(axis=0)
    half = width // 2
    left, right = _middle(legs[:half], 0), _middle(legs[half:], half)
    if left is None and x0 <= _CUT_PX:
        left = 0.0
    if left is None or right is None:
        return None
    inner = window[: height // 2, round(left) + 2 : max(round(right) - 1, round(left) + 3)]
    top = _middle(inner.sum(axis=1), 0)
    if top is None:
        return None
    whole = x0 > _CUT_PX or left > _CUT_PX
    leg = window[:, round(left if whole else right)]
    foot = _lower_end(leg, round(_LEG_TO * height)) - 0.5 * ink.pen_px
    return Pulse(row, x0 + left, x0 + right, y0 + top, y0 + foot, whole)


def _middle(mass: NDArray[np.float32], first: int) -> float | None:
    """Give the middle of the heaviest stretch of ink, None where there is hardly any."""
    heaviest = int(mass.argmax()) if mass.size else 0
    if not mass.size or mass[heaviest] < CORE:
        return None
    low = mass < CORE * mass[heaviest]
    start = heaviest - int(np.argmax(low[heaviest::-1])) if low[: heaviest + 1].any() else -1
    stop = heaviest + int(np.argmax(low[heaviest:])) if low[heaviest:].any() else mass.size
    part = np.arange(start + 1, stop)
    return first + float((mass[part] * part).sum() / mass[part].sum())


def _lower_end(column: NDArray[np.float32], start: int) -> float:
    """Give the sub-pixel lower edge of the ink that runs down a column through row `start`."""
    bare = np.flatnonzero(column[start:] <= CORE)
    y = start + int(bare[0]) if bare.size else column.size
    # The pen may cover the last row in part, and less than the core of the next.
    return y - 1.5 + float(column[y - 1 : y + 1].sum())
