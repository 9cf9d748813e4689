"""Choose how a page of a free arrangement looks: where its rows stand, and what is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ecgengine.data.layout import LEADS
from ecgengine.ecg.signals import Signals
from ecgengine.truth.case import Box
from ecgengine_plugins.synth.arrangement import Arrangement
from ecgengine_plugins.synth.beating import rate_bpm
from ecgengine_plugins.synth.letters import word
from ecgengine_plugins.synth.style import (
    HEADER_MM,
    LINE_MM,
    FooterPlace,
    GridKind,
    GridStyle,
    NamePlace,
    Piece,
    Place,
    Pulse,
    Style,
    draw_style,
    pick,
)

_CARTS_MM = ((297.0, 210.0), (279.4, 215.9), (290.0, 148.0))
_PORTRAITS_MM = ((210.0, 297.0), (215.9, 279.4))
_EDGE_MM = 4.0
_LEAST_ROW_MM = 11.0
_PANEL_GAP_ROWS = 0.6
_AVERAGE_S = 0.7
_AVERAGE_GAP_MM = 6.0
_MOST_PX = 2600.0
_LOW_NAMES_MM = 24.0
_GRIDLESS = 0.13
"""Where a usual gain fits the sheet; elsewhere nobody could tell the scale."""
_UNEVEN = 0.15
_RED = (200.0, 45.0, 50.0)
_MEASURED_PX_PER_MM = 8.0

_SPELLINGS: tuple[tuple[tuple[str, ...], tuple[str, ...], float], ...] = (
    (("{:g} mm/s",), ("{:g} mm/mV",), 0.26),
    (("{:g}mm/s",), ("{:g}mm/mV",), 0.22),
    (("{:g} mm/sec",), ("{:g} mm/mV",), 0.1),
    (("{:g}mm/sec",), ("{:g}mm/mV",), 0.06),
    (("Speed:", "{:g}mm/s"), ("Gain:", "{:g}mm/mV"), 0.06),
    (("Speed:", "{:g} mm/s"), ("Limb:", "{:g} mm/mV", "Chest:", "{:g} mm/mV"), 0.08),
    (("Paper speed", "{:g} mm/s"), ("Sensitivity", "{:g} mm/mV"), 0.04),
    (("{:g} мм/с",), ("{:g} мм/мВ",), 0.1),
    (("{:g}мм/с",), ("{:g}мм/мВ",), 0.04),
    (("{:g} mm/seg",), ("{:g} mm/mV",), 0.04),
)
"""How carts and programs write speed and gain, piece by piece, and how often."""


@dataclass(frozen=True, slots=True)
class _Room:
    """Millimeters that are kept free around the rows, and the sheet's own size."""

    left_mm: float
    right_mm: float
    top_mm: float
    bottom_mm: float
    row_mm: float
    paper_mm: tuple[float, float]


def draw_free_style(random: np.random.Generator, arrangement: Arrangement, ecg: Signals) -> Style:
    """Choose how a page of a free arrangement looks; inks and typefaces are those of any page.

    Args:
        random: where the choices come from.
        arrangement: what stands on the page.
        ecg: twelve leads in millivolts; their waves stay on the paper.
    """
    rare_speed = arrangement.speed_mm_per_s != 25.0
    style = _trimmed(random, draw_style(random, arrangement.layout, rate_bpm(ecg)), arrangement)
    gridless = not rare_speed and random.random() < _GRIDLESS
    style = replace(style, header=_fitting(style, arrangement))
    room = _room(random, style, arrangement)
    spare_mm = max(room.paper_mm[0] - room.row_mm - room.left_mm - room.right_mm, 0.0)
    left_mm = room.left_mm + float(random.uniform(0, min(spare_mm, 25.0)))
    if random.random() < 0.5:
        left_mm = max(round(left_mm), room.left_mm)
    zeros_mm = _zeros(random, style, arrangement, room)
    if len(zeros_mm) > 1 and np.diff(zeros_mm).min() < _LOW_NAMES_MM:
        # Far below a trace, a name would stand above the next one.
        low = style.name_place == "below"
        style = replace(style, name_place="beside" if low else style.name_place)
    lines = len(arrangement.layout.rows)
    px_per_mm = min(style.px_per_mm, _MOST_PX / room.paper_mm[0])
    style = replace(
        style,
        paper_mm=room.paper_mm,
        px_per_mm=px_per_mm,
        left_mm=left_mm,
        zeros_mm=zeros_mm[:lines],
        places=tuple(_places(random, arrangement, left_mm, zeros_mm)),
    )
    style = replace(style, average=tuple(_averages(style, arrangement, room, zeros_mm)))
    gain = _gain(random, style, ecg, usual=gridless)
    gridless = gridless and gain == 10.0
    style = replace(style, gain_mm_per_mv=gain)
    return replace(
        style,
        footer=_footer(random, style),
        grid=_grid(random, style, arrangement, room, ecg, gridless=gridless),
    )


