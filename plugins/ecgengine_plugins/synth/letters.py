"""Draw printed words as coverage masks, in the few typefaces that need no font files."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_HERSHEY = {
    "plotter": cv2.FONT_HERSHEY_SIMPLEX,
    "plotter-bold": cv2.FONT_HERSHEY_DUPLEX,
    "plotter-italic": cv2.FONT_HERSHEY_SIMPLEX | cv2.FONT_ITALIC,
    "roman": cv2.FONT_HERSHEY_COMPLEX,
    "roman-bold": cv2.FONT_HERSHEY_TRIPLEX,
    "script": cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
}
_OVERSAMPLING = 4
_DOT_ROWS = 9

FONTS = ("sans", "sans", "sans-bold", "plotter", "plotter-bold", "plotter-italic", "roman", "dots")
"""Typefaces of carts and plotting programs; the commoner one is named twice."""


_CYRILLIC = {"м": "M", "с": "c", "В": "B"}
"""Cyrillic letters of the units, drawn as the Latin ones that look alike; м is a small M."""
_SMALL = 0.72


@lru_cache(maxsize=512)
def word(text: str, font: str, height_px: float) -> NDArray[np.uint8]:
    """Draw words whose capitals are `height_px` high: (H, W) uint8 coverage, tightly cut."""
    if not _CYRILLIC.keys().isdisjoint(text):
        mask = _cyrillic(text, font, height_px)
    elif font in _HERSHEY:
        mask = _stroked(text, _HERSHEY[font], height_px)
    elif font == "dots":
        mask = _dotted(text, height_px)
    else:
        mask = _typeset(text, height_px * _OVERSAMPLING, bold=font == "sans-bold")
        mask = _shrink(mask, _OVERSAMPLING)
    mask.setflags(write=False)
    return mask


def put(layer: NDArray[np.uint8], mask: NDArray[np.uint8], left_px: float, top_px: float) -> None:
    """Lay a mask into a layer at whole pixels; what lies outside is cut off."""
    x, y = round(left_px), round(top_px)
    height, width = layer.shape
    x0, y0, x1, y1 = (
        max(x, 0),
        max(y, 0),
        min(x + mask.shape[1], width),
        min(y + mask.shape[0], height),
    )
    if x0 < x1 and y0 < y1:
        place = layer[y0:y1, x0:x1]
        np.maximum(place, mask[y0 - y : y1 - y, x0 - x : x1 - x], out=place)


def _cyrillic(text: str, font: str, height_px: float) -> NDArray[np.uint8]:
    """Set pieces of even size side by side on one line."""
    rows, gap = round(height_px * 1.3), max(round(height_px * 0.06), 1)
    parts = [np.zeros((rows, 0), np.uint8)]
    for small, letters in groupby(text, key=lambda letter: letter == "м"):
        piece = "".join(_CYRILLIC.get(letter, letter) for letter in letters)
        mask = word(piece.strip(), font, round(height_px * (_SMALL if small else 1.0), 2))[:rows]
        before, after = (gap * (1 + 5 * space) for space in (piece[0] == " ", piece[-1] == " "))
        parts.append(np.pad(mask, ((rows - mask.shape[0], 0), (before, after))))
    return _cut(np.concatenate(parts, axis=1))


def _typeset(text: str, height_px: float, *, bold: bool) -> NDArray[np.uint8]:
    """Typeset in Pillow's own face, whose capitals are 0.72 of its size."""
    font = ImageFont.load_default(height_px / 0.72)
    stroke = max(round(height_px * 0.03), 1) if bold else 0
    left, top, right, bottom = font.getbbox(text, stroke_width=stroke)
    image = Image.new("L", (int(right - left) + 2, int(bottom - top) + 2))
    ImageDraw.Draw(image).text((1 - left, 1 - top), text, 255, font, stroke_width=stroke)
    return np.array(image, dtype=np.uint8)


def _stroked(text: str, face: int, height_px: float) -> NDArray[np.uint8]:
    # The capitals of OpenCV's vector faces are 21 units high.
    scale = height_px * _OVERSAMPLING / 21
    thickness = max(round(height_px * _OVERSAMPLING * 0.11), 1)
    (width, height), below = cv2.getTextSize(text, face, scale, thickness)
    edge = 2 * thickness
    mask = np.zeros((height + below + 2 * edge, width + 2 * edge), np.uint8)
    cv2.putText(mask, text, (edge, height + edge), face, scale, 255, thickness, cv2.LINE_8)
    return _shrink(_cut(mask), _OVERSAMPLING)


def _dotted(text: str, height_px: float) -> NDArray[np.uint8]:
    """Draw as a thermal head does: letters of nine rows of dots."""
    coarse = _typeset(text, _DOT_ROWS, bold=False)
    coarse = np.where(coarse > 110, 255, 0).astype(np.uint8)
    scale = height_px / _DOT_ROWS
    size = (max(round(coarse.shape[1] * scale), 1), max(round(coarse.shape[0] * scale), 1))
    fine = cv2.resize(coarse, None, fx=8, fy=8, interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.resize(fine, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _cut(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return mask[:1, :1]
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _shrink(mask: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    size = (max(round(mask.shape[1] / times), 1), max(round(mask.shape[0] / times), 1))
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
