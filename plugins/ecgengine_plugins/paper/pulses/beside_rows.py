"""Find calibration pulses beside the rows of leads, and measure them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.paper.boxes import component_boxes
from ecgengine_plugins.paper.ink import Ink
from ecgengine_plugins.paper.scales import PULSE_WIDTHS_MM

_FAINT = 0.25
_ZONE_SHARE = 0.22
_TALLEST_MM = 27.0
_LOWEST_MM = 3.5
_NARROWEST_MM, _WIDEST_MM = 1.4, 14.0
_SLANT_MM = 0.8
_LEG_SHARE = 0.6
_INSIDE_SHARE = 0.2
_DEEP_MM = 3.0
_WIDTH_TOLERANCE = 0.12


@dataclass(frozen=True, slots=True)
class Pulse:
    """A calibration pulse in sheet pixels, by the middle of its pen.

    Attributes:
        row: index of its row of leads.
        left_px: x of the rising leg, or the sheet's edge when that is cut off.
        right_px: x of the falling leg.
        top_px: y of the bar.
        foot_px: y of the feet: the row's zero line.
        whole: both legs are on the sheet.
    """

    row: int
    left_px: float
    right_px: float
    top_px: float
    foot_px: float
    whole: bool


def find_pulses(ink: Ink, baselines: Sequence[float]) -> list[Pulse]:
    """Give at most one pulse a row, all of them on the same side of the rows.

    What stands at few of the rows must be as wide as pulses are, 0.2 s at a usual speed, for waves
    and stains look like pulses, too.
    """
    everything = ink.everything
    width = everything.shape[1]
    zone = round(_ZONE_SHARE * width)
    spacing = float(np.diff(baselines).min()) if len(baselines) > 1 else _TALLEST_MM * ink.y_mm
    best: list[Pulse] = []
    for first in (0, width - zone):
        found = []
        for row, zero in enumerate(baselines):
            top = max(round(zero - min(_TALLEST_MM * ink.y_mm, 1.3 * spacing)), 0)
            window = everything[top : round(zero + _DEEP_MM * ink.y_mm) + 1, first : first + zone]
            pulse = _in_window(window, zero - top, row, ink, cut=first == 0)
            if pulse is not None:
                found.append(_moved(pulse, first, top))
        aligned = _aligned(found, 4 * ink.x_mm)
        if len(aligned) > len(best):
            best = aligned
    few = 2 * len(best) < len(baselines)
    return [pulse for pulse in best if _is_usual(pulse, ink)] if few else best


def _is_usual(pulse: Pulse, ink: Ink) -> bool:
    """Tell whether a pulse is as wide as usual, and as high as any gain makes it."""
    width_mm = (pulse.right_px - pulse.left_px) / ink.x_mm
    wide = not pulse.whole or any(
        abs(width_mm - usual) < _WIDTH_TOLERANCE * usual for usual in PULSE_WIDTHS_MM
    )
    return wide and pulse.foot_px - pulse.top_px > _LOWEST_MM * ink.y_mm


def _moved(pulse: Pulse, x: int, y: int) -> Pulse:
    return Pulse(
        pulse.row,
        pulse.left_px + x,
        pulse.right_px + x,
        pulse.top_px + y,
        pulse.foot_px + y,
        pulse.whole,
    )


def _aligned(pulses: list[Pulse], tolerance: float) -> list[Pulse]:
    """Keep the pulses that stand above each other."""
    if not pulses:
        return []
    groups = [[p for p in pulses if abs(p.right_px - q.right_px) < tolerance] for q in pulses]
    return max(groups, key=len)


def _in_window(
    window: NDArray[np.float32], zero: float, row: int, ink: Ink, *, cut: bool
) -> Pulse | None:
    """Find the pulse of one row: a level bar above the zero line with legs down to it."""
    core = (window > _FAINT).astype(np.uint8)
    least = max(4, round(_NARROWEST_MM * ink.x_mm))
    bars = cv2.morphologyEx(core, cv2.MORPH_OPEN, np.ones((1, least), np.uint8))
    lowest = round(zero - _LOWEST_MM * ink.y_mm)
    if lowest < 2:
        return None
    best, best_score = None, 0.0
    for box in component_boxes(np.asarray(bars[:lowest], dtype=np.uint8)):
        x, y, across, down = (int(side) for side in box)
        if across > _WIDEST_MM * ink.x_mm or down > 2 * ink.pen_px + 3:
            continue
        pulse_score = _score(core, x, y, across, down, zero, ink, cut=cut)
        if pulse_score > best_score:
            best, best_score = (x, y, across, down), pulse_score
    return None if best is None else _measure(window, best, zero, row, ink, cut=cut)


def _score(
    core: NDArray[np.uint8],
    x: int,
    y: int,
    across: int,
    down: int,
    zero: float,
    ink: Ink,
    *,
    cut: bool,
) -> float:
    """Tell how well legs and the empty inside fit a bar: 0 for no pulse, up to 2."""
    slant = max(2, round(_SLANT_MM * ink.x_mm))
    bottom = round(zero - ink.pen_px)
    body = slice(y + down, bottom)
    pen = max(1, round(ink.pen_px))
    if bottom - y - down < 3 or across <= 2 * (slant + pen):
        return 0.0
    right = core[body, max(x + across - slant, 0) : x + across + slant].any(axis=1).mean()
    left = core[body, max(x - slant, 0) : x + slant].any(axis=1).mean()
    if cut and x <= 2:
        left = right
    inside = core[body, x + slant + pen : x + across - slant - pen]
    above = core[max(y - 4 * pen, 0) : max(y - pen, 0), x : x + across]
    if min(left, right) < _LEG_SHARE or inside.mean() > _INSIDE_SHARE:
        return 0.0
    if above.size and above.mean() > _INSIDE_SHARE:
        return 0.0
    return float(left + right)


def _measure(
    window: NDArray[np.float32],
    box: tuple[int, int, int, int],
    zero: float,
    row: int,
    ink: Ink,
    *,
    cut: bool,
) -> Pulse:
    """Measure bar, legs and feet from gray edges."""
    x, y, across, down = box
    whole = not (cut and x <= 2)
    middle = window[max(y - 2, 0) : y + down + 2, x + across // 4 : x + across - across // 4]
    thickness = float(np.median(middle.sum(axis=0)))
    rows = np.arange(middle.shape[0]) + max(y - 2, 0)
    top = float((middle.sum(axis=1) * rows).sum() / max(float(middle.sum()), 1e-6))
    low = slice(round(y + 0.35 * (zero - y)), max(round(y + 0.75 * (zero - y)), y + 3))
    right = _leg(window, low, x + across - 1, ink)
    left = _leg(window, low, x, ink) if whole else float(x)
    leg = left if whole else right
    column = np.clip(round(leg), 0, window.shape[1] - 1)
    foot = _lower_end(window[:, column], round(zero - 2 * ink.pen_px))
    return Pulse(row, left, right, top, foot - 0.5 * thickness, whole)


def _leg(window: NDArray[np.float32], rows: slice, near: int, ink: Ink) -> float:
    """Give the center of mass of a leg's ink."""
    reach = max(2, round(_SLANT_MM * ink.x_mm))
    first = max(near - reach, 0)
    mass = window[rows, first : near + reach + 1].sum(axis=0)
    total = float(mass.sum())
    return float((mass * (np.arange(mass.size) + first)).sum() / total) if total > 0 else near


def _lower_end(column: NDArray[np.float32], start: int) -> float:
    """Give the sub-pixel lower edge of the ink that runs down a column through row `start`."""
    y = max(start, 0)
    while y < column.size and column[y] > 0.5:
        y += 1
    rest = float(column[y]) if y < column.size else 0.0
    return y - 0.5 + rest
