"""Segmenter `unet`: a small network draws the traces anew, with a pen of its own."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.sheet import Sheet
from ecgengine.data.tracemap import TraceMap
from ecgengine_plugins.networks.runtime import open_network
from ecgengine_plugins.networks.sheet.window import MULTIPLE_PX, PEN_MM
from ecgengine_plugins.networks.shipped import SHEET_NET, shipped
from ecgengine_plugins.segmenters.options import UnetOptions

# It learned scales of 5.2 to 9.2 px/mm (training/crops.py); sheets far from that are scaled.
_FINEST_PX_PER_MM, _USUAL_PX_PER_MM, _COARSEST_PX_PER_MM = 9.5, 8.0, 5.0
# Tiles bound the memory; the margin holds more than the network looks around.
_TILE_PX, _MARGIN_PX = 1024, 160
# What the network gives to bare paper is no ink.
_NOTHING = 0.02


class UnetSegmenter:
    """Sees a sheet as a whole; gives the pen's coverage, rules and text, each by itself.

    The network learned to draw what was printed, sharp and unbroken, from pictures of what is
    left of it: so the trace that it gives has its own pen's width, whatever the page's.
    """

    def __init__(self, options: UnetOptions) -> None:
        self._network = open_network(shipped(SHEET_NET), options.runtime, options.threads)

    def segment(self, sheet: Sheet) -> TraceMap:
        """Map the sheet, at a scale that the network knows."""
        height, width = sheet.image.shape[:2]
        native = 0.5 * (sheet.px_per_mm_x + sheet.px_per_mm_y)
        known = _COARSEST_PX_PER_MM <= native <= _FINEST_PX_PER_MM
        factor = 1.0 if known else _USUAL_PX_PER_MM / native
        image = sheet.image if known else _scaled(sheet.image, factor)
        coverage = self._covered(image)
        if not known:
            coverage = np.stack(
                [
                    cv2.resize(layer, (width, height), interpolation=cv2.INTER_CUBIC)
                    for layer in coverage
                ]
            ).clip(0, 1)
        coverage[coverage < _NOTHING] = 0
        trace, rules, text = coverage
        return TraceMap(
            np.ascontiguousarray(trace[None]),
            pen_width_px=PEN_MM * native,
            text=np.ascontiguousarray(text),
            rules=np.ascontiguousarray(rules),
        )

    def _covered(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Run the network over tiles that overlap by more than it looks around."""
        height, width = image.shape[:2]
        coverage = np.empty((3, height, width), np.float32)
        for top, bottom in _tiles(height):
            for left, right in _tiles(width):
                y0, x0 = max(top - _MARGIN_PX, 0), max(left - _MARGIN_PX, 0)
                y1, x1 = min(bottom + _MARGIN_PX, height), min(right + _MARGIN_PX, width)
                tile = image[y0:y1, x0:x1]
                below, beside = -tile.shape[0] % MULTIPLE_PX, -tile.shape[1] % MULTIPLE_PX
                padded = cv2.copyMakeBorder(tile, 0, below, 0, beside, cv2.BORDER_REPLICATE)
                found = self._network(padded[None])[0]
                coverage[:, top:bottom, left:right] = found[
                    :, top - y0 : bottom - y0, left - x0 : right - x0
                ]
        return coverage


def _tiles(size: int) -> list[tuple[int, int]]:
    """Part a side into equal stretches, on multiples that the network's levels share."""
    count = max(-(-size // _TILE_PX), 1)
    step = -(-size // count // MULTIPLE_PX) * MULTIPLE_PX if count > 1 else size
    return [(first, min(first + step, size)) for first in range(0, size, step)]


def _scaled(image: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=way), np.uint8)
