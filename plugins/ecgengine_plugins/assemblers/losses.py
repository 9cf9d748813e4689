"""Say why a stretch of a lead could not be read: what the sheet shows in its place."""

from __future__ import annotations

import numpy as np

from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Strip

_HALF_BAND_MM = 6.0
_PAPER_RANK = 0.75
_BLANK_LEVEL, _BLANK_RISE = 245.0, 10.0
_DARK_SHARE = 0.6
_TINT_SHARE = 0.15

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
    half = _HALF_BAND_MM * sheet.px_per_mm_y
    top, bottom = max(int(strip.zero_px - half), 0), max(int(strip.zero_px + half) + 1, 0)
    row = sheet.image[top:bottom]
    lost = row[:, max(int(start_px), 0) : max(int(np.ceil(stop_px)), 0)]
    if lost.size == 0:
        return BEYOND
    paper = np.quantile(row.reshape(-1, 3), _PAPER_RANK, axis=0)
    seen = np.median(lost.reshape(-1, 3), axis=0)
    if seen.min() >= max(_BLANK_LEVEL, paper.min() + _BLANK_RISE):
        return BLANK
    if seen.max() < _DARK_SHARE * paper.max():
        return DARK
    if np.ptp(seen / max(seen.max(), 1.0) - paper / max(paper.max(), 1.0)) > _TINT_SHARE:
        return TINTED
    return BARE
