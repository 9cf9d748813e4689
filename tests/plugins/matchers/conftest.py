"""Draws pages in any layout, their trace maps and looks, for the tests of matchers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, NamedTuple

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine.data.hints import Hints
from ecgengine.data.layout import LEADS, Layout
from ecgengine.data.look import CELL_MM, Look, Words
from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Strips
from ecgengine.data.tracemap import TraceMap
from ecgengine.geometry.page_map import PageMap
from ecgengine_plugins.matchers.arrangement.matcher import ArrangementMatcher
from ecgengine_plugins.matchers.ends import TracedRow, trace_rows
from ecgengine_plugins.paper.ink import Ink, gather
from ecgengine_plugins.paper.layouts import LAYOUTS
from ecgengine_plugins.paper.scales import GAINS_MM_PER_MV, SPEEDS_MM_PER_S

FINE = 4
VIEWS = {
    "I": (1.0, 0.0),
    "II": (0.3, 0.8),
    "III": (-0.7, 0.8),
    "aVR": (-0.65, -0.4),
    "aVL": (0.85, -0.4),
    "aVF": (-0.2, 0.8),
    "V1": (-0.7, 0.2),
    "V2": (-1.0, 0.7),
    "V3": (0.5, -0.9),
    "V4": (1.2, 0.3),
    "V5": (1.0, 0.6),
    "V6": (0.6, 0.9),
}


def lead_mv(name: str, time_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Beats at uneven times, made of two parts that every lead sees in its own way."""
    parts = np.zeros((2, time_s.size))
    beat_s = 0.31
    for beat in range(40):
        at = time_s - beat_s
        parts[0] += 0.9 * np.exp(-((at / 0.016) ** 2)) + 0.2 * np.exp(-(((at - 0.3) / 0.05) ** 2))
        parts[1] += 0.9 * np.exp(-(((at - 0.03) / 0.014) ** 2)) - 0.3 * np.exp(
            -(((at - 0.22) / 0.04) ** 2)
        )
        beat_s += 0.62 + 0.21 * np.sin(2.3 * beat + 0.1 * beat**2)
    a, b = VIEWS[name]
    mv: NDArray[np.float64] = a * parts[0] + b * parts[1]
    return mv


Point = tuple[float, float, float]


class Line(NamedTuple):
    """A line (N, 2) in pixels that a look shows, and a strip's zero line; ends that it shows."""

    points_px: NDArray[np.float64]
    zero_px: float = np.nan
    ends: bool = True


