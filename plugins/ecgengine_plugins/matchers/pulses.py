"""Measure the calibration pulses beside the rows of leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.look import CELL_MM, Look
from ecgengine_plugins.paper.ink import CORE, Ink
from ecgengine_plugins.paper.peaks import heaviest_middle
from ecgengine_plugins.paper.runs import runs

_SURE = 0.3
_LEG_MM = 1.5
_LOWEST_MM, _TALLEST_MM, _NARROWEST_MM, _WIDEST_MM = 2.0, 27.0, 1.4, 14.0
_DEEP_MM = 2.0
_AROUND_MM = 0.8
_LEG_FROM, _LEG_TO = 0.3, 0.7
_BAR_SHARE, _LEG_SHARE = 0.75, 0.6
_CUT_PX = 2
_ALIGNED_MM = 2.0


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
    """Give the pulses whose legs the look shows and whose ink has a level bar between them.

    At most one a row, all above each other; where the sheet's edge cuts them off, their right part.
    """
    legs = np.asarray(look.pulses > _SURE)
    found = []
    for row, zero in enumerate(baselines):
        top_mm, bottom_mm = zero / ink.y_mm - _TALLEST_MM, zero / ink.y_mm + _DEEP_MM
        first = max(round(top_mm / CELL_MM), 0)
        own = legs[first : max(round(bottom_mm / CELL_MM), 0)].sum(axis=0) * CELL_MM >= _LEG_MM
        middles = [(run.start + run.stop) / 2 * CELL_MM * ink.x_mm for run in runs(own)]
        edge = [0.0] if middles and middles[0] < _WIDEST_MM * ink.x_mm else []
        for left, right in combinations([*edge, *middles], 2):
            if _NARROWEST_MM * ink.x_mm < right - left < _WIDEST_MM * ink.x_mm:
                found.append(_measure(ink, left, right, row, zero))
    near = _ALIGNED_MM * ink.x_mm
    pulses = [pulse for pulse in found if pulse is not None]
    columns = [
        {
            p.row: p
            for p in pulses
            if abs(p.left_px - q.left_px) + abs(p.right_px - q.right_px) < near
        }
        for q in pulses
    ]
    return list(max(columns, key=len, default={}).values())


def _measure(ink: Ink, left: float, right: float, row: int, zero: float) -> Pulse | None:
    """Measure bar and legs from the gray edges of the ink; None where no bar joins the legs.

    The lowest bar whose legs run down to the zero line: rows above may have pulses as well.
    """
    around, pen = round(_AROUND_MM * ink.x_mm), max(round(ink.pen_px), 1)
    first, stop = max(round(left) - around, 0), round(right) + around + 1
    y0 = max(round(zero - _TALLEST_MM * ink.y_mm), 0)
    window = ink.everything[y0 : round(zero + _DEEP_MM * ink.y_mm) + 1, first:stop]
    highest = round(zero - y0 - _LOWEST_MM * ink.y_mm)
    inner = window[: max(highest, 0), round(left) - first + pen + 1 : round(right) - first - pen]
    if not inner.size:
        return None
    whole = left > _CUT_PX
    for bar in reversed(runs((inner > CORE).mean(axis=1) > _BAR_SHARE)):
        near = slice(max(bar.start - pen, 0), bar.stop + pen)
        top = near.start + heaviest_middle(inner[near].sum(axis=1))
        height = zero - y0 - top
        mass = window[round(top + _LEG_FROM * height) : round(top + _LEG_TO * height)].sum(axis=0)
        x0 = first + heaviest_middle(mass[: 2 * around]) if whole else 0.0
        x1 = stop - 2 * around + heaviest_middle(mass[-2 * around :])
        columns = [round(x) - first for x in ((x0, x1) if whole else (x1,))]
        legs = [window[:, max(x - 1, 0) : x + 2].max(axis=1) for x in columns]
        down = slice(round(top), round(zero - y0))
        if any((leg[down] > CORE).mean() < _LEG_SHARE for leg in legs):
            continue
        foot = _lower_end(legs[0], zero - y0)
        if abs(foot - (zero - y0)) < _DEEP_MM * ink.y_mm:
            return Pulse(row, x0, x1, y0 + top, y0 + foot - 0.5 * ink.pen_px, whole)
    return None


def _lower_end(leg: NDArray[np.float32], zero: float) -> float:
    """Give the sub-pixel lower edge, nearest to a zero line, of a leg's ink, which may be broken.

    A leg of the next row may follow below.
    """
    last: int = min((run.stop - 1 for run in runs(leg > CORE)), key=lambda end: abs(end - zero))
    # The pen may cover the last row in part, and less than the core of the next.
    return last - 0.5 + float(leg[last : last + 2].sum())
