"""Undo the uneven feed of a scanner, line by line of the grid of the sheet it scanned.

Along time alone: across time a tenth of a millimeter is a hundredth of a millivolt, and traces
along the rows would be taken for lines (docs/experiments/0020).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.sheet import Sheet
from ecgengine.geometry.flattening import resample_sheet
from ecgengine.geometry.page_map import PageMap
from ecgengine_plugins.paper.peaks import summit
from ecgengine_plugins.rectifiers.grid import tuning
from ecgengine_plugins.rectifiers.grid.period import cut_bands
from ecgengine_plugins.rectifiers.grid.warp import fit_feed
from ecgengine_plugins.rectifiers.gridness import measure_gridness

SHIFT_STEP = 0.01
BINS = 20
MM_PER_INCH = 25.4
RASTERS_DPI = (72, 75, 96, 100, 120, 144, 150, 200, 240, 250, 300)
PHASES = 50
NODE_MM = 1.0


def even_feed(image: NDArray[np.uint8], sheet: Sheet) -> Sheet:
    """Lay a scan flat again without the unevenness of its feed along time.

    A sheet that runs through a scanner or printer in jerks is stretched in one place and squeezed
    in another, by the same from edge to edge. Its vertical grid lines tell where, each by itself,
    freed of what the program that drew them rounded to whole pixels. Time alone is evened: half a
    tenth of a millimeter along it is a large part of a complex's rise, across it next to nothing.

    Args:
        image: (H, W, 3) the page, read once more with a single interpolation.
        sheet: the page laid flat along the lattice of its grid.
    """
    if sheet.grid is None:
        return sheet
    gridness = measure_gridness(sheet.image)
    step_mm = sheet.grid.minor_mm or sheet.grid.major_mm or 1.0
    origin_px, scale = sheet.grid.origin_x_px, sheet.px_per_mm_x
    numbers, shifts, match = line_shifts(
        gridness.values,
        (origin_px + 0.5) / gridness.px_per_px - 0.5,
        step_mm * scale / gridness.px_per_px,
    )
    seen = match > tuning.LEAST_MATCH
    if np.count_nonzero(seen) < tuning.FEWEST_LINES:
        return sheet
    mm, shifts_mm = numbers[seen] * step_mm, shifts[seen] * step_mm
    shifts_mm = shifts_mm - rounding_mm(mm, shifts_mm)
    points = np.stack([mm, np.zeros(mm.size)], axis=1)
    trust = (match[seen] - tuning.LEAST_MATCH) / (1 - tuning.LEAST_MATCH)
    feed_mm = fit_feed(points, shifts_mm, trust, 0, mm, tuning.FEED_KINK_COST).values
    feed_mm = feed_mm + jerks_mm(numbers[seen], shifts_mm - feed_mm, match[seen])
    if float(np.abs(feed_mm).max()) < tuning.LEAST_FEED_MM:
        return sheet
    height, width = sheet.image.shape[:2]
    x, y = (
        np.arange(int((side - 1) / (NODE_MM * per_mm)) + 2) * NODE_MM * per_mm
        for side, per_mm in ((width, scale), (height, sheet.px_per_mm_y))
    )
    x = x + scale * np.interp((x - origin_px) / scale, mm, feed_mm)
    nodes = np.stack(np.meshgrid(x, y), axis=-1)
    on_page = sheet.page_map.to_page(nodes.reshape(-1, 2)).reshape(nodes.shape)
    page_map = PageMap(on_page, NODE_MM * scale, NODE_MM * sheet.px_per_mm_y)
    return replace(sheet, image=resample_sheet(image, page_map, width, height), page_map=page_map)


def line_shifts(
    values: NDArray[np.float32], origin: float, distance: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Find how far each vertical line of a sheet lies from its even place.

    The median over bands of the sheet's height stands for it, so that ink counts little.

    Args:
        values: (H, W) gridness.
        origin: x of a line.
        distance: pixels between lines.

    Returns:
        (K,) numbers of the lines counted from `origin`, (K,) shifts to the right in line
        distances, (K,) correlations with the mean line, 0 to 1.
    """
    height, width = values.shape
    inner = values[int(tuning.INNER[0] * height) : int(tuning.INNER[1] * height)]
    course = np.median(cut_bands(inner).profiles, axis=0)
    first, last = np.ceil(-origin / distance) + 1, np.floor((width - 1 - origin) / distance)
    numbers = np.arange(float(first), float(last))
    away = np.linspace(-tuning.LINE_REACH, tuning.LINE_REACH, 2 * BINS + 1)
    bell = (1 - (away / tuning.LINE_REACH) ** 2) ** 2
    bell /= bell.sum()
    wanted = _mean_line(course, origin, distance, away)
    wanted -= wanted @ bell
    shifts = np.arange(-tuning.LINE_SHIFT, tuning.LINE_SHIFT + SHIFT_STEP / 2, SHIFT_STEP)
    places = origin + distance * (numbers[:, None, None] + shifts[:, None] + away)
    seen = np.interp(places, np.arange(width), course)
    seen -= (seen @ bell)[..., None]
    match = seen @ (wanted * bell)
    match /= np.sqrt((seen**2 @ bell) * float(wanted**2 @ bell)) + 1e-9
    best = np.argmax(match - tuning.LINE_STIFFNESS * shifts**2, axis=1).clip(1, shifts.size - 2)
    before, here, after = (match[np.arange(numbers.size), best + k] for k in (-1, 0, 1))
    return numbers, shifts[best] + SHIFT_STEP * summit(before, here, after), here.clip(0.0, 1.0)


