"""Arrange leads freely: in any order, at one time, going on from row to row, on several grids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ecgengine.data.layout import CABRERA_LIMB_LEADS, CHEST_LEADS, LEADS, LIMB_LEADS, Cell, Layout
from ecgengine_plugins.synth.style import draw_rhythm

Rows = tuple[tuple[Cell, ...], ...]
Paper = Literal["cart", "portrait", "roll", "strip"]

_FAST = 0.08
_FAST_FOUR_COLUMNS = 0.003
"""Share of pages at 50 mm/s; four columns of 1.25 s hardly exist."""
_MOST_SECONDS = 40.0


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What stands on a page, before anybody says where exactly.

    Attributes:
        layout: rows of named leads with seconds of the recording, whose clock starts at 0; the
            cells of a row may show the same seconds.
        speed_mm_per_s: paper speed.
        paper: what it is printed on.
        gap_mm: blank paper between the cells of a row.
        panel_rows: how many rows stand on each of several grids; 0 for one grid.
        named_rows: how many rows from the top print names.
        average: where average beats of all twelve leads stand.
    """

    layout: Layout
    speed_mm_per_s: float = 25.0
    paper: Paper = "cart"
    gap_mm: float = 0.0
    panel_rows: int = 0
    named_rows: int = 100
    average: Literal["none", "right", "below"] = "none"


def draw_arrangement(random: np.random.Generator, usual: Layout) -> Arrangement:
    """Choose what stands on a page.

    Args:
        random: where the choices come from.
        usual: a layout of usual order, which some pages have.
    """
    makers, shares = zip(*_KINDS, strict=True)
    made: Arrangement = makers[int(random.choice(len(makers), p=shares))](random, usual)
    columns = max(len(row) for row in made.layout.rows)
    if random.random() < (_FAST_FOUR_COLUMNS if columns == 4 else _FAST):
        rows = tuple(
            tuple(Cell(cell.lead, cell.start_s / 2, cell.duration_s / 2) for cell in row)
            for row in made.layout.rows
        )
        made = replace(made, layout=replace(made.layout, rows=rows), speed_mm_per_s=50.0)
    return made


def _usual(random: np.random.Generator, usual: Layout) -> Arrangement:
    """Keep a known layout; some end before the page does, to show average beats."""
    average = _average(random, len(usual.rows) - usual.rhythm_rows, full=usual.duration_s > 5)
    stretch = _seconds(random, average) / 10
    rhythm = iter(draw_rhythm(random, usual))
    rows = tuple(
        tuple(
            Cell(
                cell.lead or next(rhythm), round(cell.start_s * stretch, 3),
                round(cell.duration_s * stretch, 3),
            )
            for cell in row
        )
        for row in usual.rows
    )  # fmt: skip
    return Arrangement(replace(usual, rows=rows, default_rhythm=()), average=average)


def _any_order(random: np.random.Generator, usual: Layout) -> Arrangement:
    """Put twelve leads into columns in an order that no standard knows."""
    rows, columns, rhythms = _shape(random)
    average = _average(random, rows, full=True)
    column_s = round(_seconds(random, average) / columns, 2)
    leads = _order(random)
    if random.random() < 0.25:
        leads = tuple(leads[row * columns + c] for c in range(columns) for row in range(rows))
    cells = _columns(leads, rows, column_s, together=False) + _rhythms(
        random, rhythms, columns * column_s
    )
    return Arrangement(_layout(f"{rows}x{columns}", "any-order", cells, rhythms), average=average)


def _together(random: np.random.Generator, usual: Layout) -> Arrangement:
    """Show the same seconds in every column, and all of them in the rhythm strips."""
    rows, columns, rhythms = _shape(random)
    while columns == 1:
        rows, columns, rhythms = _shape(random)
    seconds = _seconds(random, "none")
    if columns == 2 and random.random() < 0.2:
        # Some programs print both halves whole, on a wide picture.
        seconds *= 2
    column_s = round(seconds / columns, 2)
    leads = LEADS if random.random() < 0.8 else _order(random)
    cells = _columns(leads, rows, column_s, together=True)
    cells += _rhythms(random, rhythms, columns * column_s)
    gap_mm = float(random.uniform(2, 8)) if random.random() < 0.25 and not rhythms else 0.0
    return Arrangement(_layout(f"{rows}x{columns}", "together", cells, rhythms), gap_mm=gap_mm)


