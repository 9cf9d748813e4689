"""Strips: which lead lies where on a sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CalibrationSource = Literal["given", "pulse", "text", "beats", "default"]


@dataclass(frozen=True, slots=True)
class Calibration:
    """How millimeters of paper become millivolts and seconds, and who said so."""

    gain_mm_per_mv: float = 10.0
    speed_mm_per_s: float = 25.0
    gain_source: CalibrationSource = "default"
    speed_source: CalibrationSource = "default"


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


@dataclass(frozen=True, slots=True)
class Strips:
    """Every strip found on a sheet.

    Attributes:
        strips: row by row, left to right.
        layout: the layout's name, or None for an arrangement that nobody knows.
        calibration: gain and speed of this sheet.
        confidence: 0 to 1, how much better this layout fits than the next one.
        notes: sentences for the user about what was assumed.
    """

    strips: tuple[Strip, ...]
    layout: str | None
    calibration: Calibration
    confidence: float = 1.0
    notes: tuple[str, ...] = ()
