"""Segmenter `unet`: the pen's coverage, where the page network says that the ink is trace."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.look import CELL_MM
from ecgengine.data.sheet import Sheet
from ecgengine.data.tracemap import TraceMap
from ecgengine_kernels.ink import with_fringe
from ecgengine_plugins.networks.page.reader import PageReader
from ecgengine_plugins.paper.boxes import Box, Components, component_boxes
from ecgengine_plugins.paper.ink import CORE
from ecgengine_plugins.segmenters.ink.coverage import measure_coverage
from ecgengine_plugins.segmenters.ink.rules import take_line

# Probabilities of cells near by from which ink is none of a trace, and surely one; and of rules.
_TRACE, _RULES = (0.03, 0.12), (0.3, 0.5)
# Cells are those of an upright line; its columns are filled with ink; it is no shorter.
_UPRIGHT, _FILLED, _SHORTEST_MM = 0.3, 0.6, 1.5
_NEAR_CELLS = 1
_SPECK_MM = 0.5
_STROKE_PENS = 3.0


class UnetSegmenter:
    """Looks at the sheet as a whole, and keeps the ink that is trace as exact as it is drawn."""

    def __init__(self, reader: PageReader) -> None:
        self._reader = reader

    def segment(self, sheet: Sheet) -> TraceMap:
        """Map the ink of the traces; a sheet without ink gives an all-zero map."""
        look = self._reader.look(sheet)
        shape = sheet.image.shape[:2]
        ink = measure_coverage(sheet)
        if ink is None:
            return TraceMap(np.zeros((1, *shape), np.float32), look=look)
        trace = _without_specks(ink.cover * _share(look.trace, sheet, _TRACE), ink.scale)
        _fill_strokes(trace, ink.cover, ink.pen_px)
        other = ink.cover - trace
        rules = other * _share(np.maximum(look.separators, look.pulses), sheet, _RULES)
        text = other - rules
        hidden = ink.hidden.copy()
        # A steep stroke at a strip's end looks like a leg, too.
        legs = look.pulses * (look.pulses >= look.trace)
        for top, bottom, left, right in _upright(legs, ink.cover, sheet):
            leg = slice(max(top, 0), bottom + 1), slice(max(left, 0), right + 1)
            rules[leg] += trace[leg]
            trace[leg] = 0
        for box in _upright(look.separators, ink.cover, sheet):
            take_line(trace, rules, hidden, box, ink.pen_px)
        return TraceMap(
            trace[None],
            pen_width_px=ink.width_of(trace),
            hidden=hidden.astype(np.float32) if hidden.any() else None,
            text=text,
            rules=np.maximum(ink.frame, rules),
            look=look,
        )


def _without_specks(trace: NDArray[np.float32], scale: float) -> NDArray[np.float32]:
    """Keep connected ink of some length with its gray edge: remains of a grid are shorter."""
    found = Components.of(trace > CORE)
    long = np.maximum(found.wide, found.tall) > _SPECK_MM * scale
    long[0] = False
    return with_fringe(trace, np.flatnonzero(long[found.labels]))


def _fill_strokes(trace: NDArray[np.float32], cover: NDArray[np.float32], pen_px: float) -> None:
    """Give a trace back, in place, the strokes of ink that it enters at one end and the other.

    The network may lose the middle of a steep stroke that a strip ends with.
    """
    inked = trace > CORE
    found = Components.of((cover > CORE) & (trace < 0.5 * CORE))
    narrow = np.minimum(found.wide, found.tall) <= _STROKE_PENS * pen_px
    narrow[0] = False
    for index in np.flatnonzero(narrow):
        left, top = int(found.left[index]), int(found.top[index])
        right, bottom = left + int(found.wide[index]), top + int(found.tall[index])
        columns, rows = slice(max(left - 1, 0), right + 1), slice(max(top - 1, 0), bottom + 1)
        if found.tall[index] >= found.wide[index]:
            ends = inked[max(top - 1, 0), columns], inked[bottom : bottom + 1, columns]
        else:
            ends = inked[rows, max(left - 1, 0)], inked[rows, right : right + 1]
        if all(end.any() for end in ends):
            trace[rows, columns] = np.maximum(trace[rows, columns], cover[rows, columns])


def _upright(
    chances: NDArray[np.float32], cover: NDArray[np.float32], sheet: Sheet
) -> Iterator[Box]:
    """Yield the boxes of the upright lines that a map shows, by the columns that their ink fills.

    They are two pixels wider than these: edges of strokes are gray.
    """
    scale = np.array([sheet.px_per_mm_x, sheet.px_per_mm_y] * 2)
    for x, y, across, down in component_boxes((chances > _UPRIGHT).astype(np.uint8)):
        cells = np.array([x - 1, y, x + across + 1, y + down])
        left, top, right, bottom = np.maximum(np.rint(cells * CELL_MM * scale), 0).astype(int)
        filled = np.flatnonzero(cover[top:bottom, left:right].mean(axis=0) > _FILLED)
        if down * CELL_MM >= _SHORTEST_MM and filled.size:
            first, last = left + int(filled[0]), left + int(filled[-1])
            solid = cover[:, first : last + 1].mean(axis=1) > _FILLED
            above, below = np.flatnonzero(~solid[:top]), np.flatnonzero(~solid[bottom:])
            # The look may miss what a trace crosses; the ink goes on.
            start = int(above[-1]) + 1 if above.size else 0
            stop = bottom + int(below[0]) if below.size else solid.size
            yield Box(start - 1, stop, first - 2, last + 2)


def _share(
    chances: NDArray[np.float32], sheet: Sheet, limits: tuple[float, float]
) -> NDArray[np.float32]:
    """Give for each pixel how far the cells around it exceed the limits, 0 to 1."""
    side = 2 * _NEAR_CELLS + 1
    near = cv2.dilate(chances, np.ones((side, side), np.uint8))
    height, width = sheet.image.shape[:2]
    y, x = (
        (np.arange(count, dtype=np.float32) + 0.5) / (scale * CELL_MM) - 0.5
        for count, scale in ((height, sheet.px_per_mm_y), (width, sheet.px_per_mm_x))
    )
    map_x, map_y = np.meshgrid(x, y)
    whole = cv2.remap(near, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    low, high = limits
    return np.asarray(np.clip((whole - low) / (high - low), 0, 1), np.float32)
