"""Draw a recording as a cart prints it: the flat layers, and where everything stands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgengine.ecg.signals import Signals
from ecgengine.truth.case import Box, PrintedStrip
from ecgengine_kernels.drawing import draw_curve
from ecgengine_plugins.synth.grid import draw_grid
from ecgengine_plugins.synth.letters import put, word
from ecgengine_plugins.synth.marks import draw_marks
from ecgengine_plugins.synth.picture import Print
from ecgengine_plugins.synth.style import Style

_PULSE_MM = np.array([0.0, 1.0, 1.0, 6.0, 6.0, 7.0])
_PULSE_MV = np.array([0.0, 0.0, 1.0, 1.0, 0.0, 0.0])
_PULSE_GAP_MM = 1.0
_HEADER_MM = 2.6
_LINE_MM = 4.5
_UNITS = ("mm/s", "mm/mV")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A print, what stands on it, and the leads that a perfect reading gives.

    Attributes:
        sheet: the flat layers.
        strips: row by row, left to right.
        rules_mm: separators and pulses as (N, 2) paper points.
        scale_boxes_mm: the printed paper speed and gain, or None.
        leads: the printed leads in millivolts from the row's first instant; NaN elsewhere.
    """

    sheet: Print
    strips: tuple[PrintedStrip, ...]
    rules_mm: tuple[NDArray[np.float32], ...]
    scale_boxes_mm: tuple[Box, Box] | None
    leads: Signals


def draw_page(style: Style, ecg: Signals, random: np.random.Generator) -> Drawn:
    """Draw a recording in a style.

    Args:
        style: how the page looks.
        ecg: twelve leads in millivolts, at least `style.seconds` long.
        random: where small irregularities and handwriting come from.
    """
    width, height = (round(side * style.px_per_mm) for side in style.paper_mm)
    trace, text, marks = (np.zeros((height, width), np.uint8) for _ in range(3))
    pen = _Pen(style, trace, text)
    strips = _Rows(style, ecg, pen).draw()
    pen.header()
    scale_boxes_mm = pen.footer()
    draw_marks(marks, style, strips, random)
    grid = draw_grid(style.grid, style.paper_mm, style.px_per_mm)
    sheet = Print(
        trace, text, grid, marks,
        style.ink_rgb, style.grid.rgb, style.marks_rgb, style.paper_rgb, style.px_per_mm,
    )  # fmt: skip
    return Drawn(sheet, strips, tuple(pen.rules_mm), scale_boxes_mm, _printed(style, ecg, strips))


class _Pen:
    """Draws in millimeters of paper."""

    def __init__(self, style: Style, trace: NDArray[np.uint8], text: NDArray[np.uint8]) -> None:
        self._style, self._trace, self._text = style, trace, text
        self.rules_mm: list[NDArray[np.float32]] = []

    def curve(self, points_mm: NDArray[np.floating]) -> None:
        """Draw a stretch of trace whose ends are as the style's."""
        scale, style = self._style.px_per_mm, self._style
        points = points_mm * scale - 0.5
        beyond = {"cut": 0.0, "projecting": 0.5, "round": 9.0}[style.ends] * style.pen_mm * scale
        draw_curve(
            self._trace,
            np.ascontiguousarray(points, dtype=np.float64),
            style.pen_mm * scale,
            float(points[:, 0].min() - beyond),
            float(points[:, 0].max() + beyond),
        )

    def pulse(self, points_mm: NDArray[np.floating]) -> None:
        """Draw a calibration pulse, with the pen of the traces."""
        self.rules_mm.append(points_mm.astype(np.float32))
        self.curve(points_mm)

    def rule(self, points_mm: list[tuple[float, float]], width_mm: float) -> None:
        """Draw a separator or another line that is no trace."""
        self.rules_mm.append(np.array(points_mm, dtype=np.float32))
        points = np.array(points_mm) * self._style.px_per_mm - 0.5
        draw_curve(self._text, points, width_mm * self._style.px_per_mm, -np.inf, np.inf)

    def write(self, words: str, left_mm: float, bottom_mm: float, height_mm: float) -> Box:
        """Write words that stand on a line; give the box that they fill."""
        scale = self._style.px_per_mm
        mask = word(words, self._style.font, round(height_mm * scale, 2))
        rows, columns = mask.shape
        left, top = round(left_mm * scale), round(bottom_mm * scale) - rows
        put(self._text, mask, left, top)
        return left / scale, top / scale, (left + columns) / scale, (top + rows) / scale

    def header(self) -> None:
        """Write the header's lines from the sheet's upper left."""
        for number, line in enumerate(self._style.header):
            self.write(line, self._style.left_mm, 8.0 + _LINE_MM * number, _HEADER_MM)

    def footer(self) -> tuple[Box, Box] | None:
        """Write the line below the leads; give the boxes of paper speed and gain within it."""
        style = self._style
        if not style.footer:
            return None
        x0, y0, _, y1 = self.write(style.footer, style.left_mm, style.paper_mm[1] - 5.0, _HEADER_MM)
        speed, gain = (style.footer[: style.footer.index(unit) + len(unit)] for unit in _UNITS)
        speed_mm, both_mm, gain_mm = (
            self._width_mm(words) for words in (speed, gain, gain.removeprefix(speed).strip())
        )
        return (x0, y0, x0 + speed_mm, y1), (x0 + both_mm - gain_mm, y0, x0 + both_mm, y1)

    def _width_mm(self, words: str) -> float:
        scale = self._style.px_per_mm
        return float(word(words, self._style.font, round(_HEADER_MM * scale, 2)).shape[1] / scale)


