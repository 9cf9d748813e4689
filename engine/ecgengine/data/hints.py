"""Hints: what the user says about a page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hints:
    """What the user says about a page; a stage obeys instead of measuring. None means: find out.

    Attributes:
        px_per_mm: pixels per millimeter of the page, (x, y).
        layout: layout name.
        rhythm: names of the rhythm strips, top to bottom.
        leads: names of the strips, row by row from the left, rhythm strips last; `-aVR` for a lead
            that is printed upside down, `-` for a strip without a name.
        gain_mm_per_mv: millimeters of paper per millivolt.
        speed_mm_per_s: millimeters of paper per second.
        fs_hz: samples per second of the output.
    """

    px_per_mm: tuple[float, float] | None = None
    layout: str | None = None
    rhythm: tuple[str, ...] | None = None
    leads: tuple[str, ...] | None = None
    gain_mm_per_mv: float | None = None
    speed_mm_per_s: float | None = None
    fs_hz: float = 500.0
