"""What is printed on a sheet: words that may be lead names, paper speeds and gains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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
class Print:
    """What is printed on a sheet, as logits of what it may be.

    Attributes:
        words: words that may be lead names.
        speeds: (4,) how far each of SPEEDS_MM_PER_S was seen anywhere.
        gains: (4,) how far each of GAINS_MM_PER_MV was seen anywhere.
    """

    words: Words
    speeds: NDArray[np.float64]
    gains: NDArray[np.float64]