class _Rows:
    """Draws the rows of leads with their names, separators and pulses."""

    def __init__(self, style: Style, ecg: Signals, pen: _Pen) -> None:
        self._style, self._ecg, self._pen = style, ecg, pen
        self._stretch = style.seconds / style.layout.duration_s

    def draw(self) -> tuple[PrintedStrip, ...]:
        style = self._style
        strips: list[PrintedStrip] = []
        first_rhythm = len(style.layout.rows) - style.layout.rhythm_rows
        for row, (cells, zero_mm) in enumerate(zip(style.layout.rows, style.zeros_mm, strict=True)):
            mine = []
            for cell in cells:
                rhythm = row >= first_rhythm
                lead = style.rhythm[row - first_rhythm] if cell.lead is None else cell.lead
                mine.append(
                    self._strip(
                        lead, row, rhythm, cell.start_s * self._stretch,
                        cell.duration_s * self._stretch, zero_mm,
                    )
                )  # fmt: skip
            self._draw_row(mine)
            strips += mine
        return tuple(strips)

    def _strip(
        self, lead: str, row: int, rhythm: bool, start_s: float, duration_s: float, zero_mm: float
    ) -> PrintedStrip:
        style, fs_hz = self._style, self._ecg.fs_hz
        plain = lead.removeprefix("-")
        first, stop = round(start_s * fs_hz), round((start_s + duration_s) * fs_hz)
        mv = self._ecg.leads_mv[plain][first:stop] * (-1 if lead.startswith("-") else 1)
        x = style.left_mm + np.arange(first, first + mv.size) * (style.speed_mm_per_s / fs_hz)
        points = np.stack([x, zero_mm - mv * style.gain_mm_per_mv], axis=1)
        x_mm = style.left_mm + start_s * style.speed_mm_per_s
        box = self._name(lead, x_mm, zero_mm, points)
        return PrintedStrip(
            plain, row, rhythm, start_s, duration_s, x_mm, zero_mm,
            points.astype(np.float32), box, lead.startswith("-"),
        )  # fmt: skip

    def _name(
        self, lead: str, x_mm: float, zero_mm: float, points: NDArray[np.float64]
    ) -> Box | None:
        style = self._style
        if not style.name_mm:
            return None
        words = lead.upper() if style.capitals else lead
        if style.name_place == "beside":
            return self._pen.write(words, x_mm + 0.8, zero_mm + style.name_mm + 4, style.name_mm)
        rise = 6.0 if style.name_place == "above" else 10.0
        room = min(style.zeros_mm[0], 200.0)
        if len(style.zeros_mm) > 1:
            room = float(np.diff(style.zeros_mm).min())
        return self._pen.write(words, x_mm + 1.0, zero_mm - min(rise, room / 2), style.name_mm)

    def _draw_row(self, strips: list[PrintedStrip]) -> None:
        style = self._style
        curves = [strip.centerline_mm.astype(np.float64) for strip in strips]
        if style.separator == "joined":
            self._pen.curve(np.concatenate(curves))
        else:
            for curve in curves:
                self._pen.curve(curve)
        for strip in strips[1:]:
            self._separate(strip.x_mm, strip.zero_mm)
        if style.pulse != "none":
            end_mm = strips[-1].x_mm + strips[-1].duration_s * style.speed_mm_per_s
            left = style.pulse == "left"
            start = (
                style.left_mm - _PULSE_GAP_MM - _PULSE_MM[-1] if left else end_mm + _PULSE_GAP_MM
            )
            y = strips[0].zero_mm - _PULSE_MV * style.gain_mm_per_mv
            self._pen.pulse(np.stack([start + _PULSE_MM, y], axis=1))

    def _separate(self, x_mm: float, zero_mm: float) -> None:
        match self._style.separator:
            case "line":
                self._pen.rule([(x_mm, zero_mm - 4), (x_mm, zero_mm + 4)], 0.25)
            case "ticks":
                self._pen.rule([(x_mm, zero_mm - 8), (x_mm, zero_mm - 5)], 0.3)
                self._pen.rule([(x_mm, zero_mm + 5), (x_mm, zero_mm + 8)], 0.3)
            case "dashes":
                for y in np.arange(zero_mm - 9, zero_mm + 9, 3.0):
                    self._pen.rule([(x_mm, y), (x_mm, y + 1.6)], 0.2)
            case _:
                pass


def _printed(style: Style, ecg: Signals, strips: tuple[PrintedStrip, ...]) -> Signals:
    """Give the leads that stand on the page; lead II as long as it is printed anywhere."""
    size = round(style.seconds * ecg.fs_hz)
    leads: dict[str, NDArray[np.float64]] = {}
    for strip in strips:
        name = strip.lead
        if strip.rhythm and name in leads and name != "II":
            name = f"{name}_rhythm"
        samples = leads.setdefault(name, np.full(size, np.nan))
        first = round(strip.start_s * ecg.fs_hz)
        stop = min(first + len(strip.centerline_mm), size)
        samples[first:stop] = ecg.leads_mv[strip.lead][first:stop]
    return Signals(ecg.fs_hz, leads)
