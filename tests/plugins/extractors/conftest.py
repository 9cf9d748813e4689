"""Small sheets with drawn traces, and what an extractor reads from them."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest

from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Calibration, Strip, Strips
from ecgengine.data.tracemap import TraceMap
from ecgengine.geometry.page_map import PageMap

PX_PER_MM = 8.0
SHIFT = 4
FINE = 8


@dataclass
class Board:
    """A sheet to draw curves on; `strip` adds a strip over it."""

    width: int = 420
    height: int = 260
    strips: list[Strip] = field(default_factory=list)

    def __post_init__(self):
        self.ink = np.zeros((self.height, self.width), np.float32)

    def draw(self, x_px, y_px, pen_px=3.0):
        """Draw a polyline with a round pen, anti-aliased by eightfold oversampling."""
        fine = np.zeros((self.height * FINE, self.width * FINE), np.uint8)
        points = (np.stack([x_px, y_px], axis=1) + 0.5) * FINE - 0.5
        fixed = np.round(points * 2**SHIFT).astype(np.int32)
        cv2.polylines(fine, [fixed], False, 255, round(pen_px * FINE), cv2.LINE_8, SHIFT)
        drawn = cv2.resize(fine, (self.width, self.height), interpolation=cv2.INTER_AREA)
        self.ink = np.maximum(self.ink, drawn.astype(np.float32) / 255)

    def strip(self, row, zero_px, x=(10.0, 410.0), reach_px=120.0, **more):
        """Add a strip."""
        top, bottom = max(zero_px - reach_px, 0.0), min(zero_px + reach_px, self.height - 1.0)
        self.strips.append(Strip(None, row, False, *x, zero_px, top, bottom, 0.0, **more))

    def read(self, extractor, **trace_map):
        """The traces that an extractor reads."""
        image = np.repeat((255 * (1 - self.ink)).astype(np.uint8)[..., None], 3, axis=2)
        page_map = PageMap.affine(np.eye(2, 3), self.width, self.height)
        sheet = Sheet(image, PX_PER_MM, PX_PER_MM, page_map, "given")
        trace_map.setdefault("trace", self.ink[None])
        strips = Strips(tuple(self.strips), None, Calibration())
        return extractor.extract(sheet, TraceMap(**trace_map), strips).traces


def places(trace):
    """Sheet x of a trace's samples."""
    return trace.x0_px + trace.step_px * np.arange(trace.y_px.size)


@pytest.fixture
def board():
    """An empty board."""
    return Board()


@pytest.fixture
def error_px():
    """Root mean square distance of a trace from its curve, away from the strip's ends."""

    def measure(trace, curve, x=(14.0, 406.0)):
        inside = (places(trace) > x[0]) & (places(trace) < x[1])
        away = trace.y_px[inside] - curve(places(trace)[inside])
        return float(np.sqrt(np.mean(away**2)))

    return measure
