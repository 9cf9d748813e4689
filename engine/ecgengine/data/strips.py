"""Strips: which lead lies where on a sheet."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

CalibrationSource = Literal["given", "pulse", "text", "beats", "default"]


class TimeOrder(StrEnum):
    """What follows what in time on a sheet."""

    IN_TURN = "in turn"
    """Strips of a row follow each other; rows show the same time."""

    TOGETHER = "together"
    """Columns show the same seconds, too."""

    IN_PANELS = "in panels"
    """Groups of three rows follow each other, row of groups after row of groups."""

    GOING_ON = "going on"
    """Each row goes on where the one above ends."""


Basis = Literal["told", "read", "assumed"]
"""Whether the user said something, the page says it, or it is usual and fits the rest."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How millimeters of paper become millivolts and seconds, and who said so.

    Attributes:
        gain_mm_per_mv: millimeters of paper per millivolt.
        speed_mm_per_s: millimeters of paper per second.
        gain_source: what the gain was taken from.
        speed_source: what the paper speed was taken from.
        gain_probability: 0 to 1, that the gain is this one.
        speed_probability: 0 to 1, that the paper speed is this one.
        gain_runner_up: the next likely gain, or None.
        speed_runner_up: the next likely paper speed, or None.
    """

    gain_mm_per_mv: float = 10.0
    speed_mm_per_s: float = 25.0
    gain_source: CalibrationSource = "default"
    speed_source: CalibrationSource = "default"
    gain_probability: float = 1.0
    speed_probability: float = 1.0
    gain_runner_up: float | None = None
    speed_runner_up: float | None = None

    @property
    def gain_basis(self) -> Basis:
        """Whether the gain was told, read or assumed."""
        return _BASES[self.gain_source]

    @property
    def speed_basis(self) -> Basis:
        """Whether the paper speed was told, read or assumed."""
        return _BASES[self.speed_source]


_BASES: dict[CalibrationSource, Basis] = {
    "given": "told",
    "pulse": "read",
    "text": "read",
    "beats": "assumed",
    "default": "assumed",
}


@dataclass(frozen=True, slots=True)
class Strip:
    """One stretch of one lead on a sheet.

    Attributes:
        lead: lead name, or None when nobody can tell; a strip printed inverted has
            `inverted=True` and its plain name here.
        row: index of the row of leads from the top.
        rhythm: True for a rhythm strip under the short leads.
        x_start_px: sheet x of the strip's first instant, to a tenth of a pixel.
        x_end_px: sheet x where the next strip begins, or where this one's last instant ends.
        zero_px: sheet y of zero millivolts (the baseline when the paper does not say).
        top_px: smallest y that the trace may reach.
        bottom_px: largest y that the trace may reach.
        start_s: time of `x_start_px` on the recording's clock.
        inverted: the lead is printed upside down (-aVR in Cabrera order).
        obstacles_px: boxes (x0, y0, x1, y1) of separators, lead names and pulses that touch it.
        notes: sentences for the user about what was assumed.
        lead_basis: whether the lead was told, read or assumed.
        lead_probability: 0 to 1, that it shows this lead.
        lead_runner_up: the next likely lead, or None.
        ink_share: 0 to 1, how much of the ink of its row lies in the row's strips.
    """

    lead: str | None
    row: int
    rhythm: bool
    x_start_px: float
    x_end_px: float
    zero_px: float
    top_px: float
    bottom_px: float
    start_s: float
    inverted: bool = False
    obstacles_px: tuple[tuple[float, float, float, float], ...] = ()
    notes: tuple[str, ...] = ()
    lead_basis: Basis = "read"
    lead_probability: float = 1.0
    lead_runner_up: str | None = None
    ink_share: float = 1.0


@dataclass(frozen=True, slots=True)
class Strips:
    """Every strip found on a sheet.

    Attributes:
        strips: row by row, left to right.
        layout: the layout's name, or None for an arrangement that nobody knows.
        calibration: gain and speed of this sheet.
        confidence: 0 to 1, the probability of this arrangement of strips.
        notes: sentences for the user about what was assumed.
        order: what follows what in time.
        ecg_probability: 0 to 1, that the traces are those of a heart.
    """

    strips: tuple[Strip, ...]
    layout: str | None
    calibration: Calibration
    confidence: float = 1.0
    notes: tuple[str, ...] = ()
    order: TimeOrder = TimeOrder.IN_TURN
    ecg_probability: float = 1.0
