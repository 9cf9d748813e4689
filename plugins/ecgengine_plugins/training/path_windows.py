"""Cut training material for the path network: pieces of strips, cues, and where traces run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.look import CELL_MM
from ecgengine.truth.case import Case, PageTruth, PrintedStrip
from ecgengine.truth.true_sheet import true_sheet
from ecgengine_plugins.networks.options import NetworkRunning
from ecgengine_plugins.networks.page.reader import PageReader
from ecgengine_plugins.networks.path.window import (
    CELL_PX,
    COLUMNS_PER_PX,
    PX_PER_MM,
    band_cells,
    cue_maps,
    sampled,
)
from ecgengine_plugins.paper.row_votes import own_cells
from ecgengine_plugins.paper.windows import cut_window
from ecgengine_plugins.training.pages import truth_of
from ecgengine_plugins.training.row_windows import overprint, thinned

SIDE_CELLS = 64
"""Width and height of a piece, 32 mm."""

_SCALE_SPREAD = 0.06
_ZERO_ERROR_MM = 0.5
_END_ERROR_MM, _FAR_END_ERROR_MM, _FAR_END_SHARE = 0.05, 0.6, 0.1
_PLACES = 4
_AT_END_SHARE = 0.35
_OVERPRINTED_SHARE = 0.4
_THINNED_SHARE = 0.25
_BAND_MM = 2.0
_OFF_MIDDLE_MM = 6.0


def pieces_of(
    case: Case, random: np.random.Generator, *, count: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
    """Cut pieces of strips from a synthetic page, laid flat by its truth at about 8 px/mm.

    A third lies where a strip begins or ends; half of the others where, of four places, the trace
    goes farthest. Raises UnreadableInputError for a page without truth.

    Returns:
        (N, H, W, 3) RGB; (N, 4, H / 4, W / 4) cues that the page network sees, times 255; (N, 3)
        where the zero line, the first and the last instant of the strip are said to lie, in cells;
        (N, 2 W) pixel rows of the pen's center, NaN beyond the strip.
    """
    flat = _flat(case, random)
    pieces = []
    for index in range(count):
        tries = 1 if index % 2 else _PLACES
        drawn = [_drawn_place(flat.truth, flat.scale, random) for _ in range(tries)]
        pieces.append(_piece(flat, max(drawn, key=lambda place: _height(place.rows)), random))
    images, cues, places, rows = (np.stack(part) for part in zip(*pieces, strict=True))
    return images, cues, places, rows


@dataclass(frozen=True, slots=True)
class _Flat:
    """A page laid flat, and what the page network sees of each of its rows."""

    truth: PageTruth
    scale: float
    image: NDArray[np.uint8]
    maps: dict[int, NDArray[np.float32]]
    bands: dict[int, NDArray[np.intp]]


@dataclass(frozen=True, slots=True)
class _Place:
    """A place of a strip: a piece's first column, and the sheet rows of the pen's center in it."""

    strip: PrintedStrip
    left: int
    rows: NDArray[np.float64]


def _flat(case: Case, random: np.random.Generator) -> _Flat:
    truth = truth_of(case)
    scale = PX_PER_MM * float(random.uniform(1 - _SCALE_SPREAD, 1 + _SCALE_SPREAD))
    truth = replace(truth, px_per_mm=scale)
    sheet = true_sheet(case.page, truth)
    if random.random() < _OVERPRINTED_SHARE:
        overprint(sheet.image, truth, scale, random)
    if random.random() < _THINNED_SHARE:
        sheet = replace(sheet, image=thinned(sheet.image, random))
    look = _reader().look(sheet)
    zeros: dict[int, list[float]] = {}
    for strip in truth.strips:
        zeros.setdefault(strip.row, []).append(strip.zero_mm)
    said = [float(np.mean(row) + random.normal(0, _ZERO_ERROR_MM)) for row in zeros.values()]
    own = dict(zip(zeros, own_cells(look, said), strict=True))
    return _Flat(
        truth,
        scale,
        sheet.image,
        {row: cue_maps(look, cells) for row, cells in own.items()},
        {row: band_cells(cells, round(_BAND_MM / CELL_MM)) for row, cells in own.items()},
    )


def _piece(
    flat: _Flat, place: _Place, random: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
    strip, side = place.strip, SIDE_CELLS * CELL_PX
    left_mm, step_mm = place.left / flat.scale, CELL_PX / flat.scale
    first = max(int(left_mm / CELL_MM), 0)
    band = flat.bands[strip.row][first : first + SIDE_CELLS]
    ends_mm = (band[:, 0].min(), band[:, 1].max() + 1) if len(band) else (0, 0)
    middle_mm = CELL_MM * sum(ends_mm) / 2 + float(random.uniform(-1, 1)) * _OFF_MIDDLE_MM
    top = round(middle_mm * flat.scale - side / 2)
    top_mm = top / flat.scale
    cues = sampled(
        flat.maps[strip.row], left_mm, top_mm, (step_mm, step_mm), (SIDE_CELLS, SIDE_CELLS)
    )
    start_mm, end_mm = _said_ends(flat.truth, strip, random)
    zero_mm = strip.zero_mm + float(random.normal(0, _ZERO_ERROR_MM))
    said_mm = np.array([zero_mm - top_mm, start_mm - left_mm, end_mm - left_mm])
    return (
        cut_window(flat.image, top, place.left, side, side),
        np.rint(255 * cues).astype(np.uint8),
        (said_mm / step_mm).astype(np.float32),
        (place.rows - top).astype(np.float32),
    )


@cache
def _reader() -> PageReader:
    return PageReader(NetworkRunning(threads=1))


def _drawn_place(truth: PageTruth, scale: float, random: np.random.Generator) -> _Place:
    strip = truth.strips[int(random.integers(len(truth.strips)))]
    side_mm = SIDE_CELLS * CELL_PX / scale
    start, end = strip.x_mm, _end_mm(truth, strip)
    if random.random() < _AT_END_SHARE:
        at = start if random.random() < 0.5 else end
        left_mm = at - side_mm * float(random.uniform(0.1, 0.9))
    else:
        left_mm = float(random.uniform(start - side_mm / 4, max(end - 3 * side_mm / 4, start)))
    left = round(left_mm * scale)
    columns = (np.arange(COLUMNS_PER_PX * SIDE_CELLS * CELL_PX) + 0.5) / COLUMNS_PER_PX - 0.5 + left
    x, y = (strip.centerline_mm.astype(np.float64) * scale - 0.5).T
    rows = np.interp(columns, x, y)
    rows[(columns < x[0]) | (columns > min(float(x[-1]), end * scale - 0.5))] = np.nan
    return _Place(strip, left, rows)


def _said_ends(
    truth: PageTruth, strip: PrintedStrip, random: np.random.Generator
) -> tuple[float, float]:
    """Give where a strip is said to begin and end, in mm: not quite where it does."""
    spreads = np.where(random.random(2) < _FAR_END_SHARE, _FAR_END_ERROR_MM, _END_ERROR_MM)
    start, end = np.array([strip.x_mm, _end_mm(truth, strip)]) + random.normal(0, spreads)
    return float(start), float(end)


def _end_mm(truth: PageTruth, strip: PrintedStrip) -> float:
    return strip.x_mm + strip.duration_s * truth.calibration.speed_mm_per_s


def _height(rows: NDArray[np.float64]) -> float:
    """Give how far a trace goes; 0 for a piece without one."""
    known = rows[np.isfinite(rows)]
    return float(np.ptp(known)) if known.size else 0.0
