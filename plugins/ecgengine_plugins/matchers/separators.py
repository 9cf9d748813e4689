"""Find the short upright bars that some carts print between leads."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ecgengine_plugins.paper.boxes import component_boxes
from ecgengine_plugins.paper.ink import CORE, Ink

_SHORTEST_MM = 2.0
_THICKEST_MM = 1.3
_AROUND_MM = 6.0
_ALIGNED_MM = 0.7


def find_separators(ink: Ink, baselines: Sequence[float]) -> list[float]:
    """Give the x of every column of upright bars that stands at two or more rows."""
    around = round(_AROUND_MM * ink.y_mm)
    least = max(4, round(_SHORTEST_MM * ink.y_mm))
    kernel = np.ones((least, 1), np.uint8)
    found: list[tuple[float, int]] = []
    for row, zero in enumerate(baselines):
        first = max(round(zero) - around, 0)
        band = ink.marks[first : round(zero) + around + 1]
        bars = cv2.morphologyEx((band > CORE).astype(np.uint8), cv2.MORPH_OPEN, kernel)
        for x, y, across, down in component_boxes(np.asarray(bars, dtype=np.uint8)):
            if across > _THICKEST_MM * ink.x_mm:
                continue
            left = max(int(x) - 2, 0)
            mass = band[y : y + down, left : x + across + 2].sum(axis=0)
            found.append((float((mass * (np.arange(mass.size) + left)).sum() / mass.sum()), row))
    return _columns(found, _ALIGNED_MM * ink.x_mm)


def _columns(found: list[tuple[float, int]], tolerance: float) -> list[float]:
    """Group bars by x and keep groups that span rows."""
    columns, rest = [], sorted(found)
    while rest:
        group = [bar for bar in rest if bar[0] - rest[0][0] < tolerance]
        rest = rest[len(group) :]
        if len({row for _, row in group}) > 1:
            columns.append(float(np.median([x for x, _ in group])))
    return columns
