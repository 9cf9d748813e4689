"""Find lead names and scales on the picture of a sheet, by the word network."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.layout import LEADS
from ecgengine.data.sheet import Sheet
from ecgengine_plugins.networks.names.vocabulary import (
    CELL_PX,
    MULTIPLE_PX,
    PX_PER_MM,
    SIZE_MM,
    WORDS,
)
from ecgengine_plugins.networks.options import NetworkRunning
from ecgengine_plugins.networks.runtime import open_network
from ecgengine_plugins.networks.shipped import NAMES_NET, shipped
from ecgengine_plugins.paper.printed import Print, Words
from ecgengine_plugins.paper.scales import SPEEDS_MM_PER_S

_POSSIBLE = 0.1
_SMALLEST_MM = 0.8


class WordFinder:
    """Finds lead names and scales on a sheet, wherever they stand.

    Words are the peaks of the network's map of probabilities, as CenterNet has it (Zhou, Wang and
    Kraehenbuehl, 2019).
    """

    def __init__(self, running: NetworkRunning) -> None:
        self._network = open_network(shipped(NAMES_NET), running.runtime, running.threads)

    def see(self, sheet: Sheet) -> Print:
        """Give all that may be printed on a sheet of any scale."""
        return print_in(self._network(_scaled(sheet))[0])


def print_in(answer: NDArray[np.float32]) -> Print:
    """Give all that may be printed, the likely and the less likely.

    `answer` is (words + 2, H, W): probability that the middle of a word lies in a cell, and its
    width and height as shares of SIZE_MM.
    """
    probabilities, sizes = answer[: len(WORDS)], answer[len(WORDS) :]
    logits = np.log(np.clip(probabilities, 1e-4, 1 - 1e-4))
    logits -= np.log1p(-np.clip(probabilities, 1e-4, 1 - 1e-4))
    names = probabilities[: len(LEADS)].max(axis=0)
    peaks = (names > _POSSIBLE) & (names >= cv2.dilate(names, np.ones((3, 3), np.uint8)))
    rows, columns = np.nonzero(peaks)
    around = np.stack([columns, rows], axis=1)
    middle = (around + 0.5) * (CELL_PX / PX_PER_MM)
    half = np.maximum(sizes[:, rows, columns].T * SIZE_MM, _SMALLEST_MM) / 2
    # What a neighboring cell sees better is the same word.
    near = cv2.dilate(logits[: len(LEADS)].transpose(1, 2, 0), np.ones((3, 3), np.uint8))
    places = logits[len(LEADS) :].max(axis=(1, 2), initial=np.log(1e-4))
    count = len(SPEEDS_MM_PER_S)
    return Print(
        Words(
            np.concatenate([middle - half, middle + half], axis=1).astype(np.float64),
            near[rows, columns].astype(np.float64).reshape(-1, len(LEADS)),
        ),
        places[:count].astype(np.float64),
        places[count:].astype(np.float64),
    )


def _scaled(sheet: Sheet) -> NDArray[np.uint8]:
    """Give (1, H, W, 3) pixels at the network's scale; edges are drawn out to whole cells."""
    height, width = sheet.image.shape[:2]
    size = (
        max(round(width * PX_PER_MM / sheet.px_per_mm_x), 1),
        max(round(height * PX_PER_MM / sheet.px_per_mm_y), 1),
    )
    image = cv2.resize(sheet.image, size, interpolation=cv2.INTER_AREA)
    # The network takes two cells at least.
    lower, right = (max(-side % MULTIPLE_PX, 2 * MULTIPLE_PX - side) for side in size[::-1])
    padded = cv2.copyMakeBorder(image, 0, lower, 0, right, cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(padded[None], np.uint8)