@dataclass
class Painter:
    """A page with separate trace and mark ink; places in pixels, `x0_px` is the first instant.

    Of what is drawn it keeps what a network that never errs would show.
    """

    px_per_mm: float = 6.0
    speed: float = 25.0
    gain: float = 10.0
    row_mm: float = 24.0
    x0_px: float = 97.3
    pen_px: float = 2.0
    rows: int = 4
    seconds: float = 10.0
    right_mm: float = 14.0
    zeros_px: list[float] = field(init=False)
    words: list[tuple[str, tuple[float, float, float, float]]] = field(default_factory=list)
    strips: list[Line] = field(default_factory=list)
    pulses: list[Line] = field(default_factory=list)
    separators: list[Line] = field(default_factory=list)
    trace: NDArray[np.uint8] = field(init=False)
    marks: NDArray[np.uint8] = field(init=False)

    def __post_init__(self) -> None:
        self.zeros_px = [
            self.px_per_mm * (20.0 + self.row_mm * row) + 0.3 for row in range(self.rows)
        ]
        width = self.x_px(self.seconds) + self.right_mm * self.px_per_mm
        height = self.zeros_px[-1] + 24 * self.px_per_mm
        shape = (FINE * round(height), FINE * round(width))
        self.trace, self.marks = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)

    def x_px(self, time_s: float) -> float:
        return self.x0_px + time_s * self.speed * self.px_per_mm

    def line(self, ink: NDArray[np.uint8], points_px: NDArray[np.float64], pen_px: float) -> None:
        """Draw level and upright lines through (N, 2) points with a square pen."""
        for both in pairwise(points_px):
            corners = np.array([np.min(both, axis=0), np.max(both, axis=0) + pen_px]) - pen_px / 2
            (x0, y0), (x1, y1) = np.maximum(np.round(FINE * (corners + 0.5)), 0).astype(int)
            ink[y0:y1, x0:x1] = 255

    def lead(
        self,
        name: str,
        row: int,
        start_s: float,
        seconds: float,
        of_s: float | None = None,
        offset_px: float = 0.0,
    ) -> None:
        """Draw a lead from page time `start_s`, its own time `of_s`, minus in front: inverted."""
        time_s = np.arange(0, seconds, 0.002)
        first = start_s if of_s is None else of_s
        mv = lead_mv(name.removeprefix("-"), first + time_s) * (-1 if name[0] == "-" else 1)
        x = self.x_px(start_s) + time_s * self.speed * self.px_per_mm
        zero = self.zeros_px[row] + offset_px
        self.curve(x, zero - mv * self.gain * self.px_per_mm, zero)

    def curve(
        self,
        x_px: NDArray[np.float64],
        y_px: NDArray[np.float64],
        zero_px: float | None = None,
        ends: bool = True,
    ) -> None:
        """Draw a curve with a square pen, so that its ends are exact.

        With a zero line the look takes it for a strip, or, without ends, for trace only.
        """
        if zero_px is not None:
            self.strips.append(Line(np.column_stack([x_px, y_px]), zero_px, ends))
        half = self.pen_px / 2
        first, last = FINE * (x_px[0] - half + 0.5), FINE * (x_px[-1] + half + 0.5)
        columns = np.arange(round(first), min(round(last), self.trace.shape[1]))
        y = np.interp((columns + 0.5) / FINE - 0.5, x_px, y_px).astype(np.float32)[None]
        sweep = np.ones((1, 2 * round(FINE * half) + 1), np.uint8)
        tops = FINE * (cv2.erode(y, sweep)[0] - half + 0.5)
        bottoms = FINE * (cv2.dilate(y, sweep)[0] + half + 0.5)
        for column, top, bottom in zip(columns, tops, bottoms, strict=True):
            self.trace[max(round(top), 0) : round(bottom), column] = 255

    def word(self, text: str, x_px: float, y_px: float, height_mm: float = 3.0) -> None:
        """Write text whose left lower corner is given."""
        scale = FINE * height_mm * self.px_per_mm / 22
        place = (round(FINE * x_px), round(FINE * y_px))
        font, width = cv2.FONT_HERSHEY_SIMPLEX, round(1.6 * scale)
        cv2.putText(self.marks, text, place, font, scale, 255, width, cv2.LINE_AA)
        (across, down), _ = cv2.getTextSize(text, font, scale, width)
        box = (x_px, y_px - down / FINE, x_px + across / FINE, y_px)
        self.words.append((text.removeprefix("-"), box))

    def pulse(self, row: int, right_px: float, width_mm: float = 5.0, feet_mm: float = 0.0) -> None:
        """Draw a calibration pulse whose falling leg is at `right_px`."""
        left = right_px - width_mm * self.px_per_mm
        zero = self.zeros_px[row]
        top, feet = zero - self.gain * self.px_per_mm, feet_mm * self.px_per_mm
        x = [left - feet, left, left, right_px, right_px, right_px + feet]
        y = [zero, zero, top, top, zero, zero]
        self.pulses.append(Line(np.column_stack([x, y])))
        self.line(self.marks, self.pulses[-1].points_px, self.pen_px)

    def separator(self, row: int, x_px: float, height_mm: float = 7.0, pen_px: float = 3.0) -> None:
        """Draw an upright bar across a row's zero line."""
        half = 0.5 * height_mm * self.px_per_mm
        ends = [[x_px, self.zeros_px[row] - half], [x_px, self.zeros_px[row] + half]]
        self.separators.append(Line(np.array(ends)))
        self.line(self.marks, np.array(ends), pen_px)

    def layout(
        self,
        layout: Layout,
        rhythm: tuple[str, ...] = (),
        names: bool = True,
        same_time: bool = False,
    ) -> None:
        """Draw every lead of a layout with its name below its beginning."""
        share = self.seconds / layout.duration_s
        first_rhythm = len(layout.rows) - layout.rhythm_rows
        for row, cells in enumerate(layout.rows):
            for cell in cells:
                lead = cell.lead or rhythm[row - first_rhythm]
                start_s, seconds = share * cell.start_s, share * cell.duration_s
                self.lead(lead, row, start_s, seconds, 0.0 if same_time else None)
                if names:
                    below = self.zeros_px[row] + 10.5 * self.px_per_mm
                    self.word(lead, self.x_px(start_s) + self.px_per_mm, below)

    def look(self, sheet: Sheet) -> Look:
        """Look at the page as a network that never errs; of ink wiped out it sees nothing."""
        side_px = CELL_MM * sheet.px_per_mm_x
        height, width = (round(side / side_px) for side in sheet.image.shape[:2])
        inked = cv2.dilate(
            cv2.resize(self.trace, (width, height), interpolation=cv2.INTER_AREA), np.ones((3, 3))
        )
        trace, zeros_mm, separators, pulses = np.zeros((4, height, width), np.float32)
        points: tuple[list[Point], list[Point]] = ([], [])
        for strip in self.strips:
            rows, columns = np.nonzero(_cells([strip], inked.shape, side_px) * inked)
            trace[rows, columns] = 1.0
            zero_mm = CELL_MM * (strip.zero_px + 0.5) / side_px
            zeros_mm[rows, columns] = zero_mm - CELL_MM * (rows + 0.5)
            for found, place in zip(points, strip.points_px[[0, -1]], strict=True):
                x, y = (place + 0.5) / side_px
                inside = 0 <= x < width and 0 <= y < height
                if strip.ends and inside and inked[int(y), int(x)]:
                    found.append((CELL_MM * x, CELL_MM * y, 1.0))
        separators += _cells(self.separators, inked.shape, side_px)
        pulses += _cells(self.pulses, inked.shape, side_px)
        starts, ends = (np.array(each, np.float32).reshape(-1, 3) for each in points)
        printed = {word for word, _ in self.words}
        speeds, gains = (
            {value: 4.0 if f"{value:g}{unit}" in printed else -4.0 for value in values}
            for values, unit in ((SPEEDS_MM_PER_S, "mm/s"), (GAINS_MM_PER_MV, "mm/mV"))
        )
        words = self._names(sheet)
        return Look(trace, zeros_mm, separators, pulses, starts, ends, words, speeds, gains)

    def _names(self, sheet: Sheet) -> Words:
        """Give the words that are lead names."""
        names = [(LEADS.index(word), box) for word, box in self.words if word in LEADS]
        logits = np.full((len(names), len(LEADS)), -4.0)
        for row, (index, _) in enumerate(names):
            logits[row, index] = 4.0
        boxes = np.array([box for _, box in names]).reshape(-1, 4)
        return Words((boxes + 0.5) / sheet.px_per_mm_x, logits)

    def ink(self) -> Ink:
        """Give the ink as matchers gather it."""
        return gather(self.sheet(), self.map())

    def traced(self) -> list[TracedRow]:
        """Give the rows of ink that the look shows."""
        return trace_rows(self.ink(), self.look(self.sheet()))

    def sheet(self) -> Sheet:
        height, width = self.trace.shape[0] // FINE, self.trace.shape[1] // FINE
        page_map = PageMap.affine(np.array([[1.0, 0, 0], [0, 1.0, 0]]), width, height)
        image = np.full((height, width, 3), 255, dtype=np.uint8)
        return Sheet(image, self.px_per_mm, self.px_per_mm, page_map, "grid")

    def map(self) -> TraceMap:
        trace, marks = (
            cv2.resize(ink, None, fx=1 / FINE, fy=1 / FINE, interpolation=cv2.INTER_AREA).astype(
                np.float32
            )
            / 255
            for ink in (self.trace, self.marks)
        )
        return TraceMap(trace[None], pen_width_px=self.pen_px, text=marks)


def _cells(lines: Sequence[Line], shape: tuple[int, ...], side_px: float) -> NDArray[np.uint8]:
    """Give a map of cells with ones where lines run."""
    seen = np.zeros(shape, np.uint8)
    for line in lines:
        cells = np.floor((line.points_px + 0.5) / side_px).astype(np.int32)
        cv2.polylines(seen, [cells[:, None]], False, 1)
    return seen


@pytest.fixture(scope="session")
def painter() -> type[Painter]:
    return Painter


@pytest.fixture(scope="session")
def match() -> Callable[..., Strips]:
    """Match a painted page with all layouts."""

    def run(
        page: Painter,
        hints: Hints | None = None,
        trace_map: TraceMap | None = None,
        **changes: Any,
    ) -> Strips:
        sheet = replace(page.sheet(), **changes)
        matcher = ArrangementMatcher(page)
        return matcher.match(sheet, trace_map or page.map(), LAYOUTS, hints or Hints())

    return run
