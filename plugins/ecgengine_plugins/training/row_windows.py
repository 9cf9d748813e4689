"""Cut training material for the row network: windows of rows, and where their traces run."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.truth.case import Case, PageTruth, PrintedStrip
from ecgengine.truth.true_sheet import true_sheet
from ecgengine_plugins.networks.rows.window import (
    BESIDE_MM,
    COLUMNS_PER_PX,
    PX_PER_MM,
    zero_lines,
)
from ecgengine_plugins.paper.scales import PULSE_WIDTH_MM
from ecgengine_plugins.paper.windows import cut_window
from ecgengine_plugins.training.pages import truth_of

HEIGHT_PX = 480
"""Height of a window, 60 mm."""

_SCALE_SPREAD = 0.06
_OFF_MIDDLE_MM = 24.0
_OFF_MIDDLE_SHARE = 0.35
_ZERO_ERROR_MM = 1.0
_UNKNOWN_ROW_SHARE = 0.1
_PLACES = 4
_OVERPRINTED_SHARE = 0.4
_THINNED_SHARE = 0.25
_BAR_WIDTHS_MM = (0.3, 1.5)
_BAR_HEIGHTS_MM = (3.0, 9.0)
_NAME_HEIGHTS_MM = (2.0, 4.0)
_PULSED_SHARE = 0.4


def windows_of(
    case: Case, random: np.random.Generator, *, width_px: int, count: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
    """Cut windows from the rows of a synthetic page, laid flat by its truth at about 8 px/mm.

    Gives (N, H, W, 3) RGB, (N, 3) rows where the zero lines of the row and of its neighbors are
    said to lie, and (N, 2 W) rows of the pen's center in each half column, NaN where the row has
    no trace. The zero line lies in the middle of most windows, and of some far off it, so that
    tall waves are seen to their tips. Half of the windows lie where, of four places, the trace
    goes farthest. Raises UnreadableInputError for a page without truth.
    """
    truth = truth_of(case)
    scale = PX_PER_MM * float(random.uniform(1 - _SCALE_SPREAD, 1 + _SCALE_SPREAD))
    truth = replace(truth, px_per_mm=scale)
    image = true_sheet(case.page, truth).image
    if random.random() < _OVERPRINTED_SHARE:
        overprint(image, truth, scale, random)
    if random.random() < _THINNED_SHARE:
        image = thinned(image, random)
    shape = (count, HEIGHT_PX, width_px)
    windows = np.empty((*shape, 3), np.uint8)
    zeros = np.empty((count, 3), np.float32)
    centers = np.empty((count, COLUMNS_PER_PX * width_px), np.float32)
    for index in range(count):
        places = 1 if index % 2 else _PLACES
        drawn = [_drawn_place(truth, scale, width_px, random) for _ in range(places)]
        lines, left, rows = max(drawn, key=lambda place: _height(place[2]))
        off = random.uniform(-1, 1) * _OFF_MIDDLE_MM * (random.random() < _OFF_MIDDLE_SHARE)
        top = round(lines[0] + off * scale - HEIGHT_PX / 2)
        zeros[index] = np.array(lines) - top
        windows[index] = cut_window(image, top, left, HEIGHT_PX, width_px)
        centers[index] = rows - top
    return windows, zeros, centers


def _drawn_place(
    truth: PageTruth, scale: float, width_px: int, random: np.random.Generator
) -> tuple[tuple[float, float, float], int, NDArray[np.float64]]:
    """Draw a row and a window's first column.

    Gives the zero lines of the row and of its neighbors, not quite right, that column, and the
    sheet rows of the pen's center.
    """
    rows = _rows(truth)
    row = rows[int(random.integers(len(rows)))]
    strips = [strip for strip in truth.strips if strip.row == row]
    first = min(strip.x_mm for strip in strips) - BESIDE_MM
    last = max(_end_mm(truth, strip) for strip in strips) + BESIDE_MM
    room = max((last - first) * scale - width_px, 0.0)
    left = round(first * scale + room * float(random.random()))
    columns = (np.arange(COLUMNS_PER_PX * width_px) + 0.5) / COLUMNS_PER_PX - 0.5 + left
    middle = left / scale + width_px / scale / 2
    own = _zero_near(truth, row, middle) + float(random.normal(0, _ZERO_ERROR_MM))
    others = [
        _zero_near(truth, other, middle) + float(random.normal(0, _ZERO_ERROR_MM))
        for other in rows
        if other != row and random.random() > _UNKNOWN_ROW_SHARE
    ]
    _, above, below = zero_lines(own, others)
    lines = own * scale, above * scale, below * scale
    return lines, left, _center_rows(truth, strips, columns, scale)


def _rows(truth: PageTruth) -> list[int]:
    return sorted({strip.row for strip in truth.strips})


def _zero_near(truth: PageTruth, row: int, x_mm: float) -> float:
    """Give the zero line of the row's strip that lies nearest."""
    strips = [strip for strip in truth.strips if strip.row == row]
    return min(strips, key=lambda each: abs(each.x_mm + _length_mm(truth, each) / 2 - x_mm)).zero_mm


