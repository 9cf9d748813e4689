"""Read a whole sheet with the page network: its maps, and the points and words that stand out."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.sheet import Sheet
from ecgengine_plugins.networks.names.vocabulary import WORDS
from ecgengine_plugins.networks.options import NetworkRunning
from ecgengine_plugins.networks.page.window import (
    FINE,
    FINE_CELLS_PER_MM,
    FINE_MM,
    MULTIPLE_PX,
    PACKED,
    PX_PER_MM,
)
from ecgengine_plugins.networks.runtime import open_network
from ecgengine_plugins.networks.shipped import PAGE_NET, shipped

_LEAST_POINT = 0.1
_LEAST_WORD = 0.1


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """What the network answers for a sheet, in mm from its upper left corner.

    Fine cells are squares of 0.5 mm, the first at the corner.

    Attributes:
        trace: (H, W) probability that a trace covers a fine cell.
        zero_mm: (H, W) how far below a fine cell's middle the zero line of its trace lies.
        separators: (H, W) probability that a separator covers it.
        pulses: (H, W) probability that a calibration pulse covers it.
        starts: (N, 3) x, y and probability of strips' first points, the likeliest first.
        ends: (N, 3) likewise of their last points.
        words: (N, 4 + words) box (x0, y0, x1, y1), then the probability of each word of the
            vocabulary; the likeliest first.
    """

    trace: NDArray[np.float32]
    zero_mm: NDArray[np.float32]
    separators: NDArray[np.float32]
    pulses: NDArray[np.float32]
    starts: NDArray[np.float32]
    ends: NDArray[np.float32]
    words: NDArray[np.float32]


class PageReader:
    """Reads sheets of any scale with the page network."""

    def __init__(self, running: NetworkRunning) -> None:
        self._network = open_network(shipped(PAGE_NET), running.runtime, running.threads)

    def read(self, sheet: Sheet) -> PageAnswer:
        """Look at the whole sheet once."""
        pixels = scaled(sheet)
        height, width = (
            round(side / scale * FINE_CELLS_PER_MM)
            for side, scale in zip(
                sheet.image.shape[:2], (sheet.px_per_mm_y, sheet.px_per_mm_x), strict=True
            )
        )
        return answer_of(self._network(pixels)[0], height, width)


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


def answer_of(answer: NDArray[np.float32], height: int, width: int) -> PageAnswer:
    """Unpack the network's answer, (channels, H, W), for a sheet of so many fine cells."""
    rows, columns = answer.shape[1:]
    side = FINE_CELLS_PER_MM
    packed = answer[:PACKED].reshape(len(FINE), side, side, rows, columns)
    fine = packed.transpose(0, 3, 1, 4, 2).reshape(len(FINE), rows * side, columns * side)
    maps = dict(zip(FINE, fine[:, :height, :width], strict=True))
    return PageAnswer(
        maps["trace"],
        maps["zero"],
        maps["separator"],
        maps["pulse"],
        _points(maps["start"], maps["right"], maps["below"]),
        _points(maps["end"], maps["right"], maps["below"]),
        _words(answer[PACKED:, : -(-height // side), : -(-width // side)]),
    )


def _points(
    chances: NDArray[np.float32], right: NDArray[np.float32], below: NDArray[np.float32]
) -> NDArray[np.float32]:
    rows, columns = _peaks(chances, _LEAST_POINT)
    x = (columns + 0.5) * FINE_MM + right[rows, columns]
    y = (rows + 0.5) * FINE_MM + below[rows, columns]
    return np.stack([x, y, chances[rows, columns]], axis=1).astype(np.float32)


def _words(answer: NDArray[np.float32]) -> NDArray[np.float32]:
    chances, sizes = answer[: len(WORDS)], answer[len(WORDS) :]
    rows, columns = _peaks(chances.max(axis=0), _LEAST_WORD)
    middle = np.stack([columns, rows], axis=1) + 0.5
    half = sizes[:, rows, columns].T / 2
    found = np.concatenate([middle - half, middle + half, chances[:, rows, columns].T], axis=1)
    return found.astype(np.float32)


def _peaks(chances: NDArray[np.float32], least: float) -> tuple[NDArray[np.intp], ...]:
    """Give rows and columns of local maxima, the largest first."""
    peaks = (chances > least) & (chances >= cv2.dilate(chances, np.ones((3, 3), np.uint8)))
    rows, columns = np.nonzero(peaks)
    order = np.argsort(-chances[rows, columns], kind="stable")
    return rows[order], columns[order]
