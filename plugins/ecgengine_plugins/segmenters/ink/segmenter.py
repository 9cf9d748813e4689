"""Segmenter `ink`: the pen's coverage of every pixel, sorted by the shape of connected ink."""

from __future__ import annotations

import numpy as np

from ecgengine.data.sheet import Sheet
from ecgengine.data.tracemap import TraceMap
from ecgengine_plugins.paper.lettering.name_boxes import take_names
from ecgengine_plugins.segmenters.ink.components import separate
from ecgengine_plugins.segmenters.ink.coverage import measure_coverage
from ecgengine_plugins.segmenters.ink.rules import take_rules


class InkSegmenter:
    """Separates ink from paper, grid, characters and rules; every value is a pen coverage."""

    def segment(self, sheet: Sheet) -> TraceMap:
        """Map the ink of the traces; a sheet without ink gives an all-zero map."""
        ink = measure_coverage(sheet)
        if ink is None:
            return TraceMap(np.zeros((1, *sheet.image.shape[:2]), np.float32))
        found = separate(ink.cover, ink.bands, ink.unseen, ink.margin, ink.scale, ink.pen_px)
        ruled, covered, separators = take_rules(found.trace, ink.pen_px, ink.scale)
        named = take_names(found, found.separators + separators, ink.scale, ink.pen_px)
        hidden = ink.hidden | covered | named
        return TraceMap(
            found.trace[None],
            pen_width_px=ink.width_of(found.trace),
            hidden=hidden.astype(np.float32) if hidden.any() else None,
            text=found.text,
            rules=np.maximum(np.maximum(ink.frame, ruled), found.rules),
        )
