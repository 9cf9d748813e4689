"""Segmenter `unet`: the pen's coverage, where the page network says that the ink is trace."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.look import CELL_MM
from ecgengine.data.sheet import Sheet
from ecgengine.data.tracemap import TraceMap
from ecgengine_plugins.networks.page.reader import PageReader
from ecgengine_plugins.segmenters.ink.coverage import measure_coverage

# Probabilities of cells near by from which ink is none of a trace, and surely one.
_TRACE = (0.1, 0.35)
_NEAR_CELLS = 1


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
        traced = _share(look.trace, sheet, _TRACE)
        ruled = _share(np.maximum(look.separators, look.pulses), sheet, _TRACE)
        trace = ink.cover * traced
        other = ink.cover - trace
        rules = other * ruled
        return TraceMap(
            trace[None],
            pen_width_px=ink.width_of(trace),
            hidden=ink.hidden.astype(np.float32) if ink.hidden.any() else None,
            text=other - rules,
            rules=np.maximum(ink.frame, rules),
            look=look,
        )


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
