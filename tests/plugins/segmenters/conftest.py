"""Paints sheets with a pen of known coverage, for the tests of segmenters."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine.data.sheet import PaperGrid, Sheet
from ecgengine.geometry.page_map import PageMap

FINE = 8
Color = tuple[int, int, int]
WHITE: Color = (255, 255, 255)
BLACK: Color = (0, 0, 0)


def beats_px(x: NDArray[np.float64], px_per_mm: float) -> NDArray[np.float64]:
    """Pixels above the baseline of a row of beats, with steep complexes."""
    phase = (x / px_per_mm) % 20.0
    spike = 9.0 * np.exp(-(((phase - 8) / 0.5) ** 2)) - 2.0 * np.exp(-(((phase - 9.3) / 0.4) ** 2))
    wave = 1.5 * np.exp(-(((phase - 14) / 1.6) ** 2)) + 0.25 * np.sin(x / px_per_mm / 3.1)
    return px_per_mm * (spike + wave)


@dataclass
class Painter:
    """A sheet of `width` x `height` pixels, painted with the exact coverage of each pixel."""

    width: int = 700
    height: int = 300
    px_per_mm: float = 8.0
    paper: Color = WHITE
    origin: tuple[float, float] = (11.0, 7.0)
    ground: NDArray[np.float64] = field(init=False)
    trace: NDArray[np.float64] = field(init=False)
    other: NDArray[np.float64] = field(init=False)
    has_grid: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        shape = (self.height, self.width)
        self.ground = np.broadcast_to(np.array(self.paper, np.float64), (*shape, 3)).copy()
        self.trace, self.other = np.zeros(shape), np.zeros(shape)

    def grid(
        self, minor: Color | None, major: Color | None, major_px: int = 2, minor_px: int = 1
    ) -> Painter:
        """Rule the paper; None leaves that weight out."""
        self.has_grid = True
        for color, period_mm, thick in ((minor, 1.0, minor_px), (major, 5.0, major_px)):
            if color is None:
                continue
            period = period_mm * self.px_per_mm
            for axis, origin in ((1, self.origin[0]), (0, self.origin[1])):
                size = self.ground.shape[axis]
                for place in np.arange(origin % period, size, period):
                    first = max(round(place - (thick - 1) / 2), 0)
                    lines = (slice(None), slice(first, first + thick))
                    self.ground[lines if axis == 1 else lines[::-1]] = color
        return self

    def curve(
        self, base_px: float, pen_px: float = 2.4, first: float = 20, last: float | None = None
    ) -> Painter:
        """Draw beats round row `base_px`; adds to the trace."""
        x = np.arange(first, self.width - 20 if last is None else last, 0.25)
        y = base_px - beats_px(x, self.px_per_mm)
        return self.polyline(np.stack([x, y], axis=1), pen_px)

    def polyline(self, points: NDArray[np.float64], pen_px: float = 2.4) -> Painter:
        """Draw a round pen along (N, 2) points; adds to the trace."""
        fine = np.zeros((self.height * FINE, self.width * FINE), np.uint8)
        shifted = np.rint(((points + 0.5) * FINE - 0.5) * 16).astype(np.int32)
        cv2.polylines(fine, [shifted[:, None]], False, 255, round(pen_px * FINE), shift=4)
        coverage = fine.reshape(self.height, FINE, self.width, FINE).mean(axis=(1, 3)) / 255
        self.trace = np.maximum(self.trace, coverage)
        return self

    def box(self, top: int, bottom: int, left: int, right: int) -> Painter:
        """Fill a box with ink that is no trace."""
        self.other[top : bottom + 1, left : right + 1] = 1
        return self

    def text(self, words: str, x: int, y: int, size: float = 0.7) -> Painter:
        """Print words; ink that is no trace."""
        letters = np.zeros((self.height, self.width), np.uint8)
        cv2.putText(letters, words, (x, y), cv2.FONT_HERSHEY_SIMPLEX, size, 255, 2, cv2.LINE_AA)
        self.other = np.maximum(self.other, letters / 255)
        return self

    def sheet(self, ink: Color = BLACK, noise: float = 0.0) -> Sheet:
        """Give the sheet with everything in one ink."""
        coverage = np.maximum(self.trace, self.other)[:, :, None]
        image = self.ground * (1 - coverage) + np.array(ink) * coverage
        image += noise * np.random.default_rng(5).standard_normal(image.shape)
        grid = PaperGrid(self.origin[0], self.origin[1]) if self.has_grid else None
        return Sheet(
            np.clip(np.rint(image), 0, 255).astype(np.uint8),
            self.px_per_mm,
            self.px_per_mm,
            PageMap.affine(np.eye(2, 3), self.width, self.height),
            "grid",
            grid=grid,
        )


@pytest.fixture(scope="session")
def painter() -> type[Painter]:
    return Painter
