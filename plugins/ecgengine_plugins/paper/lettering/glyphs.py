"""Recognize printed characters of a closed set by correlation with drawn templates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

SIZE_PX = 24
_ASPECT_TOLERANCE = 0.45
_ASPECT_COST = 0.25
_BAR_FILL = 0.8
_BAR_SCORE = 0.85
_SLIMMEST = 0.5
_FONTS = (
    (cv2.FONT_HERSHEY_SIMPLEX, 3),
    (cv2.FONT_HERSHEY_SIMPLEX, 6),
    (cv2.FONT_HERSHEY_DUPLEX, 4),
    (cv2.FONT_HERSHEY_COMPLEX, 3),
    (cv2.FONT_HERSHEY_TRIPLEX, 4),
)
_DRAWN_SCALE = 2.4

_TOUCHING = (
    *("VR", "VL", "VF", "aV", "aVR", "aVL", "aVF"),
    *(f"V{digit}" for digit in range(1, 7)),
    *("mm", "mm/", "m/", "/s", "mV"),
)
GLYPHS = (*"IaAVvRLFrlf0123456789mMsSHzpC/", *_TOUCHING)
"""What is told apart: characters of lead names and scales, and groups that often touch."""

_SERIFS = {
    "I": ("50,10 50,90 12", "28,10 72,10 5", "28,90 72,90 5"),
    "1": ("50,10 50,90 11", "28,24 50,10 5", "28,90 72,90 5"),
    "L": ("32,10 32,90 12", "14,10 50,10 5", "14,90 86,90 5", "86,90 86,62 5"),
    "F": (
        *("32,10 32,90 12", "14,90 50,90 5", "14,10 82,10 5"),
        *("82,10 82,32 5", "32,48 62,48 5", "62,38 62,58 5"),
    ),
    "R": (
        *("28,10 28,90 12", "12,90 44,90 5", "12,10 55,10 5", "28,50 55,50 5"),
        *("55,10 70,20 9", "70,20 70,40 12", "70,40 55,50 9", "48,50 80,90 11", "80,90 94,90 5"),
    ),
    "V": ("18,10 52,90 12", "84,10 52,90 5", "4,10 34,10 5", "70,10 98,10 5"),
}
"""Strokes of roman letters in a box of 100: from, to, width."""


@dataclass(frozen=True, slots=True)
class Templates:
    """Drawn glyphs of several fonts.

    Attributes:
        pixels: (N, SIZE_PX ** 2) float32 of zero mean and unit norm; all zero for bars.
        log_aspects: (N,) log of width over height.
        names: (N,) index into GLYPHS.
    """

    pixels: NDArray[np.float32]
    log_aspects: NDArray[np.float64]
    names: NDArray[np.intp]


@cache
def templates() -> Templates:
    """Draw every glyph in every font."""
    pixels, aspects, names = [], [], []
    for index, text in enumerate(GLYPHS):
        for picture in _drawn(text):
            box = _cropped(picture)
            pixels.append(normalized(box))
            aspects.append(np.log(box.shape[1] / box.shape[0]))
            names.append(index)
    return Templates(np.stack(pixels), np.array(aspects), np.array(names))


def normalized(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale a glyph's box to SIZE_PX squared: (SIZE_PX ** 2,) of zero mean and unit norm.

    A box that ink fills, such as a plain I, has no structure of its own: it becomes zeros.
    """
    if picture.mean() > _BAR_FILL * picture.max():
        return np.zeros(SIZE_PX**2, dtype=np.float32)
    area = cv2.INTER_AREA if max(picture.shape) > SIZE_PX else cv2.INTER_LINEAR
    scaled = cv2.resize(picture, (SIZE_PX, SIZE_PX), interpolation=area)
    vector = scaled.astype(np.float32).ravel()
    vector -= vector.mean()
    unit: NDArray[np.float32] = vector / max(float(np.linalg.norm(vector)), 1e-6)
    return unit


def similarities(
    pixels: NDArray[np.float32], log_aspects: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Score boxes (M, SIZE_PX ** 2) against glyphs: (M, len(GLYPHS)) float32 up to 1."""
    drawn = templates()
    match = pixels @ drawn.pixels.T
    away = np.abs(log_aspects[:, None] - drawn.log_aspects[None]) / _ASPECT_TOLERANCE
    match -= _ASPECT_COST * np.minimum(away, 4.0) ** 2
    # Of a bar nothing but its shape is known: it may be any glyph that can be a bar.
    slim = log_aspects < np.log(_SLIMMEST)
    bars = ~pixels.any(axis=1)
    bar_glyphs = ~drawn.pixels.any(axis=1)
    match[np.ix_(bars, bar_glyphs)] = np.where(slim[bars], _BAR_SCORE, -1.0)[:, None]
    best = np.full((pixels.shape[0], len(GLYPHS)), -1.0, dtype=np.float32)
    for name in range(len(GLYPHS)):
        best[:, name] = match[:, drawn.names == name].max(axis=1)
    return best


def _drawn(text: str) -> list[NDArray[np.float32]]:
    pictures = []
    for font, thickness in _FONTS:
        canvas = np.zeros((120, 360), np.uint8)
        cv2.putText(canvas, text, (20, 85), font, _DRAWN_SCALE, 255, thickness, cv2.LINE_AA)
        pictures.append(canvas)
    face = ImageFont.load_default(60)
    for bold in (0, 2):
        drawing = Image.new("L", (360, 120))
        ImageDraw.Draw(drawing).text((20, 20), text, fill=255, font=face, stroke_width=bold)
        pictures.append(np.asarray(drawing))
    if text in _SERIFS:
        pictures += [_stroked(_SERIFS[text], extra) for extra in (0, 5)]
    return [np.asarray(picture / np.float32(255)) for picture in pictures]


def _stroked(strokes: tuple[str, ...], extra: int) -> NDArray[np.uint8]:
    canvas = np.zeros((110, 120), np.uint8)
    for stroke in strokes:
        start, stop, width = stroke.split()
        x0, y0 = map(int, start.split(","))
        x1, y1 = map(int, stop.split(","))
        cv2.line(canvas, (x0 + 5, y0 + 5), (x1 + 5, y1 + 5), 255, int(width) + extra, cv2.LINE_AA)
    return canvas


def _cropped(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    rows = np.flatnonzero(picture.any(axis=1))
    columns = np.flatnonzero(picture.any(axis=0))
    return picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
