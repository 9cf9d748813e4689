"""Print more words on training material of the page network."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.layout import LEADS
from ecgengine_plugins.networks.page.window import PX_PER_MM, WORDS
from ecgengine_plugins.paper.scales import GAINS_MM_PER_MV, SPEEDS_MM_PER_S
from ecgengine_plugins.synth.letters import FONTS, word
from ecgengine_plugins.training.page_sheets import MarkedSheet

_WRITTEN = 5
_BESIDE_PX = 4
_OTHER_SHARE = 0.25
_NAME_SHARE = 0.45
_OTHERS = (
    *("V7", "V8", "V9", "VI", "IV", "II I", "aV", "HR", "QRS", "0.05-150 Hz", "50 Hz", "ID"),
    *("Vent. rate", "120 ms", "25", "10", "mm", "mV", "1 mV", "bpm", "PR", "L", "R", "F", "P", "T"),
)


def write_words(sheet: MarkedSheet, random: np.random.Generator) -> MarkedSheet:
    """Print more words on a sheet where there is none, each in a typeface of its own.

    Some are none of the network's.
    """
    image = sheet.image.copy()
    height, width = image.shape[:2]
    taken = sheet.words[:, 1:] * PX_PER_MM
    found = [sheet.words]
    for _ in range(int(random.integers(_WRITTEN + 1))):
        pieces = _choose(random)
        letters_px = float(np.clip(random.normal(2.8, 0.6), 1.8, 5.0)) * PX_PER_MM
        mask, spans = _printed([text for _, text in pieces], letters_px, random)
        rows, columns = mask.shape
        if columns >= width - _BESIDE_PX or rows >= height - _BESIDE_PX:
            continue
        x = int(random.integers(2, width - columns - 1))
        y = int(random.integers(2, height - rows - 1))
        near = taken[:, :2] < (x + columns + _BESIDE_PX, y + rows + _BESIDE_PX)
        near &= taken[:, 2:] > (x - _BESIDE_PX, y - _BESIDE_PX)
        if near.all(axis=1).any():
            continue
        place = image[y : y + rows, x : x + columns]
        ink = random.uniform(0, 90, 3) * (random.random() < 0.3) + random.uniform(0, 60)
        cover = mask[..., None] / 255 * random.uniform(0.45, 1.0)
        place[:] = np.clip(place * (1 - cover) + np.minimum(ink, place) * cover, 0, 255)
        boxes = np.array([(x + first, y, x + last, y + rows) for first, last in spans], np.float32)
        taken = np.concatenate([taken, boxes])
        indices = np.array([index for index, _ in pieces], np.float32)
        found.append(np.column_stack([indices, boxes / PX_PER_MM])[indices >= 0])
    return replace(sheet, image=image, words=np.concatenate(found))


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