def _trimmed(random: np.random.Generator, looks: Style, arrangement: Arrangement) -> Style:
    """Choose pulses, places of names and lines of words."""
    speed, layout = arrangement.speed_mm_per_s, arrangement.layout
    pulse: Pulse = pick(random, ("left", "right", "above", "none"), (0.42, 0.12, 0.1, 0.36))
    if pulse == "above" and (len(layout.rows) > 4 or arrangement.paper in {"roll", "strip"}):
        pulse = "left"
    odd_mm = float(random.choice((2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)))
    separator = "bar" if random.random() < 0.15 else looks.separator
    if separator == "joined" and arrangement.gap_mm > 0:
        separator = "none"
    # Watches and pocket devices number the seconds of what goes on.
    goes_on = layout.rows[-1][0].start_s > 0 and max(len(row) for row in layout.rows) == 1
    tells = goes_on and random.random() < 0.35
    place: NamePlace = pick(
        random, ("above", "raised", "beside", "below", "left"), (0.38, 0.17, 0.1, 0.15, 0.2)
    )
    footer_place: FooterPlace = pick(
        random, ("bottom left", "bottom right", "top"), (0.45, 0.25, 0.3)
    )
    scale = looks.px_per_mm
    if arrangement.paper == "strip":
        scale = pick(random, (7.874, float(random.uniform(7, 16)), 23.62), (0.3, 0.62, 0.08))
    return replace(
        looks,
        layout=layout.name,
        speed_mm_per_s=speed,
        seconds=layout.duration_s,
        px_per_mm=scale,
        pulse=pulse,
        pulse_mm=0.2 * speed if random.random() < 0.7 else odd_mm,
        pulse_foot_mm=1.0 if random.random() < 0.65 else 0.0,
        pulse_rows=1 if pulse == "above" or random.random() < 0.2 else len(layout.rows),
        separator=separator,
        seconds_told=tells,
        ink_rgb=_RED if random.random() < 0.03 else looks.ink_rgb,
        name_place=place,
        name_mm=float(random.uniform(1.8, 4.0)) if random.random() > 0.1 else 0.0,
        footer_place=footer_place,
    )


def _fitting(style: Style, arrangement: Arrangement) -> tuple[str, ...]:
    """Keep the header's lines that fit above the rows: none on a strip, one on a roll."""
    most = {"strip": 0, "roll": 1}.get(arrangement.paper, 5)
    width_mm = _row_mm(arrangement)
    return tuple(line for line in style.header if _width_mm(style, line) < width_mm)[:most]


def _width_mm(style: Style, words: str) -> float:
    mask = word(words, style.font, HEADER_MM * _MEASURED_PX_PER_MM)
    return float(mask.shape[1] / _MEASURED_PX_PER_MM)


def _row_mm(arrangement: Arrangement) -> float:
    speed = arrangement.speed_mm_per_s
    return max(
        sum(cell.duration_s for cell in row) * speed + arrangement.gap_mm * (len(row) - 1)
        for row in arrangement.layout.rows
    )


def _room(random: np.random.Generator, style: Style, arrangement: Arrangement) -> _Room:
    """Say how much room words and pulses need, and take a sheet that holds all."""
    left_mm = right_mm = _EDGE_MM
    if style.pulse in {"left", "right"}:
        left_mm += (style.pulse_mm + 4.0) * (style.pulse == "left")
        right_mm += (style.pulse_mm + 4.0) * (style.pulse == "right")
    if style.name_place == "left":
        left_mm += 3.2 * style.name_mm + 2.0
    rows = len(arrangement.layout.rows)
    beat_mm = _beat_mm(arrangement) + _AVERAGE_GAP_MM
    if arrangement.average == "right":
        right_mm += beat_mm * np.ceil(len(LEADS) / rows)
    lines = len(style.header) + (style.footer_place == "top")
    top_mm = 9.0 + LINE_MM * (lines - 1) if lines else _EDGE_MM
    top_mm += 24.0 if style.pulse == "above" else 0.0
    bottom_mm = _EDGE_MM if style.footer_place == "top" else _EDGE_MM + HEADER_MM + 2.0
    row_mm = _row_mm(arrangement)
    rows += _average_rows(arrangement)
    match arrangement.paper:
        case "strip":
            paper_mm = (row_mm + left_mm + right_mm + float(random.uniform(2, 40)), 0.0)
            least = float(random.uniform(30, 60))
        case "roll":
            paper_mm = (row_mm + left_mm + right_mm + float(random.uniform(2, 15)), 0.0)
            least = float(random.uniform(60, 105))
        case "portrait":
            paper_mm, least = pick(random, _PORTRAITS_MM, None), 0.0
        case _:
            paper_mm, least = pick(random, _CARTS_MM, (0.55, 0.33, 0.12)), 0.0
    panels = rows // arrangement.panel_rows - 1 if arrangement.panel_rows else 0
    least = max(least, top_mm + bottom_mm + _LEAST_ROW_MM * (rows + panels))
    width_mm = max(paper_mm[0], row_mm + left_mm + right_mm)
    return _Room(left_mm, right_mm, top_mm, bottom_mm, row_mm, (width_mm, max(paper_mm[1], least)))


