"""The layouts that carts print, as data.

Seconds are what a page holds at 25 mm/s when it is drawn as usual; a matcher keeps the proportions
and takes the real seconds from the paper.
"""

from __future__ import annotations

from ecgengine.data.layout import CABRERA_LIMB_LEADS, CHEST_LEADS, LIMB_LEADS, Cell, Layout

PAGE_S = 10.0
_HALF_PAGE_S = 5.0

_RHYTHMS = {
    0: (),
    1: ("II",),
    2: ("II", "V1"),
    3: ("V1", "II", "V5"),
}


def _columns(rows: int, leads: tuple[str, ...], rhythms: int, name: str, summary: str) -> Layout:
    """Arrange `leads` in columns of `rows` leads that share the page's seconds, then rhythms."""
    count = len(leads) // rows
    seconds = PAGE_S / count
    short = tuple(
        tuple(
            Cell(leads[column * rows + row], column * seconds, seconds) for column in range(count)
        )
        for row in range(rows)
    )
    rhythm = ((Cell(None, 0.0, PAGE_S),),) * rhythms
    return Layout(name, short + rhythm, rhythms, _RHYTHMS[rhythms], summary)


def _single(leads: tuple[str, ...], seconds: float, name: str, summary: str) -> Layout:
    return Layout(name, tuple((Cell(lead, 0.0, seconds),) for lead in leads), summary=summary)


def _standard() -> tuple[Layout, ...]:
    both = LIMB_LEADS + CHEST_LEADS
    cabrera = CABRERA_LIMB_LEADS + CHEST_LEADS
    strips = {0: "", 1: ", one rhythm strip", 2: ", two rhythm strips", 3: ", three rhythm strips"}
    found = []
    for rows, rhythms in ((3, 0), (3, 1), (3, 2), (3, 3), (6, 0), (6, 1)):
        name = f"{rows}x{12 // rows}" + (f"+{rhythms}" if rhythms else "")
        shape = f"{rows} rows of {12 // rows} leads{strips[rhythms]}"
        found.append(_columns(rows, both, rhythms, name, shape))
        found.append(_columns(rows, cabrera, rhythms, f"{name}-cabrera", f"{shape}, Cabrera order"))
    found.append(_single(both, PAGE_S, "12x1", "12 rows of one lead"))
    found.append(_single(cabrera, PAGE_S, "12x1-cabrera", "12 rows of one lead, Cabrera order"))
    found.append(_single(LIMB_LEADS, _HALF_PAGE_S, "6x1", "6 rows, limb leads; chest on page two"))
    found.append(_single(CHEST_LEADS, _HALF_PAGE_S, "6x1-chest", "6 rows, chest leads"))
    found.append(
        _single(
            CABRERA_LIMB_LEADS, _HALF_PAGE_S, "6x1-cabrera", "6 rows, limb leads, Cabrera order"
        )
    )
    return tuple(found)


LAYOUTS = _standard()
"""Every built-in layout."""
