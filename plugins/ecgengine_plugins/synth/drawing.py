"""Draw a recording as a cart prints it: the flat layers, and where everything stands."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ecgengine.ecg.signals import Signals
from ecgengine.truth.case import Box, PrintedStrip, PrintedWord
from ecgengine_kernels.drawing import draw_curve
from ecgengine_plugins.synth.beating import find_beats
from ecgengine_plugins.synth.grid import draw_grid
from ecgengine_plugins.synth.letters import put, word
from ecgengine_plugins.synth.marks import draw_marks
from ecgengine_plugins.synth.picture import Print
from ecgengine_plugins.synth.style import HEADER_MM, LINE_MM, Place, Style

_PULSE_GAP_MM = 1.0
_PULSE_RISE_MM = 14.0
_BESIDE_MM = 0.1
_SECONDS_DROP_MM = 12.0
_SMALL_MM = 1.7
_BEFORE_BEAT = 0.4


@dataclass(frozen=True, slots=True)
class Drawn:
    """A print, what stands on it, and the leads that a perfect reading gives.

    Attributes:
        sheet: the flat layers.
        strips: row by row, left to right.
        rules_mm: separators as (N, 2) paper points.
        pulses_mm: calibration pulses as (N, 2) paper points.
        average_beats_mm: average beats as (N, 2) paper points.
        words: printed lead names, paper speeds and gains.
        leads: the printed leads in millivolts from the page's first instant; NaN elsewhere.
    """

    sheet: Print
    strips: tuple[PrintedStrip, ...]
    rules_mm: tuple[NDArray[np.float32], ...]
    pulses_mm: tuple[NDArray[np.float32], ...]
    average_beats_mm: tuple[NDArray[np.float32], ...]
    words: tuple[PrintedWord, ...]
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
    rows = _Rows(style, ecg, pen)
    strips = rows.draw()
    average = rows.draw_average()
    pen.header()
    pen.footer()
    draw_marks(marks, style, strips, random)
    grid = draw_grid(style.grid, style.paper_mm, style.px_per_mm)
    sheet = Print(
        trace, text, grid, marks,
        style.ink_rgb, style.grid.rgb, style.marks_rgb, style.paper_rgb, style.px_per_mm,
    )  # fmt: skip
    return Drawn(
        sheet, strips, tuple(pen.rules_mm), tuple(pen.pulses_mm), average, tuple(pen.words),
        _printed(style, ecg, strips),
    )  # fmt: skip


class _Pen:
    """Draws in millimeters of paper."""

    def __init__(self, style: Style, trace: NDArray[np.uint8], text: NDArray[np.uint8]) -> None:
        self._style, self._trace, self._text = style, trace, text
        self.rules_mm: list[NDArray[np.float32]] = []
        self.pulses_mm: list[NDArray[np.float32]] = []
        self.words: list[PrintedWord] = []

    def curve(self, points_mm: NDArray[np.floating], *, whole: bool = False) -> None:
        """Draw a stretch of trace; its ends are as the style's, or the pen's whole width."""
        scale, style = self._style.px_per_mm, self._style
        points = points_mm * scale - 0.5
        ends = "round" if whole else style.ends
        beyond = {"cut": 0.0, "projecting": 0.5, "round": 9.0}[ends] * style.pen_mm * scale
        draw_curve(
            self._trace,
            np.ascontiguousarray(points, dtype=np.float64),
            style.pen_mm * scale,
            float(points[:, 0].min() - beyond),
            float(points[:, 0].max() + beyond),
        )

    def pulse(self, left_mm: float, zero_mm: float) -> None:
        """Draw a calibration pulse, with the pen of the traces."""
        style = self._style
        rise, fall, end = np.cumsum([style.pulse_foot_mm, style.pulse_mm, style.pulse_foot_mm])
        x = np.array([0.0, rise, rise, fall, fall, end])
        y = zero_mm - np.array([0.0, 0.0, 1.0, 1.0, 0.0, 0.0]) * style.gain_mm_per_mv
        points_mm = np.stack([left_mm + x, y], axis=1)
        self.pulses_mm.append(points_mm.astype(np.float32))
        self.curve(points_mm, whole=style.pulse_foot_mm == 0)

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

    def name(self, lead: str, left_mm: float, bottom_mm: float) -> Box:
        """Write a lead's name."""
        words = lead.upper() if self._style.capitals else lead
        box = self.write(words, left_mm, bottom_mm, self._style.name_mm)
        self.words.append(PrintedWord(lead.removeprefix("-"), box))
        return box

    def header(self) -> None:
        """Write the header's lines from the sheet's upper left."""
        for number, line in enumerate(self._style.header):
            self.write(line, self._style.left_mm, 8.0 + LINE_MM * number, HEADER_MM)

    def footer(self) -> None:
        """Write the line that tells paper speed and gain."""
        style = self._style
        if not style.footer:
            return
        texts = [text for text, _ in style.footer]
        left, bottom = style.left_mm, style.paper_mm[1] - 5.0
        if style.footer_place == "bottom right":
            left = style.paper_mm[0] - 6.0 - self.width_mm("  ".join(texts), HEADER_MM)
        elif style.footer_place == "top":
            bottom = 8.0 + LINE_MM * len(style.header)
        x0, y0, _, y1 = self.write("  ".join(texts), left, bottom, HEADER_MM)
        for number, (text, told) in enumerate(style.footer):
            if told:
                end = x0 + self.width_mm("  ".join(texts[: number + 1]), HEADER_MM)
                box = (end - self.width_mm(text, HEADER_MM), y0, end, y1)
                self.words.append(PrintedWord(told, box))

    def width_mm(self, words: str, height_mm: float) -> float:
        """Measure words."""
        scale = self._style.px_per_mm
        return float(word(words, self._style.font, round(height_mm * scale, 2)).shape[1] / scale)


