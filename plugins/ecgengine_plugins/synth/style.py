"""How a cart prints: every choice that makes one page look unlike another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np

from ecgengine.data.layout import LEADS, Layout
from ecgengine.truth.case import Box
from ecgengine_plugins.synth.letters import FONTS
from ecgengine_plugins.synth.picture import Color

ItemT = TypeVar("ItemT")

Ends = Literal["round", "cut", "projecting"]
GridKind = Literal["lines", "dots", "heavy", "none"]
Pulse = Literal["left", "right", "above", "none"]
Separator = Literal["none", "line", "ticks", "dashes", "joined", "bar"]
NamePlace = Literal["above", "raised", "beside", "below", "left"]
FooterPlace = Literal["bottom left", "bottom right", "top"]
Piece = tuple[str, str]
"""Printed words, and the paper speed (`25 mm/s`) or gain that they tell, or nothing."""

_PAPERS_MM = ((297.0, 210.0), (279.4, 215.9), (300.0, 210.0), (290.0, 148.0))
_GRID_RGB: dict[str, Color] = {
    "red": (228, 80, 80),
    "pink": (245, 165, 170),
    "orange": (240, 165, 95),
    "blue": (130, 165, 225),
    "green": (120, 190, 130),
    "gray": (170, 170, 170),
}
_INKS_RGB: tuple[tuple[Color, float], ...] = (
    ((10, 10, 12), 0.55),
    ((45, 45, 50), 0.2),
    ((85, 85, 90), 0.08),
    ((25, 30, 95), 0.1),
    ((20, 45, 150), 0.05),
    ((70, 20, 75), 0.02),
)
_PULSE_ROOM_MM = 9.0
HEADER_MM = 2.6
"""Height of the capitals of header and footer."""
LINE_MM = 4.5
"""From line to line of the header."""


@dataclass(frozen=True, slots=True)
class GridStyle:
    """The printed grid.

    Attributes:
        kind: lines, dots at every millimeter with heavy lines, heavy lines alone, or nothing.
        rgb: its color.
        light: share that a light line covers, 0..1.
        heavy: share that a heavy line covers, 0..1.
        light_mm: width of the light lines.
        heavy_mm: width of the heavy lines.
        inset_mm: blank margin around it.
        boxes_mm: where it is printed; everywhere when empty.
    """

    kind: GridKind
    rgb: Color
    light: float
    heavy: float
    light_mm: float
    heavy_mm: float
    inset_mm: float
    boxes_mm: tuple[Box, ...] = ()

    @property
    def periods_mm(self) -> tuple[float | None, float | None]:
        """Distances of light and heavy lines; None for a kind that is not printed."""
        light = 1.0 if self.kind in {"lines", "dots"} else None
        return light, 5.0 if self.kind != "none" else None


@dataclass(frozen=True, slots=True)
class Place:
    """Where one strip is to be printed.

    Attributes:
        lead: its name; a leading minus says that it is printed inverted.
        row: index of its row from the top.
        rhythm: whether it is a rhythm strip.
        start_s: its first instant on the recording's clock.
        duration_s: how long it lasts.
        origin_mm: paper x at which the recording's first instant would stand.
        zero_mm: paper y of zero millivolts.
        named: whether its name is printed, on pages that print names.
    """

    lead: str
    row: int
    rhythm: bool
    start_s: float
    duration_s: float
    origin_mm: float
    zero_mm: float
    named: bool = True


@dataclass(frozen=True, slots=True)
class Style:
    """One page's looks.

    Attributes:
        layout: name of the arrangement of the leads.
        places: where each strip stands, row by row, left to right.
        paper_mm: width and height of the sheet.
        px_per_mm: scale at which the print is drawn.
        gain_mm_per_mv: paper per millivolt.
        speed_mm_per_s: paper per second.
        seconds: how much of the recording the page shows.
        left_mm: paper x of the first strips.
        zeros_mm: paper y of zero millivolts of each row.
        grid: the grid.
        paper_rgb: color of the paper.
        ink_rgb: color of pen and letters.
        pen_mm: width of the pen.
        ends: how the pen's line ends.
        pulse: where calibration pulses stand.
        separator: what parts leads of a row.
        name_place: where lead names stand.
        name_mm: height of their capitals; 0 prints none.
        font: typeface of names, header and footer.
        capitals: names are printed as AVR, not aVR.
        header: lines above the leads.
        footer: pieces of the line that tells speed and gain, usually below the leads.
        handwriting: number of handwritten remarks.
        stamp: words of a stamp, or nothing.
        marks_rgb: color of handwriting and stamp.
        pulse_mm: width of a calibration pulse.
        pulse_rows: how many rows have one.
        pulse_foot_mm: length of the level line on both sides of a pulse; 0 for none, and no gap
            between pulse and trace.
        seconds_told: whether each second's number stands below the rows.
        footer_place: where the footer stands.
        average: where an average beat of a lead stands; its `start_s` is 0.
    """

    layout: str
    places: tuple[Place, ...]
    paper_mm: tuple[float, float]
    px_per_mm: float
    gain_mm_per_mv: float
    speed_mm_per_s: float
    seconds: float
    left_mm: float
    zeros_mm: tuple[float, ...]
    grid: GridStyle
    paper_rgb: Color
    ink_rgb: Color
    pen_mm: float
    ends: Ends
    pulse: Pulse
    separator: Separator
    name_place: NamePlace
    name_mm: float
    font: str
    capitals: bool
    header: tuple[str, ...]
    footer: tuple[Piece, ...]
    handwriting: int
    stamp: str
    marks_rgb: Color
    pulse_mm: float = 5.0
    pulse_rows: int = 100
    pulse_foot_mm: float = 1.0
    seconds_told: bool = False
    footer_place: FooterPlace = "bottom left"
    average: tuple[Place, ...] = ()

    @property
    def name_rise_mm(self) -> float:
        """How far above the zero line names stand that are printed above the traces."""
        rise = 6.0 if self.name_place == "above" else 10.0
        room = min(self.zeros_mm[0], 200.0)
        if len(self.zeros_mm) > 1:
            room = float(np.diff(self.zeros_mm).min())
        return min(rise, room / 2)


def draw_style(random: np.random.Generator, layout: Layout, rate_bpm: float) -> Style:
    """Choose how a page of a given layout looks.

    Args:
        random: where the choices come from.
        layout: arrangement of the leads.
        rate_bpm: heart rate that the header prints.
    """
    paper_mm = _PAPERS_MM[int(random.choice(4, p=(0.5, 0.32, 0.1, 0.08)))]
    if len(layout.rows) > 6:
        paper_mm = _PAPERS_MM[int(random.integers(3))]
    speed, seconds = _speed(random, layout)
    gain = pick(random, (10.0, 5.0, 20.0), (0.86, 0.09, 0.05))
    if len(layout.rows) > 6 and gain == 20.0:
        gain = 5.0
    pulse: Pulse = pick(random, ("left", "right", "none"), (0.55, 0.2, 0.25))
    left_mm = _left(random, paper_mm[0], seconds * speed, pulse)
    header = _header(random, rate_bpm, small=paper_mm[1] < 200)
    scales = tuple((words, words) for words in (f"{speed:g} mm/s", f"{gain:g} mm/mV"))
    filters = pick(
        random,
        ((), (("0.05-150 Hz", ""),), (("F 50~ 0.5-40 Hz W", ""),), (("~ 0.15-100 Hz", ""),)),
        (0.4, 0.3, 0.15, 0.15),
    )
    marked = random.random() < 0.22
    rhythm = draw_rhythm(random, layout)
    px_per_mm = pick(random, (7.874, float(random.uniform(5.8, 9.5))), (0.45, 0.55))
    zeros_mm = _zeros(random, len(layout.rows), paper_mm[1], len(header))
    return Style(
        layout=layout.name,
        places=_places(layout, rhythm, seconds / layout.duration_s, left_mm, zeros_mm),
        paper_mm=paper_mm,
        px_per_mm=px_per_mm,
        gain_mm_per_mv=gain,
        speed_mm_per_s=speed,
        seconds=seconds,
        left_mm=left_mm,
        zeros_mm=zeros_mm,
        grid=_grid(random),
        paper_rgb=_paper(random),
        ink_rgb=pick(random, [c for c, _ in _INKS_RGB], [p for _, p in _INKS_RGB]),
        pen_mm=float(np.clip(random.lognormal(np.log(0.32), 0.35), 0.15, 0.6)),
        ends=pick(random, ("projecting", "cut", "round"), (0.4, 0.35, 0.25)),
        pulse=pulse,
        separator=pick(
            random, ("none", "line", "ticks", "dashes", "joined"), (0.4, 0.3, 0.1, 0.1, 0.1)
        ),
        name_place=pick(random, ("above", "raised", "beside"), (0.55, 0.3, 0.15)),
        name_mm=float(random.uniform(2.0, 4.2)) if random.random() < 0.95 else 0.0,
        font=FONTS[int(random.integers(len(FONTS)))],
        capitals=random.random() < 0.12,
        header=header,
        footer=scales + filters if random.random() < 0.8 else (),
        handwriting=int(random.integers(1, 5)) if marked else 0,
        stamp=pick(random, _STAMPS, None) if random.random() < 0.08 else "",
        marks_rgb=pick(random, ((25, 45, 160), (20, 20, 25), (170, 30, 40)), (0.6, 0.2, 0.2)),
    )


def pick(
    random: np.random.Generator, items: Sequence[ItemT], often: Sequence[float] | None
) -> ItemT:
    """Draw one of some items, as often as told."""
    return items[int(random.choice(len(items), p=often))]


def _speed(random: np.random.Generator, layout: Layout) -> tuple[float, float]:
    """Choose paper speed and the seconds of a row, so that the row fits the paper."""
    fast = random.random() < 0.1
    if layout.duration_s <= 5:
        return (50.0, 5.0) if fast or random.random() < 0.4 else (25.0, 10.0)
    return (50.0, layout.duration_s / 2) if fast else (25.0, layout.duration_s)


def _left(random: np.random.Generator, width_mm: float, row_mm: float, pulse: Pulse) -> float:
    low = 4.0 + (_PULSE_ROOM_MM if pulse == "left" else 0.0)
    high = width_mm - row_mm - 4.0 - (_PULSE_ROOM_MM if pulse == "right" else 0.0)
    high = max(high, low)
    # Some carts start on a heavy line, some on a light one, drawing programs anywhere.
    left = float(random.uniform(low, min(high, low + 25.0)))
    return float(pick(random, (left, round(left), round(left / 5) * 5.0), (0.5, 0.25, 0.25)))


def _zeros(
    random: np.random.Generator, rows: int, height_mm: float, header_lines: int
) -> tuple[float, ...]:
    top = 8.0 + 4.5 * header_lines + float(random.uniform(0, 10))
    bottom = height_mm - float(random.uniform(8, 16))
    spacing = min((bottom - top) / rows, float(random.uniform(30, 45)))
    start = top + (bottom - top - rows * spacing) * float(random.uniform(0.2, 0.8))
    zeros = start + spacing * (np.arange(rows) + float(random.uniform(0.5, 0.65)))
    if random.random() < 0.4:
        zeros = np.rint(zeros / 5) * 5 if spacing > 10 else np.rint(zeros)
    return tuple(float(zero) for zero in zeros)


def _places(
    layout: Layout,
    rhythm: Sequence[str],
    stretch: float,
    left_mm: float,
    zeros_mm: Sequence[float],
) -> tuple[Place, ...]:
    """Give a place to each cell, as time goes on from left to right in every row."""
    first_rhythm = len(layout.rows) - layout.rhythm_rows
    return tuple(
        Place(
            rhythm[row - first_rhythm] if cell.lead is None else cell.lead,
            row, row >= first_rhythm, cell.start_s * stretch, cell.duration_s * stretch,
            left_mm, zero_mm,
        )
        for row, (cells, zero_mm) in enumerate(zip(layout.rows, zeros_mm, strict=True))
        for cell in cells
    )  # fmt: skip


def draw_rhythm(random: np.random.Generator, layout: Layout) -> tuple[str, ...]:
    """Choose the lead of each rhythm strip, top to bottom."""
    if not layout.rhythm_rows:
        return ()
    if random.random() < 0.8:
        return layout.default_rhythm
    others = [name for name in LEADS if name not in layout.default_rhythm]
    usual = ["II", "V1", "V5", str(random.choice(others))]
    return tuple(str(name) for name in random.permutation(usual)[: layout.rhythm_rows])


def _grid(random: np.random.Generator) -> GridStyle:
    kind: GridKind = pick(random, ("lines", "dots", "heavy", "none"), (0.82, 0.09, 0.06, 0.03))
    name = pick(random, tuple(_GRID_RGB), (0.27, 0.27, 0.14, 0.08, 0.08, 0.16))
    rgb = np.clip(np.array(_GRID_RGB[name]) + random.normal(0, 10, 3), 40, 250)
    heavy = float(random.uniform(0.6, 1.0))
    weights_alike = random.random() < 0.06
    return GridStyle(
        kind=kind,
        rgb=(float(rgb[0]), float(rgb[1]), float(rgb[2])),
        light=heavy if weights_alike else heavy * float(random.uniform(0.35, 0.85)),
        heavy=heavy,
        light_mm=float(random.uniform(0.08, 0.16)),
        heavy_mm=float(random.uniform(0.14, 0.3)),
        inset_mm=pick(random, (0.0, float(random.uniform(3, 8))), (0.65, 0.35)),
    )


def _paper(random: np.random.Generator) -> Color:
    if random.random() < 0.6:
        return (255.0, 255.0, 255.0)
    tint = random.uniform((246, 238, 226), (255, 253, 250))
    return (float(tint[0]), float(tint[1]), float(tint[2]))


_SURNAMES = (
    *("ADLER", "BERG", "CRUZ", "DIAZ", "EKHOLM"),
    *("FARKAS", "GRANT", "HASSAN", "IVANOV", "JOHN"),
)
_FINDINGS = (
    "Sinus rhythm",
    "Normal ECG",
    "Abnormal ECG",
    "Nonspecific ST abnormality",
    "Left axis deviation",
    "Possible left atrial enlargement",
    "Borderline ECG",
    "Unconfirmed diagnosis",
)
_STAMPS = ("RECEIVED", "COPY", "CONFIRMED", "CARDIOLOGY", "ARCHIVE")


def _header(random: np.random.Generator, rate_bpm: float, *, small: bool) -> tuple[str, ...]:
    """Invent the printed lines of patient, measurements and findings."""
    if random.random() < 0.12:
        return ()
    surname = pick(random, _SURNAMES, None)
    number, age = int(random.integers(10**6, 10**8)), int(random.integers(18, 95))
    day, month, year, hour, minute = (
        int(random.integers(*r)) for r in ((1, 29), (1, 13), (1994, 2026), (0, 24), (0, 60))
    )
    lines = [
        f"{surname}, {chr(65 + int(random.integers(26)))}.    ID {number}    {age} yr",
        f"{day:02d}.{month:02d}.{year}  {hour:02d}:{minute:02d}",
        f"HR {rate_bpm:.0f} bpm   PR {int(random.integers(110, 240))} ms   "
        f"QRS {int(random.integers(70, 160))} ms   QT/QTc {int(random.integers(320, 480))}/"
        f"{int(random.integers(380, 500))} ms   P-R-T {int(random.integers(0, 80))} "
        f"{int(random.integers(-60, 110))} {int(random.integers(-20, 110))}",
        pick(random, _FINDINGS, None),
        pick(random, _FINDINGS, None),
    ]
    count = int(random.integers(1, 3 if small else len(lines) + 1))
    return tuple(lines[:count])
