"""Cut windows out of sheets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def cut_window(
    image: NDArray[np.uint8], top: int, left: int, height_px: int, width_px: int
) -> NDArray[np.uint8]:
    """Cut a window that may reach beyond the sheet, where its edge goes on."""
    rows = np.clip(np.arange(top, top + height_px), 0, image.shape[0] - 1)
    columns = np.clip(np.arange(left, left + width_px), 0, image.shape[1] - 1)
    return image[rows[:, None], columns[None, :]]