class _Rows:
    """Draws the rows of leads with their names, separators and pulses."""

    def __init__(self, style: Style, ecg: Signals, pen: _Pen) -> None:
        self._style, self._ecg, self._pen = style, ecg, pen

    def draw(self) -> tuple[PrintedStrip, ...]:
        strips: list[PrintedStrip] = []
        for row in range(len(self._style.zeros_mm)):
            mine = [self._strip(place) for place in self._style.places if place.row == row]
            self._draw_row(mine)
            if self._style.seconds_told:
                self._tell_seconds(mine)
            strips += mine
        return tuple(strips)

    def draw_average(self) -> tuple[NDArray[np.float32], ...]:
        """Draw one beat of each lead, the median of all that the page's seconds hold."""
        style, fs_hz = self._style, self._ecg.fs_hz
        beats = find_beats(self._ecg) if style.average else ()
        curves = []
        for place in style.average:
            size = round(place.duration_s * fs_hz)
            firsts = [beat - round(_BEFORE_BEAT * size) for beat in beats]
            lead = self._ecg.leads_mv[place.lead]
            whole = [lead[i : i + size] for i in firsts if 0 <= i <= lead.size - size]
            mv = np.median(whole, axis=0) if whole else lead[:size]
            x = place.origin_mm + np.arange(mv.size) * (style.speed_mm_per_s / fs_hz)
            points = np.stack([x, place.zero_mm - mv * style.gain_mm_per_mv], axis=1)
            self._pen.curve(points)
            curves.append(points.astype(np.float32))
            self._name(place, place.origin_mm)
        return tuple(curves)

    def _strip(self, place: Place) -> PrintedStrip:
        style, fs_hz = self._style, self._ecg.fs_hz
        plain, inverted = place.lead.removeprefix("-"), place.lead.startswith("-")
        first = round(place.start_s * fs_hz)
        stop = round((place.start_s + place.duration_s) * fs_hz)
        mv = self._ecg.leads_mv[plain][first:stop] * (-1 if inverted else 1)
        x = place.origin_mm + np.arange(first, first + mv.size) * (style.speed_mm_per_s / fs_hz)
        points = np.stack([x, place.zero_mm - mv * style.gain_mm_per_mv], axis=1)
        x_mm = place.origin_mm + place.start_s * style.speed_mm_per_s
        return PrintedStrip(
            plain, place.row, place.rhythm, place.start_s, place.duration_s, x_mm, place.zero_mm,
            points.astype(np.float32), self._name(place, x_mm), inverted,
        )  # fmt: skip

    def _name(self, place: Place, x_mm: float) -> Box | None:
        style = self._style
        if not (style.name_mm and place.named):
            return None
        if style.name_place == "left":
            room = style.pulse_mm + 3.5 if style.pulse == "left" else 1.5
            left_mm = x_mm - room - self._pen.width_mm(place.lead, style.name_mm)
            if self._is_blank(left_mm - 1.0, x_mm, place.zero_mm):
                return self._pen.name(place.lead, left_mm, place.zero_mm + style.name_mm / 2)
        drop = {"beside": 4.0, "below": 8.0}.get(style.name_place)
        if drop is not None:
            return self._pen.name(place.lead, x_mm + 0.8, place.zero_mm + style.name_mm + drop)
        return self._pen.name(place.lead, x_mm + 1.0, place.zero_mm - style.name_rise_mm)

    def _is_blank(self, left_mm: float, right_mm: float, zero_mm: float) -> bool:
        """Say whether nothing ends between two places of a row."""
        places = (*self._style.places, *self._style.average)
        ends_mm = (
            place.origin_mm + (place.start_s + place.duration_s) * self._style.speed_mm_per_s
            for place in places
            if place.zero_mm == zero_mm
        )
        return not any(left_mm < end < right_mm + _BESIDE_MM for end in ends_mm)

    def _draw_row(self, strips: list[PrintedStrip]) -> None:
        style = self._style
        curves = [strip.centerline_mm.astype(np.float64) for strip in strips]
        if style.separator == "joined":
            self._pen.curve(np.concatenate(curves))
        else:
            for curve in curves:
                self._pen.curve(curve)
        for before, strip in pairwise(strips):
            if strip.x_mm - self._end_mm(before) < _BESIDE_MM:
                self._separate(strip.x_mm, strip.zero_mm)
        if strips[0].row >= style.pulse_rows:
            return
        gap_mm = _PULSE_GAP_MM if style.pulse_foot_mm else 0.0
        match style.pulse:
            case "left":
                ends = [-np.inf, *(self._end_mm(strip) for strip in strips[:-1])]
                whole_mm = style.pulse_mm + 2 * style.pulse_foot_mm
                for strip, end_mm in zip(strips, ends, strict=True):
                    if strip.x_mm - end_mm > whole_mm + 2 * _PULSE_GAP_MM:
                        self._pen.pulse(strip.x_mm - gap_mm - whole_mm, strip.zero_mm)
            case "right":
                self._pen.pulse(self._end_mm(strips[-1]) + gap_mm, strips[-1].zero_mm)
            case "above":
                self._pen.pulse(strips[0].x_mm + 8.0, strips[0].zero_mm - _PULSE_RISE_MM)
            case _:
                pass

    def _tell_seconds(self, strips: list[PrintedStrip]) -> None:
        """Write the number of each whole second below a row."""
        speed = self._style.speed_mm_per_s
        for strip in strips:
            for second in np.arange(np.ceil(strip.start_s), strip.start_s + strip.duration_s):
                x_mm = strip.x_mm + (second - strip.start_s) * speed
                self._pen.write(f"{second:g}s", x_mm, strip.zero_mm + _SECONDS_DROP_MM, _SMALL_MM)

    def _end_mm(self, strip: PrintedStrip) -> float:
        return strip.x_mm + strip.duration_s * self._style.speed_mm_per_s

    def _separate(self, x_mm: float, zero_mm: float) -> None:
        match self._style.separator:
            case "bar":
                self._pen.rule([(x_mm, zero_mm - 1.8), (x_mm, zero_mm + 1.8)], 0.6)
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
