"""The trace map: where on the sheet the signal is, as a segmenter sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.look import Look

TraceMeaning = Literal["ink", "centerline"]


@dataclass(frozen=True, slots=True)
class TraceMap:
    """What a segmenter separated on a sheet of (H, W) pixels.

    Attributes:
        trace: (C, H, W * columns_per_px) float32 in 0..1. Meaning `ink`: coverage, the share of
            each pixel that the pen of a trace covers (gray edge pixels hold sub-pixel positions;
            keep them). Meaning `centerline`: the probability that a signal passes through the row
            in that column. One channel, or one for each row of leads.
        meaning: `ink` or `centerline`.
        columns_per_px: time resolution, columns of `trace` per sheet pixel; column j is centered
            on sheet x = (j + 0.5) / columns_per_px - 0.5.
        row_zero_px: zero line y of each channel when C > 1, else None.
        pen_width_px: width of the pen where it draws a level line, or None when not measured.
        hidden: (H, W) float32 in 0..1, how far a trace could lie here unseen (under text, a heavy
            grid line of the same color, damage), or None for nowhere.
        text: (H, W) float32 in 0..1, printed or written characters, or None.
        rules: (H, W) float32 in 0..1, lead separators and calibration pulses, or None.
        look: what the segmenter saw of the sheet as a whole, or None; matchers then look anew.
    """

    trace: NDArray[np.float32]
    meaning: TraceMeaning = "ink"
    columns_per_px: int = 1
    row_zero_px: tuple[float, ...] | None = None
    pen_width_px: float | None = None
    hidden: NDArray[np.float32] | None = None
    text: NDArray[np.float32] | None = None
    rules: NDArray[np.float32] | None = None
    look: Look | None = None
