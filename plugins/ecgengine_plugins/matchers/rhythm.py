"""Names rhythm strips: by the user, by print, by the short lead they repeat, or by usage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ecgengine.layout import Layout
from ecgengine.strips import Strip
from ecgengine_plugins.matchers.ink import Ink

_ALIKE = 0.8
_CLEARLY = 0.08
_AROUND_MM = 12.0


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
        elif printed[place] is not None:
            named[index] = replace(strip, lead=printed[place])
        else:
            lead, note = _unprinted(strip, place, short, layout, ink)
            notes.append(note)
            named[index] = replace(strip, lead=lead, notes=(*strip.notes, note))
    return tuple(named), tuple(notes)


def _unprinted(
    strip: Strip, place: int, short: Sequence[Strip], layout: Layout, ink: Ink
) -> tuple[str | None, str]:
    which = f"rhythm strip {place + 1}"
    lead = _repeated(strip, short, ink)
    if lead is not None:
        return lead, f"{which} was named {lead} because it repeats that lead; see --rhythm"
    if place < len(layout.default_rhythm):
        usual = layout.default_rhythm[place]
        return usual, f"{which} has no readable name; {usual}, as usual, is assumed; see --rhythm"
    return None, f"{which} has no readable name; name it with --rhythm"


def _repeated(strip: Strip, short: Sequence[Strip], ink: Ink) -> str | None:
    """Give the short lead whose curve a rhythm strip repeats at the same time."""
    scores: list[tuple[float, str]] = []
    for other in short:
        if other.lead is None:
            continue
        span = (other.x_start_px + 2 * ink.x_mm, other.x_end_px - 2 * ink.x_mm)
        a, b = course(strip, span, ink), course(other, span, ink)
        both = np.isfinite(a) & np.isfinite(b)
        if both.sum() < 0.5 * both.size or np.std(a[both]) * np.std(b[both]) == 0:
            continue
        scores.append((float(np.corrcoef(a[both], b[both])[0, 1]), other.lead))
    scores.sort(reverse=True)
    if not scores or scores[0][0] < _ALIKE:
        return None
    if len(scores) > 1 and scores[0][0] - scores[1][0] < _CLEARLY:
        return None
    return scores[0][1]


def course(strip: Strip, span: tuple[float, float], ink: Ink) -> NDArray[np.float64]:
    """Give the mean height (px, upward) of a strip's ink in every column; NaN without ink."""
    reach = _AROUND_MM * ink.y_mm
    top = max(round(strip.zero_px - reach), 0)
    window = ink.trace[top : round(strip.zero_px + reach) + 1, round(span[0]) : round(span[1])]
    rows = np.arange(window.shape[0], dtype=np.float64)
    mass = window.sum(axis=0, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        middle: NDArray[np.float64] = strip.zero_px - top - rows @ window / mass
    middle[mass < 0.5] = np.nan
    return middle
