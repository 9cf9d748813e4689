"""The page: a picture as the user sent it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Page:
    """One picture of paper, upright as its file says, before any processing.

    Attributes:
        image: (H, W, 3) uint8 RGB; pixel centers at integer coordinates, y downward.
        name: what outputs of this page are called (file stem, with `_p2` for a second page).
        path: the file it came from, or `-` for standard input.
        number: page number in the file, from 1.
        dpi: (x, y) resolution that the file claims, or None. Claims are often wrong.
    """

    image: NDArray[np.uint8]
    name: str
    path: str
    number: int = 1
    dpi: tuple[float, float] | None = None
