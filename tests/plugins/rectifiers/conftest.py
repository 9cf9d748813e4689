"""Drawn ECG paper whose grid is known exactly."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine.data.sheet import Sheet


@dataclass
class Paper:
    """A page of drawn ECG paper.

    The page point (x, y) lies at (u, v) = `matrix` @ (x, y, 1) mm of paper; heavy lines at
    multiples of 5 mm, light ones at multiples of 1 mm.
    """

    width: int = 1100
    height: int = 850
    px_per_mm: tuple[float, float] = (5.0, 5.0)
    angle_deg: float = 0.0
    color: tuple[int, int, int] = (255, 150, 150)
    light: float = 0.6
    line_mm: float = 0.12
    dotted: bool = False
    covered: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    snapped: bool = False
    beats: int = 3
    noise: float = 0.0
    blur: float = 0.0
    jpeg: int | None = None
    seed: int = 0
    warp_mm: float = 0.0
    image: NDArray[np.uint8] = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        turn = np.radians(self.angle_deg)
        cos, sin = np.cos(turn), np.sin(turn)
        axes = np.array([[cos, sin], [-sin, cos]]) / np.array(self.px_per_mm)[:, None]
        start = rng.uniform(0, 5, 2)
        self.matrix = np.column_stack([axes, start])
        x, y = np.meshgrid(np.arange(self.width), np.arange(self.height))
        u, v = (
            m[0] * x + m[1] * y + m[2] + self.warp_mm * np.sin(x / 300.0 + y / 500.0)
            for m in self.matrix
        )
        cover = np.zeros(u.shape)
        for across, along, scale in (
            (u, v, self.px_per_mm[0]),
            (v, u, self.px_per_mm[1]),
        ):
            for pitch, weight in ((1.0, self.light), (5.0, 1.0)):
                away = (across - pitch * np.round(across / pitch)) * scale
                if self.snapped:
                    line = start[0] if across is u else start[1]
                    at = (np.round(across / pitch) * pitch - line) * scale
                    away = (across - line) * scale - np.round(at)
                line_px = max(1.0, self.line_mm * scale)
                one = np.clip(line_px / 2 + 0.5 - np.abs(away), 0, 1) * weight
                if self.dotted:
                    one *= np.abs(along - np.round(along)) < 0.2
                cover = np.maximum(cover, one)
        left, top, right, bottom = self.covered
        inside = (x >= left * self.width) & (x <= right * self.width)
        inside &= (y >= top * self.height) & (y <= bottom * self.height)
        cover *= inside
        paper = 255 - cover[..., None] * (255 - np.array(self.color, dtype=float))
        picture = np.clip(paper, 0, 255).astype(np.uint8)
        self._draw_beats(picture)
        if self.blur > 0:
            picture = cv2.GaussianBlur(picture, (0, 0), self.blur)
        if self.noise > 0:
            noisy = picture + rng.normal(0, self.noise, picture.shape)
            picture = np.clip(noisy, 0, 255).astype(np.uint8)
        if self.jpeg is not None:
            coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, self.jpeg])[1]
            picture = cv2.imdecode(coded, cv2.IMREAD_COLOR).astype(np.uint8)
        self.image = picture

    def _draw_beats(self, picture: NDArray[np.uint8]) -> None:
        """Rows of a regular rhythm, with a name each: what must not be taken for a grid."""
        inverse = np.linalg.inv(self.matrix[:, :2])
        for row in range(self.beats):
            u = np.arange(0, self.width / self.px_per_mm[0], 0.25)
            phase = (u + 3 * row) % 19.3
            mv = 1.1 * np.exp(-(((phase - 8) / 0.4) ** 2)) + 0.2 * np.exp(
                -(((phase - 15) / 2) ** 2)
            )
            v = self.height / self.px_per_mm[1] * (row + 1) / (self.beats + 1) - 10 * mv
            points = (np.column_stack([u, v]) - self.matrix[:, 2]) @ inverse.T
            thick = max(1, round(0.3 * self.px_per_mm[0]))
            steps = np.round(points * 8).astype(np.int32).reshape(-1, 1, 2)
            cv2.polylines(picture, [steps], False, (20, 20, 20), thick, cv2.LINE_AA, 3)
            x, y = points[len(points) // 10]
            cv2.putText(picture, "aVR", (int(x), int(y) + 30), 0, 0.6, (20, 20, 20), 2)

    def errors_mm(
        self, sheet: Sheet, within: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    ) -> NDArray[np.float64]:
        """(N, 2) distances of the sheet's heavy grid from the drawn one, in a part of the page."""
        assert sheet.grid is not None
        height, width = sheet.image.shape[:2]
        x = np.arange(sheet.grid.origin_x_px, width, 5 * sheet.px_per_mm_x)
        y = np.arange(sheet.grid.origin_y_px, height, 5 * sheet.px_per_mm_y)
        points = sheet.page_map.to_page(np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2))
        low, high = np.array(within).reshape(2, 2) * [self.width - 1, self.height - 1]
        points = points[((points > low) & (points < high)).all(axis=1)]
        paper = points @ self.matrix[:, :2].T + self.matrix[:, 2]
        paper += self.warp_mm * np.sin(points[:, :1] / 300.0 + points[:, 1:] / 500.0)
        period = 5.0 if sheet.grid.major_mm else 1.0
        return np.asarray(paper - period * np.round(paper / period))


@pytest.fixture(scope="session")
def paper() -> type[Paper]:
    """Draws paper."""
    return Paper
