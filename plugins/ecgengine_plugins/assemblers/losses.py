"""Say why a stretch of a lead could not be read: what the sheet shows in its place."""

from __future__ import annotations

import numpy as np

from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Strip
from ecgengine_plugins.assemblers import tuning

BEYOND = "it lies beyond the edge of the sheet"
BLANK = "it is blank there: glare, white-out, or the edge of the picture"
DARK = "the paper is missing there, or something dark covers it"
TINTED = "a stain, or something laid over the paper, covers it"
BARE = "the paper is bare there, its ink faded or rubbed off"


def why_lost(sheet: Sheet, strip: Strip, start_px: float, stop_px: float) -> str:
    """Say what is seen where a strip's curve was lost, between two columns of the sheet.

    The band of 12 mm around the zero line is compared with the paper of its whole row: a hole
    shows the table or the lid of the scanner, glare is white as what lies outside of a picture
    is, stains keep light and change color.
    """
    half = tuning.HALF_BAND_MM * sheet.px_per_mm_y
    top, bottom = max(int(strip.zero_px - half), 0), max(int(strip.zero_px + half) + 1, 0)
    row = sheet.image[top:bottom]
    lost = row[:, max(int(start_px), 0) : max(int(np.ceil(stop_px)), 0)]
    if lost.size == 0:
        return BEYOND
    paper = np.quantile(row.reshape(-1, 3), tuning.PAPER_QUANTILE, axis=0)
    seen = np.median(lost.reshape(-1, 3), axis=0)
    if seen.min() >= max(tuning.BLANK_LEVEL, paper.min() + tuning.BLANK_RISE):
        return BLANK
    if seen.max() < tuning.DARK * paper.max():
        return DARK
    if np.ptp(seen / max(seen.max(), 1.0) - paper / max(paper.max(), 1.0)) > tuning.TINT:
        return TINTED
    return BARE
