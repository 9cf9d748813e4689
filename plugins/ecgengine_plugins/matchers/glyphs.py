"""Recognizes printed characters of a closed set by correlation with drawn templates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

SIZE_PX = 24
_ASPECT_TOLERANCE = 0.45
_FONTS = (
    (cv2.FONT_HERSHEY_SIMPLEX, 3),
    (cv2.FONT_HERSHEY_SIMPLEX, 6),
    (cv2.FONT_HERSHEY_DUPLEX, 4),
    (cv2.FONT_HERSHEY_COMPLEX, 3),
    (cv2.FONT_HERSHEY_TRIPLEX, 4),
)
_DRAWN_SCALE = 2.4

GLYPHS = (*"IaAVvRLFrlf0123456789mMsSHzpC/", "mm", "mm/", "m/", "/s", "mV")
"""What is told apart: characters of lead names and scales, and pairs that often touch."""


@dataclass(frozen=True, slots=True)
class Templates:
    """Drawn glyphs of several fonts.

    Attributes:
        pixels: (N, SIZE_PX ** 2) float32 of zero mean and unit norm.
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
    """Scale a glyph's box to SIZE_PX squared; give (SIZE_PX ** 2,) of zero mean, unit norm."""
    area = cv2.INTER_AREA if max(picture.shape) > SIZE_PX else cv2.INTER_LINEAR
    scaled = cv2.resize(picture, (SIZE_PX, SIZE_PX), interpolation=area)
    vector = scaled.astype(np.float32).ravel()
    vector -= vector.mean()
    norm = float(np.linalg.norm(vector))
    # A box full of ink has no structure of its own; its aspect says what it may be.
    return vector / norm if norm > 1e-3 else vector


def similarities(
    pixels: NDArray[np.float32], log_aspects: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Score boxes (M, SIZE_PX ** 2) against glyphs: (M, len(GLYPHS)) float32 up to 1."""
    drawn = templates()
    match = pixels @ drawn.pixels.T
    away = np.abs(log_aspects[:, None] - drawn.log_aspects[None]) / _ASPECT_TOLERANCE
    full = (np.abs(pixels).sum(axis=1) == 0)[:, None] & (drawn.log_aspects < -0.8)[None]
    match = np.where(full, 0.85, match) - 0.25 * np.minimum(away, 4.0) ** 2
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
    return [np.asarray(picture / np.float32(255)) for picture in pictures]


def _cropped(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    rows = np.flatnonzero(picture.any(axis=1))
    columns = np.flatnonzero(picture.any(axis=0))
    return picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
