"""Layouts: how carts arrange leads on paper, as data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ecgengine.errors import UsageError

LIMB_LEADS = ("I", "II", "III", "aVR", "aVL", "aVF")
CHEST_LEADS = ("V1", "V2", "V3", "V4", "V5", "V6")
LEADS = LIMB_LEADS + CHEST_LEADS
"""The twelve standard leads in the order of every output."""

CABRERA_LIMB_LEADS = ("aVL", "I", "-aVR", "II", "aVF", "III")
"""Limb leads by electrical angle; `-aVR` is printed upside down to fit."""


def check_leads(names: Iterable[str]) -> None:
    """Raise UsageError for a name that is none of the twelve leads."""
    for name in names:
        if name not in LEADS:
            raise UsageError(f"there is no lead '{name}'; use {', '.join(LEADS)}")


@dataclass(frozen=True, slots=True)
class Cell:
    """One lead's place in a layout: `lead` runs from `start_s` for `duration_s` seconds.

    A None lead is a rhythm strip whose name the page or the user has to tell.
    A leading minus (`-aVR`) says that it is printed inverted.
    """

    lead: str | None
    start_s: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class Layout:
    """An arrangement of leads: rows from top to bottom, each row cells from left to right.

    Attributes:
        name: what `--layout` calls it, such as `3x4+1`.
        rows: the lead rows; cells of one row follow each other in time without gaps, or show the
            same seconds and all start at once. On paper they stand side by side either way.
        rhythm_rows: how many of the last rows are rhythm strips.
        default_rhythm: lead names that the rhythm strips usually carry, top to bottom.
        summary: one line for `ecgengine plugins list`.
    """

    name: str
    rows: tuple[tuple[Cell, ...], ...]
    rhythm_rows: int = 0
    default_rhythm: tuple[str, ...] = ()
    summary: str = ""

    @property
    def duration_s(self) -> float:
        """Seconds from the first start to the last end over all rows."""
        return max(cell.start_s + cell.duration_s for row in self.rows for cell in row)
