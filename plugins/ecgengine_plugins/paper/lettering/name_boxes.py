"""Find lead names that touch a trace where the other names stand, letter by letter."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.ink import bridge_rows
from ecgengine_plugins.paper.boxes import Box
from ecgengine_plugins.paper.ink import SortedInk

_REACH_MM = 7.0
_NAME_MM = 9.0
_LETTER_MM = (1.4, 5.0)
_SLACK_MM = 0.35
_LETTER_GAP_MM = 1.5
_HELD = 0.9
_CLUTTER = 2.2
_SAME = 0.85
_MOST_LETTERS = 40


@dataclass(frozen=True, slots=True)
class _Place:
    """Where names stand from the top left corner of their separators, in pixels."""

    left: float
    bottom: float
    height: float


def take_names(
    ink: SortedInk, separators: list[Box], scale: float, pen_px: float
) -> NDArray[np.bool_]:
    """Move letters that touch a trace from `ink.trace` to `ink.text`, in place.

    Names beside separators stand all alike. Where one is missing, letters printed elsewhere on the
    sheet are laid on the ink; one whose every part is inked was printed there, and a stroke that
    enters it from two sides runs on through it. Gives where such letters stand (H, W).
    """
    trace, text = ink.trace, ink.text
    taken = np.zeros(trace.shape, np.bool_)
    place = _find_place(ink, separators, scale)
    if place is None:
        return taken
    letters = _letters(ink, place, separators, scale)
    slack = max(2, round(_SLACK_MM * scale))
    for top, _, left, _ in separators:
        base = round(top + place.bottom)
        rows = slice(max(round(base - place.height) - 2 * slack, 0), base + slack + 1)
        columns = slice(
            max(round(left + place.left) - slack, 0), round(left + place.left + _NAME_MM * scale)
        )
        if trace[rows, columns].size and trace[rows, columns].any():
            _take_letters(trace, text, taken, (rows, columns), letters, base, slack, pen_px)
    return taken


def _find_place(ink: SortedInk, separators: list[Box], scale: float) -> _Place | None:
    """Measure where the first letters of names stand beside their separators."""
    x, y, across, down = (side[ink.character] for side in ink.components.boxes)
    tall = (down >= _LETTER_MM[0] * scale) & (down <= _LETTER_MM[1] * scale)
    tall &= across <= _LETTER_MM[1] * scale
    reach = _REACH_MM * scale
    found = []
    for top, bottom, left, right in separators:
        near = tall & (x >= left - reach / 7) & (x <= right + reach)
        near &= (y + down >= top - reach) & (y <= bottom + reach)
        if near.any():
            first = np.flatnonzero(near)[np.argmin(x[near])]
            found.append((x[first] - left, y[first] + down[first] - top, down[near].max()))
    if len(found) < 2:
        return None
    left, bottom, height = np.median(np.array(found, dtype=np.float64), axis=0)
    alike = [abs(a - left) + abs(b - bottom) <= 0.6 * scale for a, b, _ in found]
    return _Place(left, bottom, height) if sum(alike) >= 2 else None


def _letters(
    ink: SortedInk, place: _Place, separators: list[Box], scale: float
) -> list[NDArray[np.float32]]:
    """Collect different letters, the boldest first: those of names, and any as tall; no bars."""
    letters: list[NDArray[np.float32]] = []
    x, y, across, down = ink.components.boxes
    fits = (down > 0.9 * place.height) & (down < 1.1 * place.height)
    for top, _, left, _ in separators:
        inside = (x > left + place.left - across) & (x < left + place.left + _NAME_MM * scale)
        inside &= np.abs(y + down - top - place.bottom) <= _SLACK_MM * scale
        fits |= inside & (down > 0.6 * place.height)
    fits &= (across > 0.35 * down) & (across < 1.5 * place.height)
    fits &= ink.character
    order = np.flatnonzero(fits)
    for index in order[np.argsort(-ink.components.area[order])]:
        left, top = x[index], y[index]
        window = (slice(top, top + down[index]), slice(left, left + across[index]))
        letter = np.where(ink.components.labels[window] == index, ink.text[window], 0).astype(
            np.float32
        )
        if not any(_alike(letter, other) for other in letters):
            letters.append(letter)
        if len(letters) == _MOST_LETTERS:
            break
    return letters


def _alike(one: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    """Tell whether two letters are the same but for a pixel."""
    if max(abs(a - b) for a, b in zip(one.shape, other.shape, strict=True)) > 1:
        return False
    padded = cv2.copyMakeBorder(one, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    if any(a < b for a, b in zip(padded.shape, other.shape, strict=True)):
        return False
    most = cv2.matchTemplate(padded, other, cv2.TM_CCORR).max()
    return bool(most > _SAME * max((one**2).sum(), (other**2).sum()))


def _take_letters(
    trace: NDArray[np.float32],
    text: NDArray[np.float32],
    taken: NDArray[np.bool_],
    window: tuple[slice, slice],
    letters: list[NDArray[np.float32]],
    base: int,
    slack: int,
    pen_px: float,
) -> None:
    """Find letters one after the other in a window, and take them."""
    rows, columns = window
    for _ in range(3):
        ink = trace[rows, columns]
        best: tuple[float, int, int, NDArray[np.float32]] | None = None
        for letter in letters:
            tall, wide = letter.shape
            top = base - tall - slack - rows.start
            strip = ink[max(top, 0) : max(top, 0) + tall + 2 * slack]
            if strip.shape[0] < tall or strip.shape[1] < wide:
                continue
            held = cv2.matchTemplate(strip, letter, cv2.TM_CCORR) / (letter**2).sum()
            y, x = np.unravel_index(int(np.argmax(held)), held.shape)
            share = float(held[y, x])
            around = float(strip[y : y + tall, x : x + wide].sum())
            if share < _HELD or around > _CLUTTER * float(letter.sum()):
                continue
            score = share * float(letter.sum())
            if best is None or score > best[0]:
                best = score, max(top, 0) + int(y), int(x), letter
        if best is None:
            return
        _take_letter(
            trace, text, taken, (rows.start + best[1], columns.start + best[2]), best[3], pen_px
        )


def _take_letter(
    trace: NDArray[np.float32],
    text: NDArray[np.float32],
    taken: NDArray[np.bool_],
    corner: tuple[int, int],
    letter: NDArray[np.float32],
    pen_px: float,
) -> None:
    """Take one letter out of the trace, and run strokes on through it that enter at two sides."""
    y, x = corner
    margin = int(2 * pen_px) + 3
    area = (
        slice(max(y - margin, 0), y + letter.shape[0] + margin),
        slice(max(x - margin, 0), x + letter.shape[1] + margin),
    )
    window = trace[area].copy()
    mask = np.zeros(window.shape, np.bool_)
    top, left = y - area[0].start, x - area[1].start
    mask[top : top + letter.shape[0], left : left + letter.shape[1]] = letter > 0.1
    mask = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.bool_)
    rest = np.where(mask, np.float32(0), window)
    bridged = rest.copy()
    bands = np.array([1]), np.array([window.shape[0] - 1])
    never = 1e6
    bridge_rows(bridged, mask, *bands, pen_px, never)
    text[area] = np.maximum(text[area], np.where(mask, window, 0))
    trace[area] = np.where(mask, np.minimum(bridged, window), window)
    taken[area] |= mask
