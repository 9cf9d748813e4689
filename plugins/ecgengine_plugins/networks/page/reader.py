"""Read a whole sheet with the page network: its maps, and the points and words that stand out."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.layout import LEADS
from ecgengine.data.look import Look, Words
from ecgengine.data.sheet import Sheet
from ecgengine_plugins.networks.options import NetworkRunning
from ecgengine_plugins.networks.page.window import (
    FINE,
    FINE_CELLS_PER_MM,
    FINE_MM,
    MULTIPLE_PX,
    PACKED,
    PX_PER_MM,
    WORDS,
    gain_word,
    speed_word,
)
from ecgengine_plugins.networks.runtime import open_network
from ecgengine_plugins.networks.shipped import PAGE_NET, shipped
from ecgengine_plugins.paper.scales import GAINS_MM_PER_MV, SPEEDS_MM_PER_S

_LEAST_POINT = 0.1
_LEAST_WORD = 0.1
_SMALLEST_WORD_MM = 0.8
_LEAST_CHANCE = 1e-4


class PageReader:
    """Reads sheets of any scale with the page network."""

    def __init__(self, running: NetworkRunning) -> None:
        self._network = open_network(shipped(PAGE_NET), running.runtime, running.threads)

    def look(self, sheet: Sheet) -> Look:
        """Look at the whole sheet once."""
        pixels = scaled(sheet)
        height, width = (
            max(round(side / scale * FINE_CELLS_PER_MM), 1)
            for side, scale in zip(
                sheet.image.shape[:2], (sheet.px_per_mm_y, sheet.px_per_mm_x), strict=True
            )
        )
        return look_of(self._network(pixels)[0], height, width)


def scaled(sheet: Sheet) -> NDArray[np.uint8]:
    """Give (1, H, W, 3) pixels at the network's scale; edges are drawn out to whole cells."""
    height, width = sheet.image.shape[:2]
    size = (
        max(round(width * PX_PER_MM / sheet.px_per_mm_x), 1),
        max(round(height * PX_PER_MM / sheet.px_per_mm_y), 1),
    )
    way = cv2.INTER_AREA if size[0] < width else cv2.INTER_CUBIC
    image = cv2.resize(sheet.image, size, interpolation=way)
    # The network takes two cells at least.
    lower, right = (max(-side % MULTIPLE_PX, 2 * MULTIPLE_PX - side) for side in size[::-1])
    padded = cv2.copyMakeBorder(image, 0, lower, 0, right, cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(padded[None], np.uint8)


def look_of(answer: NDArray[np.float32], height: int, width: int) -> Look:
    """Unpack the network's answer, (channels, H, W), for a sheet of so many fine cells."""
    rows, columns = answer.shape[1:]
    side = FINE_CELLS_PER_MM
    packed = answer[:PACKED].reshape(len(FINE), side, side, rows, columns)
    fine = packed.transpose(0, 3, 1, 4, 2).reshape(len(FINE), rows * side, columns * side)
    maps = dict(zip(FINE, fine[:, :height, :width], strict=True))
    on_sheet = answer[PACKED:, : -(-height // side), : -(-width // side)]
    logits = _logits(on_sheet[: len(WORDS)])
    printed = dict(zip(WORDS, logits.max(axis=(1, 2)).tolist(), strict=True))
    return Look(
        maps["trace"],
        maps["zero"],
        maps["separator"],
        maps["pulse"],
        _points(maps["start"], maps["right"], maps["below"]),
        _points(maps["end"], maps["right"], maps["below"]),
        _words(logits[: len(LEADS)], on_sheet[len(WORDS) :]),
        {speed: printed[speed_word(speed)] for speed in SPEEDS_MM_PER_S},
        {gain: printed[gain_word(gain)] for gain in GAINS_MM_PER_MV},
    )


def _points(
    chances: NDArray[np.float32], right: NDArray[np.float32], below: NDArray[np.float32]
) -> NDArray[np.float32]:
    rows, columns = _peaks(chances, _LEAST_POINT)
    x = (columns + 0.5) * FINE_MM + right[rows, columns]
    y = (rows + 0.5) * FINE_MM + below[rows, columns]
    return np.stack([x, y, chances[rows, columns]], axis=1).astype(np.float32)


def _words(logits: NDArray[np.float32], sizes: NDArray[np.float32]) -> Words:
    rows, columns = _peaks(logits.max(axis=0), math.log(_LEAST_WORD / (1 - _LEAST_WORD)))
    middle = np.stack([columns, rows], axis=1) + 0.5
    half = np.maximum(sizes[:, rows, columns].T, _SMALLEST_WORD_MM) / 2
    # What a neighboring cell sees better is the same word.
    near = cv2.dilate(logits.transpose(1, 2, 0), np.ones((3, 3), np.uint8))
    return Words(
        np.concatenate([middle - half, middle + half], axis=1).astype(np.float64),
        near[rows, columns].astype(np.float64).reshape(-1, len(LEADS)),
    )


def _logits(chances: NDArray[np.float32]) -> NDArray[np.float32]:
    kept = np.clip(chances, _LEAST_CHANCE, 1 - _LEAST_CHANCE)
    return np.asarray(np.log(kept) - np.log1p(-kept), np.float32)


def _peaks(chances: NDArray[np.float32], least: float) -> tuple[NDArray[np.intp], ...]:
    """Give rows and columns of local maxima, the largest first."""
    peaks = (chances > least) & (chances >= cv2.dilate(chances, np.ones((3, 3), np.uint8)))
    rows, columns = np.nonzero(peaks)
    order = np.argsort(-chances[rows, columns], kind="stable")
    return rows[order], columns[order]
