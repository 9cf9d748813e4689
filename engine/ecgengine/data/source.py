"""The source: what kind of picture a page is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Source(StrEnum):
    """What kind of picture a page is; values follow the nine types of the 2025 PhysioNet data."""

    RENDER = "render"  # 0001
    COLOR_SCAN = "color-scan"  # 0003
    BW_SCAN = "bw-scan"  # 0004
    PHOTO = "photo"  # 0005
    SCREEN = "screen"  # 0006
    STAINED = "stained"  # 0009
    DAMAGED = "damaged"  # 0010
    MOULD_COLOR = "mould-color"  # 0011
    MOULD_BW = "mould-bw"  # 0012


@dataclass(frozen=True, slots=True)
class SourceGuess:
    """What a classifier makes of a page.

    Attributes:
        source: the likeliest source, or None when unsure (generic stages are used then).
        probabilities: probability of each source considered; sums to 1.
    """

    source: Source | None
    probabilities: dict[Source, float]
