"""Find what is printed small on a sheet, and how much of it can be read in each orientation."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.sheet import Sheet
from ecgengine_plugins.paper.boxes import component_boxes
from ecgengine_plugins.paper.darkness import measure_darkness
from ecgengine_plugins.paper.lettering.glyphs import GLYPHS, SIZE_PX, normalized, similarities
from ecgengine_plugins.paper.lettering.words import Word, join_words, read_names

READING_PX_PER_MM = 8.0
LEAST_INK, DARKEST, MOST_SHARE = 0.15, 0.995, 0.8
GRID_SPREADS = 4.0
SHORTEST_MM, TALLEST_MM, SLIMMEST_MM = 0.9, 7.0, 0.15
MOST_MARKS = 700
TELLING_NAMES = ("aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
TELLING = [GLYPHS.index(character) for character in "aRFLrf23457"]
CLEAR, FEWEST_TOGETHER = 0.7, 3


@dataclass(frozen=True, slots=True)
class Orientation:
    """A way to hold a sheet: mirrored left to right or not, then turned by quarters to the left."""

    quarters: int
    mirrored: bool = False

    def pictures(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        """Hold (N, S, S) pictures that way."""
        seen = pictures[:, :, ::-1] if self.mirrored else pictures
        return np.rot90(seen, self.quarters, axes=(1, 2))

    def boxes(self, boxes: NDArray[np.int32], width: int, height: int) -> NDArray[np.int32]:
        """Move (N, 4) boxes x, y, width, height along with their picture."""
        x, y, across, down = boxes.T
        if self.mirrored:
            x = width - x - across
        for _ in range(self.quarters):
            x, y, across, down = y, width - x - across, down, across
            width, height = height, width
        return np.column_stack([x, y, across, down])


@dataclass(frozen=True, slots=True)
class Marks:
    """What on a sheet is as small as print.

    Attributes:
        boxes: (N, 4) x, y, width, height, pixels.
        pictures: (N, SIZE_PX, SIZE_PX) float32, as glyphs are compared.
        width: of the sheet they lie on, pixels.
        height: of that sheet.
    """

    boxes: NDArray[np.int32]
    pictures: NDArray[np.float32]
    width: int
    height: int

    def read(self, turn: Orientation) -> tuple[int, int]:
        """Read what looks otherwise when turned: how many lead names, how many characters.

        The names I, II and III look nearly the same.
        """
        if not len(self.boxes):
            return 0, 0
        boxes = turn.boxes(self.boxes, self.width, self.height)
        pixels = turn.pictures(self.pictures).reshape(len(boxes), -1)
        _, _, across, down = boxes.T
        words = join_words(boxes, similarities(pixels, np.log(across / down)))
        names = {name.lead for name in read_names(words)}.intersection(TELLING_NAMES)
        return len(names), sum(_characters(word) for word in words)


def _characters(word: Word) -> int:
    """How many characters of a word are clear and tell which way up it is."""
    if len(word.scores) < FEWEST_TOGETHER:
        return 0
    clear = word.scores.max(axis=1) > CLEAR
    return int((clear & np.isin(word.scores.argmax(axis=1), TELLING)).sum())


def find_marks(sheet: Sheet) -> Marks:
    """Find what is small, dark and apart on a sheet."""
    scale = min(READING_PX_PER_MM, max(sheet.px_per_mm_x, sheet.px_per_mm_y))
    darkness = darkness_at(sheet, scale)
    # Sharp print first; the dots of a black and white grid must be blurred to go.
    for blur, share in ((1, 0.5), (3, 0.7)):
        soft = np.asarray(cv2.GaussianBlur(darkness, (blur, blur), 0), dtype=np.float32)
        limit = ink_limit(soft, sheet, share)
        boxes = component_boxes((soft > limit).view(np.uint8))
        _, _, across, down = boxes.T / scale
        long, short = np.maximum(across, down), np.minimum(across, down)
        boxes = boxes[(long > SHORTEST_MM) & (long < TALLEST_MM) & (short > SLIMMEST_MM)]
        if len(boxes) <= MOST_MARKS:
            break
    else:
        boxes = boxes[:0]
    pictures = np.zeros((len(boxes), SIZE_PX, SIZE_PX), np.float32)
    for picture, (x, y, across, down) in zip(pictures, boxes, strict=True):
        cover = np.clip(soft[y : y + down, x : x + across] / (2 * limit), 0.0, 1.0)
        picture[:] = normalized(cover).reshape(SIZE_PX, SIZE_PX)
    height, width = darkness.shape
    return Marks(boxes, pictures, width, height)


def darkness_at(sheet: Sheet, px_per_mm: float) -> NDArray[np.float32]:
    """Share of the surrounding light that each place of a sheet lacks, at another scale."""
    height, width = sheet.image.shape[:2]
    across = max(1, round(width * px_per_mm / sheet.px_per_mm_x))
    down = max(1, round(height * px_per_mm / sheet.px_per_mm_y))
    image = sheet.image
    if (across, down) != (width, height):
        image = np.asarray(
            cv2.resize(image, (across, down), interpolation=cv2.INTER_AREA), dtype=np.uint8
        )
    return measure_darkness(image)


def ink_limit(darkness: NDArray[np.float32], sheet: Sheet, share: float) -> float:
    """Darkness that ink exceeds: a share of the darkest, and more than lines of the grid have."""
    darkest = float(np.quantile(darkness[::3, ::3], DARKEST))
    limit = max(LEAST_INK, share * darkest)
    if sheet.grid is None or sheet.grid.major_mm is None:
        return limit
    scale = darkness.shape[1] / sheet.image.shape[1]
    step = sheet.grid.major_mm * sheet.px_per_mm_x * scale
    lines = np.arange(sheet.grid.origin_x_px * scale, darkness.shape[1] - 0.5, step)
    columns = np.clip(np.round(lines).astype(int), 1, darkness.shape[1] - 2)
    near = np.max([darkness[::3, columns + away] for away in (-1, 0, 1)], axis=0)
    middle, high = np.quantile(near, [0.5, 0.7])
    above_grid = float(middle + GRID_SPREADS * (high - middle))
    return max(limit, min(above_grid, MOST_SHARE * darkest))
