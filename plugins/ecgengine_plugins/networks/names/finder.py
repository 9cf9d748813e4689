"""Find lead names and scales on the picture of a sheet, by the word network."""

from __future__ import annotations

from collections.abc import Sequence

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
from ecgengine_plugins.paper.lettering.words import Lettering, Name
from ecgengine_plugins.paper.printed import Print, Words
from ecgengine_plugins.paper.scales import GAINS_MM_PER_MV, SPEEDS_MM_PER_S

_POSSIBLE = 0.1
_LIKELY = 0.35
_LIKELY_SCALE = 0.45
_CLEARER = 0.25
_NEAR_MM = 3.0
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

    def find(self, sheet: Sheet) -> Lettering:
        """Find the words of a sheet of any scale."""
        return words_in(self._network(_scaled(sheet))[0], sheet.px_per_mm_x, sheet.px_per_mm_y)


def print_in(answer: NDArray[np.float32]) -> Print:
    """Give all that may be printed, the likely and the less likely; `answer` as for `words_in`."""
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


def words_in(answer: NDArray[np.float32], x_mm: float, y_mm: float) -> Lettering:
    """Give the lead names and scales in the network's answer.

    Args:
        answer: (words + 2, H, W) probability that the middle of a word lies in a cell, and its
            width and height as shares of SIZE_MM.
        x_mm: pixels of the sheet per millimeter along time.
        y_mm: as much along voltage.
    """
    probabilities, sizes = answer[: len(WORDS)], answer[len(WORDS) :]
    # Of words at one place the likeliest stands there.
    best = probabilities.max(axis=0)
    peaks = (best > _LIKELY) & (best >= cv2.dilate(best, np.ones((3, 3), np.uint8)))
    names: list[Name] = []
    rows, columns = np.nonzero(peaks)
    for place in np.argsort(-best[rows, columns], kind="stable"):
        row, column = rows[place], columns[place]
        index = int(probabilities[:, row, column].argmax())
        if index >= len(LEADS):
            continue
        middle = (np.array([column, row]) + 0.5) * (CELL_PX / PX_PER_MM)
        half = np.maximum(sizes[:, row, column] * SIZE_MM, _SMALLEST_MM) / 2
        x0, y0, x1, y1 = np.concatenate([middle - half, middle + half]) * (x_mm, y_mm, x_mm, y_mm)
        box = (float(x0), float(y0), float(x1), float(y1))
        if not any(_same_place(box, name.box_px, _NEAR_MM * x_mm) for name in names):
            names.append(Name(WORDS[index], box, float(best[row, column])))
    scales = probabilities[len(LEADS) :].max(axis=(1, 2), initial=0.0)
    count = len(SPEEDS_MM_PER_S)
    return Lettering(
        tuple(names),
        _clearest(scales[count:], GAINS_MM_PER_MV),
        _clearest(scales[:count], SPEEDS_MM_PER_S),
    )


def _clearest(probabilities: NDArray[np.float32], scales: Sequence[float]) -> float | None:
    """Give the scale that is likely and clearly likelier than the others."""
    second, first = np.sort(probabilities)[-2:]
    if first < _LIKELY_SCALE or first - second < _CLEARER:
        return None
    return scales[int(probabilities.argmax())]


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


def _same_place(
    box: tuple[float, float, float, float], other: tuple[float, float, float, float], near_px: float
) -> bool:
    across = abs(box[0] + box[2] - other[0] - other[2]) / 2
    down = abs(box[1] + box[3] - other[1] - other[3]) / 2
    return max(across, down) < near_px
