from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine.data.look import CELL_MM, Look
from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Calibration, Strip, Strips
from ecgengine.geometry.page_map import PageMap
from ecgengine_plugins.extractors.network.strips import StripNetwork
from ecgengine_plugins.networks.path.window import CUES

ZEROS_MM = (30.0, 60.0)
SIZE_MM = (80, 160)


def curve_mm(x_mm: NDArray[np.float64], row: int) -> NDArray[np.float64]:
    """A wave of 12 mm at 70 mm, on a line that sways."""
    wave = 12 * np.exp(-(((x_mm - 70) / 1.5) ** 2))
    return np.asarray(ZEROS_MM[row] + np.sin(x_mm / 8) - wave)


def drawn(px_per_mm: float, fine: int = 4) -> NDArray[np.uint8]:
    """Both rows in black on white."""
    scale = px_per_mm * fine
    large = np.full([round(side * scale) for side in SIZE_MM], 255, np.uint8)
    x_mm = np.linspace(20, 140, 6000)
    for row in range(len(ZEROS_MM)):
        points = np.stack([x_mm * scale, curve_mm(x_mm, row) * scale], axis=1)
        cv2.polylines(
            large, [points.round().astype(np.int32)[:, None]], False, 0, round(0.3 * scale)
        )
    small = cv2.resize(large, None, fx=1 / fine, fy=1 / fine, interpolation=cv2.INTER_AREA)
    return np.repeat(small[..., None], 3, axis=2)


def look_at(blank_look: Any) -> Look:
    trace, zero = np.zeros((2, *(round(side / CELL_MM) for side in SIZE_MM)), np.float32)
    x_mm = np.linspace(20, 140, 6000)
    heights = (np.arange(len(zero)) + 0.5) * CELL_MM
    for row, zero_mm in enumerate(ZEROS_MM):
        cells = np.floor(np.stack([curve_mm(x_mm, row), x_mm]) / CELL_MM).astype(int)
        trace[cells[0], cells[1]] = 1.0
        zero[cells[0], cells[1]] = zero_mm - heights[cells[0]]
    found: Look = blank_look(trace=trace, zero_mm=zero)
    return found


def darkest(pixels: NDArray[np.uint8], cues: NDArray[np.float32]) -> NDArray[np.float32]:
    """Answer with the darkest rows of each column that the row's own cells cover."""
    assert cues.shape[1] == len(CUES)
    own = np.kron(cues[:, 0], np.ones((4, 4), np.float32))
    near = np.stack([cv2.dilate(each, np.ones((9, 9), np.uint8)) for each in own])
    ink = (255.0 - pixels.mean(axis=3)) * near + 1e-3
    chances = np.repeat(ink**4, 2, axis=2)
    return np.asarray(chances / chances.sum(axis=1, keepdims=True), np.float32)


@pytest.mark.parametrize("px_per_mm", [8.0, 7.7, 5.0, 12.0])
def test_strips_are_read_where_they_run(blank_look: Any, px_per_mm: float) -> None:
    image = drawn(px_per_mm)
    page_map = PageMap(np.zeros((2, 2, 2)), 1000.0, 1000.0)
    sheet = Sheet(image, px_per_mm, px_per_mm, page_map, "given", residual_mm=0.0)
    strips = tuple(
        Strip("II", row, False, 20 * px_per_mm, end_mm * px_per_mm, zero * px_per_mm - 0.5, 0, 0, 0)
        for row, zero in enumerate(ZEROS_MM)
        for end_mm in (60, 140)
    )
    calibration = Calibration(10.0, 25.0, "given", "given")
    found = StripNetwork(darkest, 0.05).read(
        sheet, look_at(blank_look), Strips(strips, None, calibration)
    )
    assert [trace.strip for trace in found.traces] == [0, 1, 2, 3]
    for trace, strip in zip(found.traces, strips, strict=True):
        assert trace.x_px[0] == pytest.approx(strip.x_start_px, abs=1.0)
        assert trace.x_px[-1] == pytest.approx(strip.x_end_px, abs=1.0)
        x_mm = (trace.x_px + 0.5) / px_per_mm
        off_mm = (trace.y_px + 0.5) / px_per_mm - curve_mm(x_mm, strip.row)
        level = np.abs(x_mm - 70) > 4
        assert np.abs(off_mm[level]).max() < 0.15
        assert np.median(trace.confidence) > 0.9
