"""Name rhythm strips by the user, by print, by the short lead they repeat, or by usage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.layout import CHEST_LEADS, Layout
from ecgengine.data.strips import Strip
from ecgengine_plugins.paper.ink import Ink

_ALIKE = 0.85
_SAME = 0.98
_CLEARER = 0.4
_AROUND_MM = 12.0
_NAME_MM, _MARGIN_MM = 8.0, 2.0
RHYTHM_LEADS = {"I", "II", "III", *CHEST_LEADS}
"""What carts repeat; the augmented leads look like these and are taken only if they are printed."""


def name_rhythms(
    strips: Sequence[Strip],
    printed: Sequence[str | None],
    given: Sequence[str] | None,
    layout: Layout,
    ink: Ink,
) -> tuple[tuple[Strip, ...], tuple[str, ...]]:
    """Give the strips with named rhythm strips, and notes on how those names were found.

    `printed` holds the name read at each rhythm strip, top to bottom.
    """
    notes: list[str] = []
    named = list(strips)
    short = [strip for strip in strips if not strip.rhythm]
    order = [index for index, strip in enumerate(strips) if strip.rhythm]
    for place, index in enumerate(order):
        strip = strips[index]
        if given is not None and place < len(given):
            named[index] = replace(strip, lead=given[place])
            continue
        read = printed[place]
        usual = layout.default_rhythm[place] if place < len(layout.default_rhythm) else None
        likeness = likenesses(strip, short, ink)
        repeated = _repeated(likeness, usual)
        if read is not None and not _misread(read, repeated, likeness):
            named[index] = replace(strip, lead=read)
        else:
            which = f"rhythm strip {place + 1}"
            why = "has no readable name" if read is None else f"is unlike {read}, as it was read"
            lead, note = _inferred(which, why, repeated, usual)
            notes.append(note)
            named[index] = replace(strip, lead=lead, notes=(*strip.notes, note))
    return tuple(named), tuple(notes)


def _misread(read: str, repeated: str | None, likeness: dict[str, float]) -> bool:
    """Tell whether a strip is too unlike the lead that was read, and repeats another.

    III, which hardly any cart repeats, is what is read of II on worn paper: likeness must agree.
    """
    same = repeated is not None and likeness[repeated] > _SAME
    return (same or read == "III") and likeness.get(read, 1.0) < _ALIKE


def _inferred(
    which: str, why: str, repeated: str | None, usual: str | None
) -> tuple[str | None, str]:
    if repeated is not None:
        return repeated, f"{which} was named {repeated} because it repeats that lead; see --rhythm"
    if usual is not None:
        return usual, f"{which} {why}; {usual}, as usual, is assumed; see --rhythm"
    return None, f"{which} {why}; name it with --rhythm"


def _repeated(likeness: dict[str, float], usual: str | None) -> str | None:
    """Give the lead that a rhythm strip repeats, the usual one where several are alike."""
    ranked = sorted(likeness.keys() & RHYTHM_LEADS, key=likeness.__getitem__, reverse=True)
    if not ranked or likeness[ranked[0]] < _ALIKE:
        return None
    best = likeness[ranked[0]]
    if usual is not None and usual not in likeness:
        return None
    if usual is not None and 1 - best > _CLEARER * (1 - likeness.get(usual, -1.0)):
        return usual
    # Leads that look alike all come near 1: the difference from 1 tells them apart.
    if len(ranked) > 1 and 1 - best > _CLEARER * (1 - likeness[ranked[1]]):
        return None
    return ranked[0]


def likenesses(strip: Strip, short: Sequence[Strip], ink: Ink) -> dict[str, float]:
    """Tell how like a rhythm strip is to every short lead over the time of that lead, -1 to 1.

    What is repeated is as tall as it was: twice the covariance over the sum of variances (L. Lin,
    "A concordance correlation coefficient to evaluate reproducibility", 1989, for equal means).
    """
    found: dict[str, float] = {}
    for other in short:
        if other.lead is None:
            continue
        span = (other.x_start_px + _NAME_MM * ink.x_mm, other.x_end_px - _MARGIN_MM * ink.x_mm)
        a, b = course(strip.zero_px, span, ink), course(other.zero_px, span, ink)
        both = np.isfinite(a) & np.isfinite(b)
        if both.sum() > 0.5 * both.size and np.std(a[both]) * np.std(b[both]) > 0:
            covariance = np.cov(a[both], b[both])
            found[other.lead] = float(2 * covariance[0, 1] / np.trace(covariance))
    return found


def course(zero_px: float, span: tuple[float, float], ink: Ink) -> NDArray[np.float64]:
    """Give the mean height (px, upward) of the ink at a zero line in every column; NaN without."""
    reach = _AROUND_MM * ink.y_mm
    top = max(round(zero_px - reach), 0)
    window = ink.trace[top : round(zero_px + reach) + 1, round(span[0]) : round(span[1])]
    rows = np.arange(window.shape[0], dtype=np.float64)
    mass = window.sum(axis=0, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        middle: NDArray[np.float64] = zero_px - top - rows @ window / mass
    middle[mass < 0.5] = np.nan
    return middle
