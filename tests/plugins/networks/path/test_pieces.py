from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ecgengine.data.look import CELL_MM
from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Strip
from ecgengine.geometry.page_map import PageMap
from ecgengine_plugins.networks.path.pieces import WIDTH_PX, Pieces, put_together
from ecgengine_plugins.networks.path.window import CELL_PX

ZERO_MM, START_MM, END_MM = 40.0, 20.0, 120.0


def sheet(px_per_mm: float) -> Sheet:
    """A sheet of 150 x 80 mm whose pixels tell where they are, in mm, as red and green."""
    y, x = np.mgrid[: round(80 * px_per_mm), : round(150 * px_per_mm)]
    image = np.stack([(x + 0.5) / px_per_mm, (y + 0.5) / px_per_mm, 0 * x], axis=2)
    nodes = PageMap(np.zeros((2, 2, 2)), 1000.0, 1000.0)
    return Sheet(image.astype(np.uint8), px_per_mm, px_per_mm, nodes, "given", residual_mm=0.0)


def strip(px_per_mm: float) -> Strip:
    start, end, zero = (mm * px_per_mm - 0.5 for mm in (START_MM, END_MM, ZERO_MM))
    return Strip("II", 0, False, start, end, zero, 0.0, 0.0, 0.0)


@pytest.fixture
def look(blank_look: Any) -> Any:
    """A level trace with a wave of 20 mm at 70 mm."""
    trace, zero = np.zeros((2, 160, 300), np.float32)
    at = round(ZERO_MM / CELL_MM)
    trace[at, round(START_MM / CELL_MM) : round(END_MM / CELL_MM)] = 1.0
    trace[at - 40 : at, 140] = 1.0
    zero[:] = ZERO_MM - (np.arange(160)[:, None] + 0.5) * CELL_MM
    return blank_look(trace=trace, zero_mm=zero)


@pytest.mark.parametrize("px_per_mm", [8.0, 8.4, 5.0, 11.0])
def test_pieces_cover_a_strip_and_are_as_high_as_its_waves(look: Any, px_per_mm: float) -> None:
    page, own = sheet(px_per_mm), strip(px_per_mm)
    pieces = Pieces(page, look, [own.zero_px])
    cut = pieces.of(own, 0)
    scale = px_per_mm * pieces.scale_x
    assert cut[0].left / scale == pytest.approx(START_MM - 3, abs=0.3)
    assert (cut[-1].left + WIDTH_PX) / scale == pytest.approx(END_MM + 3, abs=0.3)
    lefts = np.array([piece.left for piece in cut])
    assert (np.diff(lefts) <= WIDTH_PX - 48 + 1).all()
    for piece in cut:
        waved = piece.left / scale - 2 <= 70.25 <= (piece.left + WIDTH_PX) / scale + 2
        assert len(piece.pixels) / scale == pytest.approx(28 if waved else 8.5, abs=4.5)
        # Pixels, cues and places tell the same.
        y, x = 4 * CELL_PX, WIDTH_PX // 2
        place = np.array([piece.left + x + 0.5, piece.top + y + 0.5]) / scale
        assert piece.pixels[y, x, :2] == pytest.approx(place, abs=1.1)
        level = np.argmax(piece.cues[0].sum(axis=1)) * CELL_PX + piece.top
        assert level / scale == pytest.approx(ZERO_MM, abs=1.0)
        zero = np.argmin(np.abs(piece.cues[4, :, 0])) * CELL_PX + piece.top
        assert zero / scale == pytest.approx(ZERO_MM, abs=0.6)


def test_a_short_strip_is_one_piece_and_a_sheet_without_ink_whole_columns(
    blank_look: Any,
) -> None:
    own = replace(strip(8.0), x_end_px=40 * 8.0)
    nothing = np.zeros((160, 300), np.float32)
    (piece,) = Pieces(sheet(8.0), blank_look(trace=nothing, zero_mm=nothing), [own.zero_px]).of(
        own, 0
    )
    assert len(piece.pixels) >= 80 * 8
    assert piece.left <= 20 * 8 - 24
    assert piece.left + WIDTH_PX >= 40 * 8 + 24


def test_what_pieces_read_is_put_together_at_its_place(look: Any) -> None:
    own = strip(8.0)
    cut = Pieces(sheet(8.0), look, [own.zero_px]).of(own, 0)
    # Each tells of every place how far right and down on the sheet it lies.
    read = []
    for piece in cut:
        rows = piece.top + np.arange(len(piece.pixels))[:, None]
        columns = 2 * piece.left + np.arange(2 * WIDTH_PX)
        read.append((1000 * columns + rows + 500).astype(np.float32))
    first, stop = 2 * 160, 2 * 960
    whole, top = put_together(cut, read, first, stop)
    assert whole.shape[0] == stop - first
    assert top == min(piece.top for piece in cut)
    columns = np.arange(first, stop)[:, None]
    expected = 1000 * columns + top + np.arange(whole.shape[1]) + 500
    given = whole > 0
    assert given.any(axis=1).all()
    assert (whole[given] == expected[given]).all()
