"""What the word network is given and answers: scale, cells, and words in their order."""

from __future__ import annotations

from ecgengine.data.layout import LEADS
from ecgengine_plugins.paper.scales import GAINS_MM_PER_MV, SPEEDS_MM_PER_S

WORDS = (
    *LEADS,
    *(f"{speed:g} mm/s" for speed in SPEEDS_MM_PER_S),
    *(f"{gain:g} mm/mV" for gain in GAINS_MM_PER_MV),
)
"""Lead names, then paper speeds, then gains; another list asks for a network trained anew."""

PX_PER_MM = 4.0
"""Scale of the sheets that it reads."""

CELL_PX = 4
"""Side of the square of sheet that one place of its output stands for."""

SIZE_MM = 10.0
"""Width and height of a word are told as shares of this."""

MULTIPLE_PX = 16
"""Sides of the sheets are multiples of this, two at least."""
