"""The words that the word network knows, in the order of its output."""

from __future__ import annotations

from ecgengine.data.layout import LEADS

SPEEDS_MM_PER_S = (12.5, 25.0, 50.0, 100.0)
GAINS_MM_PER_MV = (2.5, 5.0, 10.0, 20.0)

WORDS = (
    *LEADS,
    *(f"{speed:g} mm/s" for speed in SPEEDS_MM_PER_S),
    *(f"{gain:g} mm/mV" for gain in GAINS_MM_PER_MV),
)
"""Lead names, then paper speeds, then gains."""

PX_PER_MM = 4.0
"""Scale of the sheets that it reads."""

CELL_PX = 4
"""Side of the square of sheet that one place of its output stands for."""

SIZE_MM = 10.0
"""Width and height of a word are told as shares of this."""
