"""Debug pictures: what the page looks like after every stage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.page import Page
from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Strips
from ecgengine.data.tracemap import TraceMap
from ecgengine.data.traces import Traces

Picture = NDArray[np.uint8]

STRIP_COLORS = ((214, 39, 40), (31, 119, 180), (44, 160, 44), (148, 103, 189))
GRID_COLOR = (0, 120, 255)


class DebugPictures:
    """Observer that saves a picture of each stage's result as `NAME/NN-kind.png` in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._name = ""
        self._count = 0
        self._sheet: Sheet | None = None
        self._strips: Strips | None = None

    def __call__(self, name: str, kind: str, result: object) -> None:
        """Save a picture of `result`, what the stage of this kind gave for the page `name`."""
        if name != self._name:
            self._name, self._count = name, 0
        if isinstance(result, Sheet):
            self._sheet = result
        if isinstance(result, Strips):
            self._strips = result
        picture = self._draw(result)
        if picture is None:
            return
        self._count += 1
        folder = self._folder / name
        folder.mkdir(parents=True, exist_ok=True)
        encoded = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1]
        (folder / f"{self._count:02d}-{kind}.png").write_bytes(encoded.tobytes())

    def _draw(self, result: object) -> Picture | None:
        if isinstance(result, Page):
            return result.image
        if isinstance(result, Sheet):
            return draw_grid(result)
        if isinstance(result, TraceMap):
            return draw_trace_map(result)
        if self._sheet is not None and isinstance(result, Strips):
            return draw_strips(self._sheet, result)
        if self._sheet is not None and self._strips is not None and isinstance(result, Traces):
            return draw_traces(self._sheet, self._strips, result)
        return None


def draw_grid(sheet: Sheet) -> Picture:
    """Draw the fitted heavy grid lines (every 5 mm) over a sheet."""
    picture = sheet.image.copy()
    if sheet.grid is None:
        return picture
    height, width = picture.shape[:2]
    for origin, scale, length, vertical in (
        (sheet.grid.origin_x_px, sheet.px_per_mm_x, width, True),
        (sheet.grid.origin_y_px, sheet.px_per_mm_y, height, False),
    ):
        step = scale * (sheet.grid.major_mm or 5.0)
        for position in np.arange(origin % step, length, step):
            _polyline(
                picture,
                np.array([[position, 0.0], [position, height - 1.0]])
                if vertical
                else np.array([[0.0, position], [width - 1.0, position]]),
                GRID_COLOR,
            )
    return picture


def draw_trace_map(trace_map: TraceMap) -> Picture:
    """Paint trace black, text blue, rules green and hidden places orange on white."""
    trace = trace_map.trace.max(axis=0)
    if trace_map.columns_per_px > 1:
        trace = cv2.resize(
            trace,
            (trace.shape[1] // trace_map.columns_per_px, trace.shape[0]),
            interpolation=cv2.INTER_AREA,
        )
    picture = np.full((*trace.shape, 3), 255.0, dtype=np.float32)
    for channel, color in (
        (trace_map.hidden, (255, 200, 120)),
        (trace_map.text, (80, 120, 255)),
        (trace_map.rules, (60, 180, 75)),
        (trace, (0, 0, 0)),
    ):
        if channel is not None:
            share = channel[..., None]
            picture = picture * (1 - share) + np.array(color, dtype=np.float32) * share
    return picture.clip(0, 255).astype(np.uint8)


def draw_strips(sheet: Sheet, strips: Strips) -> Picture:
    """Draw each strip's extent, zero line, name and obstacles over a sheet."""
    picture = sheet.image.copy()
    for index, strip in enumerate(strips.strips):
        color = STRIP_COLORS[index % len(STRIP_COLORS)]
        x0, x1, zero = strip.x_start_px, strip.x_end_px, strip.zero_px
        _polyline(picture, np.array([[x0, zero], [x1, zero]]), color)
        for x in (x0, x1):
            reach = 5 * sheet.px_per_mm_y
            _polyline(picture, np.array([[x, zero - reach], [x, zero + reach]]), color)
        for box in strip.obstacles_px:
            left, top, right, bottom = box
            corners = [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]
            _polyline(picture, np.array(corners), (255, 140, 0))
        label = f"{'-' if strip.inverted else ''}{strip.lead or '?'} {strip.start_s:g} s"
        place = (round(x0) + 4, round(zero - 6 * sheet.px_per_mm_y))
        cv2.putText(picture, label, place, cv2.FONT_HERSHEY_SIMPLEX, 0.8, color, 2)
    return picture


def draw_traces(sheet: Sheet, strips: Strips, traces: Traces) -> Picture:
    """Draw the curves over a faded sheet; red where the confidence is below one half."""
    picture = (127.0 + sheet.image / 2.0).astype(np.uint8)
    for trace in traces.traces:
        x_px = trace.x_px
        points = np.stack([x_px, trace.y_px], axis=1)
        for sure, color in ((True, (0, 90, 200)), (False, (230, 0, 0))):
            chosen = np.isfinite(trace.y_px) & ((trace.confidence >= 0.5) == sure)
            for run in np.split(np.arange(chosen.size), np.flatnonzero(np.diff(chosen)) + 1):
                if chosen[run[0]]:
                    _polyline(picture, points[run], color)
    return picture


def _polyline(picture: Picture, points_px: NDArray[np.float64], color: Any) -> None:
    """Draw with sub-pixel ends (4 fractional bits)."""
    fixed = np.round(points_px * 16).astype(np.int32).reshape(-1, 1, 2)
    cv2.polylines(picture, [fixed], False, color, 1, cv2.LINE_AA, 4)