def _beat_mm(arrangement: Arrangement) -> float:
    return _AVERAGE_S * arrangement.speed_mm_per_s


def _average_rows(arrangement: Arrangement) -> int:
    """Give how many rows of average beats stand below the strips."""
    if arrangement.average != "below":
        return 0
    beats = int(
        (_row_mm(arrangement) + _AVERAGE_GAP_MM) / (_beat_mm(arrangement) + _AVERAGE_GAP_MM)
    )
    return int(np.ceil(len(LEADS) / max(min(beats, 6), 1)))


def _zeros(
    random: np.random.Generator, style: Style, arrangement: Arrangement, room: _Room
) -> tuple[float, ...]:
    """Place the rows, and below them those of average beats; names stay clear of the header."""
    rows = np.arange(len(arrangement.layout.rows) + _average_rows(arrangement), dtype=np.float64)
    if arrangement.panel_rows:
        rows += _PANEL_GAP_ROWS * (rows // arrangement.panel_rows)
    top_mm, bottom_mm = room.top_mm, room.paper_mm[1] - room.bottom_mm
    even_mm = min((bottom_mm - top_mm) / (rows[-1] + 1), float(random.uniform(24, 45)))
    rise_mm = {"above": 6.0, "raised": 10.0, "left": 10.0}.get(style.name_place, 0.0)
    drop_mm = {"beside": 4.0, "below": 8.0}.get(style.name_place, 0.0)
    named = style.name_mm > 0
    above_mm = named * (min(rise_mm, even_mm / 2 if rows.size > 1 else 99.0) + style.name_mm + 1.5)
    first_mm = top_mm + max(0.5 * even_mm, above_mm)
    last_mm = bottom_mm - max(0.4 * even_mm, named * (drop_mm + style.name_mm))
    steps = max(rows[-1], 1.0)
    spacing_mm = min((last_mm - first_mm) / steps, even_mm)
    spare_mm = max(last_mm - first_mm - spacing_mm * rows[-1], 0.0)
    zeros = first_mm + spare_mm * float(random.uniform(0.1, 0.9)) + spacing_mm * rows
    if random.random() < _UNEVEN:
        zeros[1:-1] += spacing_mm * random.uniform(-0.15, 0.15, zeros[1:-1].size)
    return tuple(float(zero) for zero in zeros)


def _places(
    random: np.random.Generator,
    arrangement: Arrangement,
    left_mm: float,
    zeros_mm: tuple[float, ...],
) -> Iterator[Place]:
    """Give each strip its place: side by side, whatever seconds it shows."""
    layout, speed = arrangement.layout, arrangement.speed_mm_per_s
    for row, cells in enumerate(layout.rows):
        rhythm = row >= len(layout.rows) - layout.rhythm_rows
        x_mm = left_mm
        for cell in cells:
            named = row < arrangement.named_rows and random.random() > 0.03
            origin_mm = x_mm - cell.start_s * speed
            yield Place(
                str(cell.lead), row, rhythm, cell.start_s, cell.duration_s, origin_mm,
                zeros_mm[row], named,
            )  # fmt: skip
            x_mm += cell.duration_s * speed + arrangement.gap_mm


def _averages(
    style: Style, arrangement: Arrangement, room: _Room, zeros_mm: tuple[float, ...]
) -> Iterator[Place]:
    """Give the average beats their places, right of the rows or below them."""
    left_mm = style.left_mm
    pulse_mm = style.pulse_mm + 4.0 if style.pulse == "right" else 0.0
    rows = len(arrangement.layout.rows)
    step_mm = _beat_mm(arrangement) + _AVERAGE_GAP_MM
    if arrangement.average == "right":
        left_mm += room.row_mm + _AVERAGE_GAP_MM + pulse_mm
        lines = zeros_mm[: rows - arrangement.layout.rhythm_rows]
    else:
        lines = zeros_mm[rows:]
    if arrangement.average == "none":
        return
    for index, lead in enumerate(LEADS):
        column, line = divmod(index, len(lines))
        yield Place(lead, line, False, 0.0, _AVERAGE_S, left_mm + column * step_mm, lines[line])


def _gain(random: np.random.Generator, style: Style, ecg: Signals, *, usual: bool) -> float:
    """Choose the gain; a smaller one where waves would leave the sheet."""
    gain = 10.0 if usual else pick(random, (10.0, 5.0, 20.0), (0.82, 0.1, 0.08))
    if len(style.zeros_mm) > 6:
        gain = min(gain, 10.0)
    while gain > 5.0 and not _on_paper(style, ecg, gain):
        gain /= 2
    return gain


def _on_paper(style: Style, ecg: Signals, gain_mm_per_mv: float) -> bool:
    waves = [_reach_mm(place, ecg, gain_mm_per_mv) for place in (*style.places, *style.average)]
    return all(top > 1.5 and bottom < style.paper_mm[1] - 1.5 for top, bottom in waves)


def _reach_mm(place: Place, ecg: Signals, gain_mm_per_mv: float) -> tuple[float, float]:
    """Give the highest and the lowest point of a strip on paper."""
    first, stop = (round(t * ecg.fs_hz) for t in (place.start_s, place.start_s + place.duration_s))
    mv = ecg.leads_mv[place.lead.removeprefix("-")][first:stop]
    y_mm = place.zero_mm - mv * (-1 if place.lead.startswith("-") else 1) * gain_mm_per_mv
    return float(y_mm.min()), float(y_mm.max())


def _footer(random: np.random.Generator, style: Style) -> tuple[Piece, ...]:
    """Spell speed and gain in one of the ways of carts; every fourth page tells neither."""
    spelled = _SPELLINGS[int(random.choice(len(_SPELLINGS), p=[s for *_, s in _SPELLINGS]))]
    filters = (("0.05-150 Hz", ""),) if random.random() < 0.3 else ()
    if random.random() < 0.25:
        return ()
    scales = ((style.speed_mm_per_s, "mm/s"), (style.gain_mm_per_mv, "mm/mV"))
    speed, gain = (
        tuple((text.format(value), f"{value:g} {unit}" if "{" in text else "") for text in texts)
        for texts, (value, unit) in zip(spelled[:2], scales, strict=True)
    )
    far = (("           ", ""),) if random.random() < 0.15 else ()
    pieces = (*speed, *far, *gain) if random.random() < 0.85 else (*gain, *far, *speed)
    return (*pieces, *filters)


def _grid(
    random: np.random.Generator,
    style: Style,
    arrangement: Arrangement,
    room: _Room,
    ecg: Signals,
    *,
    gridless: bool,
) -> GridStyle:
    """Choose the grid; some stand around the rows alone, and each panel has its own."""
    kind: GridKind = pick(random, ("lines", "dots", "heavy"), (0.83, 0.12, 0.05))
    grid = replace(style.grid, kind="none" if gridless else kind)
    if kind == "dots":
        grid = replace(grid, heavy_mm=float(random.uniform(0.2, 0.45)))
    whole = arrangement.paper in {"roll", "strip"} or random.random() < 0.6
    if whole and not arrangement.panel_rows:
        return grid
    boxes = tuple(_boxes(style, arrangement, room, ecg))
    return replace(grid, inset_mm=0.0, boxes_mm=boxes)


def _boxes(style: Style, arrangement: Arrangement, room: _Room, ecg: Signals) -> Iterator[Box]:
    """Give what rows and pulses cover, in whole squares of 5 mm."""
    zeros = np.array([*style.zeros_mm, *(place.zero_mm for place in style.average)])
    rows = arrangement.panel_rows or len(style.zeros_mm)
    spacing_mm = float(np.diff(style.zeros_mm).min()) if len(style.zeros_mm) > 1 else 40.0
    half_mm = min(0.5 * spacing_mm + 2.0, 25.0)
    before_mm = 3.0 if style.pulse != "left" else style.pulse_mm + 4.0
    for first in range(0, len(style.zeros_mm), rows):
        top, bottom = zeros[first] - half_mm, zeros[first + rows - 1] + half_mm
        if not arrangement.panel_rows:
            waves = [_reach_mm(place, ecg, style.gain_mm_per_mv) for place in style.places]
            top = min(top, *(low for low, _ in waves))
            bottom = max(bottom, zeros.max() + half_mm, *(high for _, high in waves))
        cells = arrangement.layout.rows[first]
        left = style.left_mm
        for cell in cells:
            right = left + cell.duration_s * style.speed_mm_per_s
            if not arrangement.panel_rows:
                right = style.left_mm + room.row_mm
            yield (
                max(np.floor((left - before_mm) / 5) * 5, 0.0),
                max(np.floor(top / 5) * 5, 0.0),
                np.ceil((right + 3.0) / 5) * 5,
                np.ceil(bottom / 5) * 5,
            )
            left = right + arrangement.gap_mm
            if not arrangement.panel_rows:
                break
