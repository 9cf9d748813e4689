"""Training material for the row network: windows of rows of leads, and where their traces run."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.case import Case, PageTruth, PrintedStrip
from ecgengine.errors import UnreadableInputError
from ecgengine.flattening import true_sheet
from ecgengine_plugins.extractors.windows import COLUMNS_PER_PX, PX_PER_MM, cut_window

HEIGHT_PX = 320
"""Height of a window, 40 mm."""

_SCALE_SPREAD = 0.06
_OFF_MIDDLE_MM = 24.0
_OFF_MIDDLE_SHARE = 0.35
_ZERO_ERROR_MM = 1.0
_BESIDE_MM = 8.0
_OVERPRINTED_SHARE = 0.4
_BAR_WIDTHS_MM = (0.3, 1.5)
_BAR_HEIGHTS_MM = (3.0, 9.0)
_NAME_HEIGHTS_MM = (2.0, 4.0)


def windows_of(
    case: Case, random: np.random.Generator, *, width_px: int, count: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
    """Cut windows from the rows of a made page, laid flat by its truth at about 8 px/mm.

    Gives (N, H, W, 3) RGB, (N,) rows where the zero line is said to lie, and (N, 2 W) rows of the
    pen's center in each half column, NaN where the row has no trace. The zero line lies in the
    middle of most windows, and of some far off it, so that tall waves are seen to their tips.
    Raises UnreadableInputError for a page without truth.
    """
    if case.truth is None:
        raise UnreadableInputError(
            f"the page {case.name} has no truth: make the pages with `ecgengine synth`"
        )
    scale = PX_PER_MM * float(random.uniform(1 - _SCALE_SPREAD, 1 + _SCALE_SPREAD))
    truth = replace(case.truth, px_per_mm=scale)
    image = true_sheet(case.page, truth).image
    if random.random() < _OVERPRINTED_SHARE:
        _overprint(image, truth, scale, random)
    rows = sorted({strip.row for strip in truth.strips})
    shape = (count, HEIGHT_PX, width_px)
    windows = np.empty((*shape, 3), np.uint8)
    zeros = np.empty(count, np.float32)
    centers = np.empty((count, COLUMNS_PER_PX * width_px), np.float32)
    for index in range(count):
        row = rows[int(random.integers(len(rows)))]
        strips = [strip for strip in truth.strips if strip.row == row]
        zero, left = _place(truth, strips, scale, width_px, random)
        off = random.uniform(-1, 1) * _OFF_MIDDLE_MM * (random.random() < _OFF_MIDDLE_SHARE)
        top = round(zero + off * scale - HEIGHT_PX / 2)
        zeros[index] = zero - top
        windows[index] = cut_window(image, top, left, HEIGHT_PX, width_px)
        columns = (np.arange(centers.shape[1]) + 0.5) / COLUMNS_PER_PX - 0.5 + left
        centers[index] = _center_rows(truth, strips, columns, scale) - top
    return windows, zeros, centers


def _place(
    truth: PageTruth,
    strips: list[PrintedStrip],
    scale: float,
    width_px: int,
    random: np.random.Generator,
) -> tuple[float, int]:
    """Draw the sheet row of the zero line, not quite right, and the window's first column."""
    first = min(strip.x_mm for strip in strips) - _BESIDE_MM
    last = max(_end_mm(truth, strip) for strip in strips) + _BESIDE_MM
    room = max((last - first) * scale - width_px, 0.0)
    left = round(first * scale + room * float(random.random()))
    middle = left / scale + width_px / scale / 2
    strip = min(strips, key=lambda each: abs(each.x_mm + _length_mm(truth, each) / 2 - middle))
    zero = strip.zero_mm + float(random.normal(0, _ZERO_ERROR_MM))
    return zero * scale, left


def _overprint(
    image: NDArray[np.uint8], truth: PageTruth, scale: float, random: np.random.Generator
) -> None:
    """Set a thick bar and a name on the trace where strips begin, as some programs print them."""
    wide, high, letters = (
        float(random.uniform(*sizes)) * scale
        for sizes in (_BAR_WIDTHS_MM, _BAR_HEIGHTS_MM, _NAME_HEIGHTS_MM)
    )
    down = float(random.uniform(-8, 8)) * scale
    face = int(random.integers(8))
    weight = int(random.integers(1, 4))
    size = letters / cv2.getTextSize("V", face, 1.0, weight)[0][1]
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