def jerks_mm(
    numbers: NDArray[np.float64], away_mm: NDArray[np.float64], match: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What of the distances of lines from a smooth feed are jerks of it, 0 elsewhere.

    One line that stands out may be misread; neighbors as clear as most lines, and out by the same,
    were moved.

    Args:
        numbers: (K,) numbers of the lines that were seen.
        away_mm: (K,) how far they lie from where a smooth feed has them.
        match: (K,) correlations with the mean line, 0 to 1.
    """
    clear = match > np.median(match) - tuning.LESS_CLEAR
    out = clear & (np.abs(away_mm) > tuning.LEAST_JERK_MM)
    alike = np.abs(np.diff(away_mm)) < tuning.JERK_SCATTER_MM
    pairs = out[1:] & out[:-1] & alike & (np.diff(numbers) == 1)
    moved = np.zeros(len(numbers), np.bool_)
    moved[1:] |= pairs
    moved[:-1] |= pairs
    return np.where(moved, away_mm, 0.0)


def rounding_mm(mm: NDArray[np.float64], shifts_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Tell how far a program drew each line off its place because lines lie on whole pixels.

    Each usual resolution makes a course of its own; that which leaves the least scatter is taken.

    Args:
        mm: (K,) even places of the lines from one of them.
        shifts_mm: (K,) how far from there they were found.

    Returns:
        (K,) millimeters; zeros where no resolution explains the scatter.
    """
    dpi = np.array(RASTERS_DPI)[:, None, None]
    pixels = mm * dpi / MM_PER_INCH + np.arange(PHASES)[:, None] / PHASES
    off_mm = ((np.round(pixels) - pixels) * MM_PER_INCH / dpi).reshape(-1, mm.size)
    scatter = _scatter(shifts_mm - off_mm)
    best = int(np.argmin(scatter))
    explains = scatter[best] < tuning.LESS_SCATTER * _scatter(shifts_mm[None])[0]
    return off_mm[best] if explains else np.zeros(mm.size)


def _mean_line(
    course: NDArray[np.float64],
    origin: float,
    distance: float,
    away: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Give the mean of a course over all its periods, at (N,) periods from a line."""
    phase = (np.arange(course.size) - origin) / distance % 1
    bins = np.minimum((phase * BINS).astype(np.int_), BINS - 1)
    line = np.bincount(bins, course, BINS) / np.maximum(np.bincount(bins, minlength=BINS), 1)
    around = np.concatenate([line[-1:], line, line[:1]])
    there = np.interp(away % 1 * BINS - 0.5, np.arange(-1, BINS + 1), around)
    return np.asarray(there, dtype=np.float64)


def _scatter(shifts: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,) how far neighbors in (N, K) lie apart: the median distance from a running mean."""
    half = tuning.AROUND_LINES // 2
    padded = np.pad(shifts, ((0, 0), (half + 1, half)), "edge")
    padded[:, 0] = 0.0
    total = np.cumsum(padded, axis=1)
    around = (total[:, 2 * half + 1 :] - total[:, : -2 * half - 1]) / tuning.AROUND_LINES
    return np.asarray(np.median(np.abs(shifts - around), axis=1))
