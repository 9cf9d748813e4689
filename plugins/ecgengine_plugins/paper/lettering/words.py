"""Join characters to words, and read those that are lead names, letter by letter."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.layout import LEADS
from ecgengine_plugins.paper.lettering.glyphs import GLYPHS

_GAP_HEIGHTS = 0.55
_LEAST_SIMILARITY = 0.45
_SLACK = 0.15

_SPELLINGS = {
    **{lead: (lead,) for lead in ("I", "II", "III")},
    **{lead: (lead, lead.upper()) for lead in ("aVR", "aVL", "aVF")},
    **{f"V{i}": (f"V{i}", f"v{i}") for i in range(1, 7)},
}
_BARS = [GLYPHS.index(char) for char in "I1l"]
"""Glyphs that look alike in many fonts and only the rest of a word tells apart."""
_RIVALS = [GLYPHS.index(char) for char in "IaAVvRLF0123456789mMsSHzC"]


@dataclass(frozen=True, slots=True)
class Word:
    """Characters that stand together.

    Attributes:
        box_px: (x0, y0, x1, y1) on the sheet.
        scores: (N, len(GLYPHS)) similarity of each character to every glyph.
    """

    box_px: tuple[float, float, float, float]
    scores: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Name:
    """A lead name that was read, in a box (x0, y0, x1, y1) on the sheet."""

    lead: str
    box_px: tuple[float, float, float, float]
    score: float


def join_words(boxes: NDArray[np.int32], scores: NDArray[np.float32]) -> list[Word]:
    """Join characters, given by (N, 4) boxes and (N, len(GLYPHS)) similarities, to words."""
    return [Word(_hull(boxes[group]), scores[group]) for group in _grouped(boxes, _GAP_HEIGHTS)]


def read_names(words: list[Word]) -> list[Name]:
    """Give the words that are lead names; one box may hold several characters that touch."""
    names = []
    for word in words:
        leads, pieces = _spelled_in(len(word.scores))
        if not leads:
            continue
        likeness = word.scores.astype(np.float64)
        likeness[:, _BARS] = likeness[:, _BARS].max(axis=1, keepdims=True)
        own = likeness[np.arange(len(word.scores)), pieces]
        # A character that looks more like something else speaks against a name.
        rivals = word.scores[:, _RIVALS].max(axis=1) - _SLACK
        scores = np.where((own > rivals).all(axis=1), own.mean(axis=1), 0.0)
        best = int(scores.argmax())
        if scores[best] > _LEAST_SIMILARITY:
            names.append(Name(leads[best], word.box_px, float(scores[best])))
    return names


@cache
def _spelled_in(count: int) -> tuple[list[str], NDArray[np.intp]]:
    """The leads, and (K, count) glyphs, of all spellings cut into a number of pieces."""
    leads, glyphs = [], []
    for lead in LEADS:
        for text in _SPELLINGS[lead]:
            for cuts in combinations(range(1, len(text)), count - 1):
                pieces = [text[i:j] for i, j in pairwise((0, *cuts, len(text)))]
                if all(piece in GLYPHS for piece in pieces):
                    leads.append(lead)
                    glyphs.append([GLYPHS.index(piece) for piece in pieces])
    return leads, np.array(glyphs, dtype=np.intp)


def _grouped(boxes: NDArray[np.int32], gap: float) -> list[list[int]]:
    """Group boxes of like height that follow each other on a line; left to right."""
    places: list[list[int]] = boxes.tolist()
    groups: list[list[int]] = []
    open_groups: list[list[int]] = []
    for index in sorted(range(len(places)), key=lambda index: places[index][0]):
        x, y, _, h = places[index]
        joined = None
        for group in open_groups:
            px, py, pw, ph = places[group[-1]]
            apart = x - (px + pw)
            overlap = min(y + h, py + ph) - max(y, py)
            if -0.3 * h <= apart < gap * max(h, ph) and overlap > 0.6 * min(h, ph):
                joined = group
                break
        if joined is None:
            joined = []
            groups.append(joined)
            open_groups.append(joined)
        joined.append(index)
        open_groups = [g for g in open_groups if places[g[-1]][0] > x - 600]
    return groups


def _hull(boxes: NDArray[np.int32]) -> tuple[float, float, float, float]:
    x, y, across, down = boxes.T
    return float(x.min()), float(y.min()), float((x + across).max()), float((y + down).max())