def _goes_on(random: np.random.Generator, usual: Layout) -> Arrangement:
    """Let one lead go on from row to row, as recorders and watches print it."""
    count = int(random.integers(2, 7))
    paper: Paper = "portrait" if random.random() < 0.5 else "cart"
    # Most rows fill the sheet.
    row_s = float(random.uniform(*((6.5, 8.0) if paper == "portrait" else (8.5, 10.3))))
    if random.random() < 0.35:
        row_s = float(random.uniform(4, 10))
    row_s = float(np.floor(100 * min(row_s, _MOST_SECONDS / count)) / 100)
    if random.random() < 0.4:
        row_s = float(min(round(row_s), _MOST_SECONDS // count))
    lead = _one_lead(random)
    seconds = [row_s] * count
    if random.random() < 0.3:
        seconds[-1] = round(row_s * float(random.uniform(0.35, 1)), 2)
    rows = tuple((Cell(lead, number * row_s, each_s),) for number, each_s in enumerate(seconds))
    named = (1, 100, 0)[int(random.choice(3, p=(0.4, 0.35, 0.25)))]
    return Arrangement(
        _layout(f"{count}x1", "goes-on", rows, 0),
        paper=paper,
        panel_rows=int(random.random() < 0.3),
        named_rows=named,
    )


def _single(random: np.random.Generator, usual: Layout) -> Arrangement:
    """Cut one strip of one lead out of a page."""
    seconds = round(float(random.uniform(2.5, 10)), 2)
    layout = _layout("1x1", "strip", ((Cell(_one_lead(random), 0.0, seconds),),), 0)
    return Arrangement(layout, paper="strip", named_rows=int(random.random() < 0.75))


def _roll(random: np.random.Generator, usual: Layout) -> Arrangement:
    """Print three leads at a time on a roll, group after group."""
    leads = LEADS
    if random.random() < 0.2:
        leads = (*CABRERA_LIMB_LEADS, *CHEST_LEADS)
    seconds = round(float(random.uniform(2.5, 4.5)), 2)
    cells = _columns(leads, 3, seconds, together=bool(random.random() < 0.12))
    gap_mm = float(random.uniform(3, 14)) if random.random() < 0.6 else 0.0
    return Arrangement(_layout("3x4", "roll", cells, 0), paper="roll", gap_mm=gap_mm)


def _pocket(random: np.random.Generator, usual: Layout) -> Arrangement:
    """Print the six limb leads of a pocket device."""
    seconds = round(float(random.uniform(5, 10)), 2)
    cells = _columns(LIMB_LEADS, 6, seconds, together=False)
    paper: Paper = "portrait" if random.random() < 0.5 else "cart"
    return Arrangement(_layout("6x1", "pocket", cells, 0), paper=paper)


def _panels(random: np.random.Generator, usual: Layout) -> Arrangement:
    """Print three leads on each of four grids, two by two or one above the other."""
    across = 2 if random.random() < 0.5 else 1
    seconds = round(float(random.uniform(3.5, 5) if across == 2 else random.uniform(5, 7)), 2)
    later_s = seconds if random.random() < 0.7 else 0.0
    rows = tuple(
        tuple(
            Cell(LEADS[3 * panel + row], panel * later_s, seconds)
            for panel in range(first, first + across)
        )
        for first in range(0, 4, across)
        for row in range(3)
    )
    return Arrangement(
        _layout(f"{len(rows)}x{across}", "panels", rows, 0),
        paper="cart" if across == 2 else "portrait",
        gap_mm=float(random.uniform(14, 24)),
        panel_rows=3,
    )


_KINDS: tuple[tuple[Callable[[np.random.Generator, Layout], Arrangement], float], ...] = (
    (_usual, 0.24),
    (_any_order, 0.24),
    (_together, 0.16),
    (_goes_on, 0.13),
    (_single, 0.06),
    (_roll, 0.07),
    (_pocket, 0.05),
    (_panels, 0.05),
)
"""Kinds of pages and their shares.

Carts print known layouts nearly always, and let users choose "simultaneous" columns; drawing
programs (ECG-Image-Kit, plots in papers) put leads into any order; watches, pocket devices and
monitors print one lead that goes on or six; three-channel carts print rolls; viewers put groups of
leads on grids of their own. Rare kinds have larger shares than in life: each has to be learned.
"""


def _shape(random: np.random.Generator) -> tuple[int, int, int]:
    """Choose rows and columns of twelve leads, and the number of rhythm strips."""
    rows = (3, 6, 12, 4, 2)[int(random.choice(5, p=(0.45, 0.25, 0.14, 0.1, 0.06)))]
    shares = {3: (0.25, 0.5, 0.1, 0.15), 12: (0.9, 0.1, 0.0, 0.0)}
    rhythms = int(random.choice(4, p=shares.get(rows, (0.5, 0.38, 0.12, 0.0))))
    return rows, 12 // rows, rhythms


def _seconds(random: np.random.Generator, average: str) -> float:
    """Choose the seconds of a row at 25 mm/s."""
    if average == "right":
        return float(random.uniform(5, 6.5))
    return 10.0 if random.random() < 0.65 else float(random.uniform(7.5, 10.8))


def _average(
    random: np.random.Generator, rows: int, *, full: bool
) -> Literal["none", "right", "below"]:
    """Choose where average beats stand; below four columns, beside more rows of fewer leads."""
    if not full or random.random() > 0.2:
        return "none"
    return "right" if rows >= 6 else "below"


def _order(random: np.random.Generator) -> tuple[str, ...]:
    """Choose an order of the twelve leads: any, or a usual one with some of them elsewhere."""
    kind = random.random()
    if kind < 0.4:
        return tuple(str(name) for name in random.permutation(LEADS))
    if kind < 0.52:
        return (*CHEST_LEADS, *LIMB_LEADS)
    if kind < 0.64:
        return (*LIMB_LEADS[3:], *LIMB_LEADS[:3], *CHEST_LEADS)
    if kind < 0.76:
        return _interleaved(random)
    leads = list(LEADS if kind < 0.96 else (*CABRERA_LIMB_LEADS, *CHEST_LEADS))
    for _ in range(int(random.integers(1, 4))):
        one, other = (int(k) for k in random.choice(12, 2, replace=False))
        leads[one], leads[other] = leads[other], leads[one]
    return tuple(leads)


def _interleaved(random: np.random.Generator) -> tuple[str, ...]:
    """Take the leads of two or four groups of three in turn: V1, I, V2, II, and so on."""
    groups = [LEADS[3 * int(k) : 3 * int(k) + 3] for k in random.permutation(4)]
    together = 2 if random.random() < 0.5 else 4
    return tuple(
        lead
        for first in range(0, 4, together)
        for in_turn in zip(*groups[first : first + together], strict=True)
        for lead in in_turn
    )


def _one_lead(random: np.random.Generator) -> str:
    return str(
        random.choice(LEADS, p=(0.3, 0.35, *(0.02,) * 4, 0.08, 0.03, 0.03, 0.03, 0.08, 0.02))
    )


def _columns(leads: tuple[str, ...], rows: int, seconds: float, *, together: bool) -> Rows:
    """Put leads below each other, column after column; each shows so many seconds."""
    return tuple(
        tuple(
            Cell(lead, 0.0 if together else column * seconds, seconds)
            for column, lead in enumerate(leads[row::rows])
        )
        for row in range(rows)
    )


def _rhythms(random: np.random.Generator, count: int, seconds: float) -> Rows:
    """Choose rhythm strips: mostly the usual leads, else any."""
    usual = ("II", "V1", "V5")[:count] if random.random() < 0.6 else random.permutation(LEADS)
    return tuple((Cell(str(lead), 0.0, seconds),) for lead in usual[:count])


def _layout(shape: str, kind: str, rows: Rows, rhythms: int) -> Layout:
    name = f"{shape}+{rhythms}" if rhythms else shape
    return Layout(f"{name}-{kind}", rows, rhythms)