def _height(rows: NDArray[np.float64]) -> float:
    """Give how far a trace goes; 0 for a window without one."""
    known = rows[np.isfinite(rows)]
    return float(np.ptp(known)) if known.size else 0.0


def thinned(image: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Make every line thinner, as finer pens draw."""
    share = float(random.uniform(0, 1))
    thin = cv2.dilate(image, np.ones((3, 3), np.uint8))
    return cv2.addWeighted(thin, share, image, 1 - share, 0).astype(np.uint8, copy=False)


def overprint(
    image: NDArray[np.uint8], truth: PageTruth, scale: float, random: np.random.Generator
) -> None:
    """Set a thick bar and a name on the trace where strips begin, as some programs print them.

    Before the first strip of a row there may be a calibration pulse that touches it.
    """
    wide, high, letters = (
        float(random.uniform(*sizes)) * scale
        for sizes in (_BAR_WIDTHS_MM, _BAR_HEIGHTS_MM, _NAME_HEIGHTS_MM)
    )
    down = float(random.uniform(-8, 8)) * scale
    face = int(random.integers(8))
    weight = int(random.integers(1, 4))
    size = letters / cv2.getTextSize("V", face, 1.0, weight)[0][1]
    pulse = np.array(
        [[-PULSE_WIDTH_MM, 0], [-PULSE_WIDTH_MM, -1], [0, -1], [0, 0]], dtype=np.float64
    )
    pulse[:, 1] *= truth.calibration.gain_mm_per_mv
    pulsed = random.random() < _PULSED_SHARE
    firsts = {row: min(s.x_mm for s in truth.strips if s.row == row) for row in _rows(truth)}
    for strip in truth.strips:
        x, y = strip.x_mm * scale, strip.zero_mm * scale
        x0, y0 = max(round(x - wide / 2), 0), max(round(y - high / 2), 0)
        around = image[y0 : y0 + round(8 * scale), x0 : x0 + round(8 * scale)].reshape(-1, 3)
        if not around.size:
            continue
        ink = np.percentile(around, 1, axis=0)
        image[y0 : round(y + high / 2), x0 : round(x + wide / 2)] = ink
        place = round(x + random.uniform(0, 2) * scale), round(y + down + letters / 2)
        cv2.putText(image, strip.lead, place, face, size, ink.tolist(), weight, cv2.LINE_AA)
        if pulsed and strip.x_mm == firsts[strip.row]:
            corners = np.round(pulse * scale + (x, y)).astype(np.int32)
            cv2.polylines(image, [corners], False, ink.tolist(), 1 + weight, cv2.LINE_AA)


def _length_mm(truth: PageTruth, strip: PrintedStrip) -> float:
    return strip.duration_s * truth.calibration.speed_mm_per_s


def _end_mm(truth: PageTruth, strip: PrintedStrip) -> float:
    return strip.x_mm + _length_mm(truth, strip)


def _center_rows(
    truth: PageTruth, strips: list[PrintedStrip], columns: NDArray[np.float64], scale: float
) -> NDArray[np.float64]:
    """Give the sheet rows of the pen's center at sheet columns; NaN beside the strips."""
    rows = np.full(columns.size, np.nan)
    for strip in strips:
        x, y = (strip.centerline_mm.astype(np.float64) * scale - 0.5).T
        end = min(float(x[-1]), _end_mm(truth, strip) * scale - 0.5)
        own = (columns >= x[0]) & (columns <= end)
        rows[own] = np.interp(columns[own], x, y)
    return rows
