"""The look at a whole sheet: coarsely, what stands where on it, before anything is measured."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

CELL_MM = 0.5
"""Side of the squares of sheet, the first at its upper left corner, that maps answer for."""


@dataclass(frozen=True, slots=True)
class Words:
    """Words seen on a sheet, each of which may be a lead name.

    Attributes:
        boxes_mm: (N, 4) x0, y0, x1, y1 on the sheet.
        logits: (N, 12) for each of `LEADS`, how far the word looks like it.
    """

    boxes_mm: NDArray[np.float64]
    logits: NDArray[np.float64]

    @property
    def places_mm(self) -> NDArray[np.float64]:
        """(N, 2): the left edge and the middle height of each."""
        x0, y0, _, y1 = self.boxes_mm.T
        return np.stack([x0, 0.5 * (y0 + y1)], axis=1)


@dataclass(frozen=True, slots=True)
class Look:
    """What a network that sees a whole sheet at once says of it, in mm from its upper left corner.

    Maps are (H, W) float32, one value for each cell of CELL_MM.

    Attributes:
        trace: probability that a trace covers a cell.
        zero_mm: how far below a cell's middle the zero line of its trace lies.
        separators: probability that a bar between leads covers it.
        pulses: probability that a calibration pulse covers it.
        starts: (N, 3) x, y and probability of the first points of strips, the likeliest first.
        ends: (N, 3) likewise of their last points.
        words: what may be lead names.
        speeds: logit that a paper speed is printed anywhere, by mm/s.
        gains: logit that a gain is printed anywhere, by mm/mV.
    """

    trace: NDArray[np.float32]
    zero_mm: NDArray[np.float32]
    separators: NDArray[np.float32]
    pulses: NDArray[np.float32]
    starts: NDArray[np.float32]
    ends: NDArray[np.float32]
    words: Words
    speeds: dict[float, float] = field(default_factory=dict)
    gains: dict[float, float] = field(default_factory=dict)
