"""What the page network is given and answers: scale, cells, channels, and their units."""

from __future__ import annotations

from ecgengine.data.layout import LEADS
from ecgengine.data.look import CELL_MM
from ecgengine_plugins.paper.scales import GAINS_MM_PER_MV, SPEEDS_MM_PER_S


def speed_word(mm_per_s: float) -> str:
    """Give how a paper speed is printed."""
    return f"{mm_per_s:g} mm/s"


def gain_word(mm_per_mv: float) -> str:
    """Give how a gain is printed."""
    return f"{mm_per_mv:g} mm/mV"


WORDS = (*LEADS, *map(speed_word, SPEEDS_MM_PER_S), *map(gain_word, GAINS_MM_PER_MV))
"""Lead names, then paper speeds, then gains; another list asks for a network trained anew."""

PX_PER_MM = 4.0
"""Scale of the sheets that it reads."""

MULTIPLE_PX = 16
"""Sides of the sheets are multiples of this, two at least."""

FINE = ("trace", "zero", "start", "end", "right", "below", "separator", "pulse")
"""What is answered for each fine cell.

Probabilities that a trace, a separator or a pulse covers it, and that a strip's first or last
point lies in it; how far below it the zero line of its own trace lies, in mm; how far right of its
middle and below it such a point lies, in mm.
"""

FINE_CELLS_PER_MM = round(1 / CELL_MM)
FINE_MM = CELL_MM
"""Side of a fine cell."""

SIZES = ("width", "height")
"""Width and height, in mm, of the word whose middle lies in a cell of 1 mm."""

PACKED = len(FINE) * FINE_CELLS_PER_MM**2
"""Channels of cells of 1 mm that hold the fine cells, as torch's PixelUnshuffle packs them."""

CHANNELS = PACKED + len(WORDS) + len(SIZES)
"""Of the answer, each of 1 mm by 1 mm: packed fine cells, probabilities of words, their sizes."""

PEN_MM = 0.6
"""Width of the pen that the network draws traces, separators and pulses with."""
