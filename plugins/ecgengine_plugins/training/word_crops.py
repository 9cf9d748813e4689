"""Cut training material for the word network: crops of flat sheets, and the words on them."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.layout import LEADS
from ecgengine.truth.case import Case, PageTruth
from ecgengine.truth.true_sheet import true_sheet
from ecgengine_plugins.networks.page.window import PX_PER_MM, WORDS
from ecgengine_plugins.paper.scales import GAINS_MM_PER_MV, SPEEDS_MM_PER_S
from ecgengine_plugins.synth.letters import FONTS, word
from ecgengine_plugins.training.crops import truth_of

INDEX, BOX = 0, slice(1, 5)
"""Columns of words: index in the vocabulary, then x0, y0, x1, y1."""

MOST_WORDS = 32
"""Words that a crop can hold; places left over have the index -1."""

_SCALE_SPREAD = 0.08
_WORD_SHARE = 0.75
_WRITTEN = 5
_OTHER_SHARE = 0.25
_NAME_SHARE = 0.45
_OTHERS = (
    *("V7", "V8", "V9", "VI", "IV", "II I", "aV", "HR", "QRS", "0.05-150 Hz", "50 Hz", "ID"),
    *("Vent. rate", "120 ms", "25", "10", "mm", "mV", "1 mV", "bpm", "PR", "L", "R", "F", "P", "T"),
)


def word_crops_of(
    case: Case, random: np.random.Generator, *, size_px: int, count: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Cut `count` squares from a synthetic page, laid flat by its truth, at the network's scale.

    Gives (N, S, S, 3) RGB and (N, MOST_WORDS, 5) words: index, then box in pixels of the crop.
    Raises UnreadableInputError for a page without truth.
    """
    truth = truth_of(case)
    scale = PX_PER_MM * float(random.uniform(1 - _SCALE_SPREAD, 1 + _SCALE_SPREAD))
    sheet = true_sheet(case.page, replace(truth, px_per_mm=2 * scale))
    image = cv2.resize(sheet.image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    short = [max(size_px - side, 0) for side in image.shape[:2]]
    image = cv2.copyMakeBorder(image, 0, short[0], 0, short[1], cv2.BORDER_REPLICATE)
    words = _words(truth, scale)
    room = np.array([image.shape[1] - size_px, image.shape[0] - size_px])
    images, found = [], []
    for _ in range(count):
        corner = random.integers(room + 1)
        if len(words) and random.random() < _WORD_SHARE:
            box = words[int(random.integers(len(words))), BOX]
            middle = (box[:2] + box[2:]) / 2 - random.uniform(0.1, 0.9, 2) * size_px
            corner = np.clip(np.rint(middle), 0, room).astype(np.int64)
        x, y = (int(each) for each in corner)
        images.append(image[y : y + size_px, x : x + size_px])
        found.append(_within(words, x, y, size_px))
    return np.stack(images).astype(np.uint8, copy=False), np.stack(found)


def write_words(
    image: NDArray[np.uint8], words: NDArray[np.float32], random: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Print more words on a crop where there is none, each in a typeface of its own.

    Some are none of the network's. Gives a new crop and its words.
    """
    size = image.shape[0]
    image, known = image.copy(), [tuple(row) for row in words.tolist() if row[INDEX] >= 0]
    for _ in range(int(random.integers(_WRITTEN + 1))):
        pieces = _choose(random)
        height = float(np.clip(random.normal(2.8, 0.6), 1.8, 5.0)) * PX_PER_MM
        mask, spans = _printed([text for _, text in pieces], height, random)
        rows, columns = mask.shape
        if max(rows, columns) >= size - 4:
            continue
        x, y = (int(random.integers(2, size - side - 1)) for side in (columns, rows))
        if any(
            x < x1 + 4 and x + columns > x0 - 4 and y < y1 + 4 and y + rows > y0 - 4
            for _, x0, y0, x1, y1 in known
        ):
            continue
        place = image[y : y + rows, x : x + columns]
        ink = random.uniform(0, 90, 3) * (random.random() < 0.3) + random.uniform(0, 60)
        cover = mask[..., None] / 255 * random.uniform(0.45, 1.0)
        place[:] = np.clip(place * (1 - cover) + np.minimum(ink, place) * cover, 0, 255)
        for (index, _), (first, last) in zip(pieces, spans, strict=True):
            known.append((index, x + first, y, x + last, y + rows))
    padded = np.full((MOST_WORDS, 5), -1, np.float32)
    own = [row for row in known if row[INDEX] >= 0][:MOST_WORDS]
    padded[: len(own)] = np.array(own, np.float32).reshape(-1, 5)
    return image, padded


def _choose(random: np.random.Generator) -> list[tuple[int, str]]:
    """Choose a name, a word that is none, or a line of scales: its pieces with their indices."""
    if random.random() < _OTHER_SHARE:
        return [(-1, _OTHERS[int(random.integers(len(_OTHERS)))])]
    if random.random() < _NAME_SHARE:
        index = int(random.integers(len(LEADS)))
        return [(index, WORDS[index].upper() if random.random() < 0.15 else WORDS[index])]
    speed = len(LEADS) + int(random.integers(len(SPEEDS_MM_PER_S)))
    gain = len(WORDS) - 1 - int(random.integers(len(GAINS_MM_PER_MV)))
    indices = ((speed,), (gain,), (speed, gain), (gain, speed))[int(random.integers(4))]
    closed = random.random() < 0.3
    pieces = [(i, WORDS[i].replace(" ", "") if closed else WORDS[i]) for i in indices]
    if random.random() < 0.1:
        pieces = [(i, text.replace("mm/s", "mm/sec")) for i, text in pieces]
    return pieces


def _printed(
    texts: list[str], height_px: float, random: np.random.Generator
) -> tuple[NDArray[np.float32], list[tuple[int, int]]]:
    """Draw words in a line, a little turned and blurred, with spots missing.

    Gives their coverage (H, W) and the columns of each.
    """
    font = FONTS[int(random.integers(len(FONTS)))]
    masks = [word(text, font, round(height_px)) for text in texts]
    gap = max(round(height_px * float(random.uniform(0.5, 1.5))), 1)
    rows = max(mask.shape[0] for mask in masks) + 2
    line = np.zeros((rows, sum(mask.shape[1] for mask in masks) + gap * (len(masks) - 1) + 2))
    spans, left = [], 1
    for mask in masks:
        right = left + mask.shape[1]
        line[rows - 1 - mask.shape[0] : rows - 1, left:right] = mask
        spans.append((left, right))
        left = right + gap
    cover = line.astype(np.float32)
    columns = cover.shape[1]
    turn = cv2.getRotationMatrix2D((columns / 2, rows / 2), float(random.normal(0, 0.7)), 1.0)
    cover = cv2.warpAffine(cover, turn, (columns, rows)).astype(np.float32)
    if random.random() < 0.5:
        cover = cv2.GaussianBlur(cover, (0, 0), float(random.uniform(0.3, 0.9))).astype(np.float32)
    if random.random() < 0.3:
        cover = (cover * random.uniform(0.2, 1.0, cover.shape)).astype(np.float32)
    return cover, spans


def _words(truth: PageTruth, scale: float) -> NDArray[np.float32]:
    """Give (N, 5) words of a page that the network knows: index and box in pixels of the sheet."""
    rows = [
        (WORDS.index(word.means), *(side * scale for side in word.box_mm)) for word in truth.words
    ]
    return np.array(rows, np.float32).reshape(-1, 5)


def _within(words: NDArray[np.float32], x: int, y: int, size: int) -> NDArray[np.float32]:
    moved = words - np.array([0, x, y, x, y], np.float32)
    middle = (moved[:, 1:3] + moved[:, 3:5]) / 2
    inside = moved[((middle > 0) & (middle < size)).all(axis=1)][:MOST_WORDS]
    padded = np.full((MOST_WORDS, 5), -1, np.float32)
    padded[: len(inside)] = inside
    return padded
