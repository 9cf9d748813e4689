"""How a cart prints: every choice that makes one page look unlike another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np

from ecgengine.data.layout import LEADS, Layout
from ecgengine_plugins.synth.letters import FONTS
from ecgengine_plugins.synth.picture import Color

ItemT = TypeVar("ItemT")

Ends = Literal["round", "cut", "projecting"]
Pulse = Literal["left", "right", "none"]
Separator = Literal["none", "line", "ticks", "dashes", "joined"]
NamePlace = Literal["above", "raised", "beside"]

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
    """

    kind: Literal["lines", "dots", "heavy", "none"]
    rgb: Color
    light: float
    heavy: float
    light_mm: float
    heavy_mm: float
    inset_mm: float

    @property
    def periods_mm(self) -> tuple[float | None, float | None]:
        """Distances of light and heavy lines; None for a kind that is not printed."""
        light = 1.0 if self.kind in {"lines", "dots"} else None
        return light, 5.0 if self.kind != "none" else None


@dataclass(frozen=True, slots=True)
class Style:
    """One page's looks.

    Attributes:
        layout: arrangement of the leads.
        rhythm: lead of each rhythm strip, top to bottom.
        paper_mm: width and height of the sheet.
        px_per_mm: scale at which the print is drawn.
        gain_mm_per_mv: paper per millivolt.
        speed_mm_per_s: paper per second.
        seconds: how much of the recording a whole row shows.
        left_mm: paper x of time zero.
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
        footer: the line below the leads, or nothing.
        handwriting: number of handwritten remarks.
        stamp: words of a stamp, or nothing.
        marks_rgb: color of handwriting and stamp.
    """

    layout: Layout
    rhythm: tuple[str, ...]
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
    footer: str
    handwriting: int
    stamp: str
    marks_rgb: Color


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
    gain = _pick(random, (10.0, 5.0, 20.0), (0.86, 0.09, 0.05))
    if len(layout.rows) > 6 and gain == 20.0:
        gain = 5.0
    pulse: Pulse = _pick(random, ("left", "right", "none"), (0.55, 0.2, 0.25))
    left_mm = _left(random, paper_mm[0], seconds * speed, pulse)
    header = _header(random, rate_bpm, small=paper_mm[1] < 200)
    footer = f"{speed:g} mm/s  {gain:g} mm/mV" + _pick(
        random,
        ("", "  0.05-150 Hz", "  F 50~ 0.5-40 Hz W", "  ~ 0.15-100 Hz"),
        (0.4, 0.3, 0.15, 0.15),
    )
    marked = random.random() < 0.22
    return Style(
        layout=layout,
        rhythm=_rhythm(random, layout),
        paper_mm=paper_mm,
        px_per_mm=_pick(random, (7.874, float(random.uniform(5.8, 9.5))), (0.45, 0.55)),
        gain_mm_per_mv=gain,
        speed_mm_per_s=speed,
        seconds=seconds,
        left_mm=left_mm,
        zeros_mm=_zeros(random, len(layout.rows), paper_mm[1], len(header)),
        grid=_grid(random),
        paper_rgb=_paper(random),
        ink_rgb=_pick(random, [c for c, _ in _INKS_RGB], [p for _, p in _INKS_RGB]),
        pen_mm=float(np.clip(random.lognormal(np.log(0.32), 0.35), 0.15, 0.6)),
        ends=_pick(random, ("projecting", "cut", "round"), (0.4, 0.35, 0.25)),
        pulse=pulse,
        separator=_pick(
            random, ("none", "line", "ticks", "dashes", "joined"), (0.4, 0.3, 0.1, 0.1, 0.1)
        ),
        name_place=_pick(random, ("above", "raised", "beside"), (0.55, 0.3, 0.15)),
        name_mm=float(random.uniform(2.0, 4.2)) if random.random() < 0.95 else 0.0,
        font=FONTS[int(random.integers(len(FONTS)))],
        capitals=random.random() < 0.12,
        header=header,
        footer=footer if random.random() < 0.8 else "",
        handwriting=int(random.integers(1, 5)) if marked else 0,
        stamp=_pick(random, _STAMPS, None) if random.random() < 0.08 else "",
        marks_rgb=_pick(random, ((25, 45, 160), (20, 20, 25), (170, 30, 40)), (0.6, 0.2, 0.2)),
    )


def _pick(
    random: np.random.Generator, items: Sequence[ItemT], often: Sequence[float] | None
) -> ItemT:
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
    return float(_pick(random, (left, round(left), round(left / 5) * 5.0), (0.5, 0.25, 0.25)))


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


def _rhythm(random: np.random.Generator, layout: Layout) -> tuple[str, ...]:
    if not layout.rhythm_rows:
        return ()
    if random.random() < 0.8:
        return layout.default_rhythm
    others = [name for name in LEADS if name not in layout.default_rhythm]
    usual = ["II", "V1", "V5", str(random.choice(others))]
    return tuple(str(name) for name in random.permutation(usual)[: layout.rhythm_rows])


def _grid(random: np.random.Generator) -> GridStyle:
    kind: Literal["lines", "dots", "heavy", "none"] = _pick(
        random, ("lines", "dots", "heavy", "none"), (0.82, 0.09, 0.06, 0.03)
    )
    name = _pick(random, tuple(_GRID_RGB), (0.27, 0.27, 0.14, 0.08, 0.08, 0.16))
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
        inset_mm=_pick(random, (0.0, float(random.uniform(3, 8))), (0.65, 0.35)),
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
    surname = _pick(random, _SURNAMES, None)
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
        _pick(random, _FINDINGS, None),
        _pick(random, _FINDINGS, None),
    ]
    count = int(random.integers(1, 3 if small else len(lines) + 1))
    return tuple(lines[:count])
