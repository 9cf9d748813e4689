"""Find the rows of leads: the heights at which most ink runs level.

Mould, stains and notes run level as traces do, but names stand in columns at one distance from
their rows: where the layout is not plain, rows are sought at that distance.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.sheet import Sheet
from ecgengine_plugins.paper.ink import CORE, Ink
from ecgengine_plugins.paper.lettering.words import Name
from ecgengine_plugins.paper.peaks import maxima

_SMOOTH_MM = 1.2
_CLOSEST_MM = 8.0
_REACH_MM = 3.5
_LEAST_SHARE = 0.3
_EDGE_MM = 4.0
_REGULAR_SHARE = 0.5
_RELIEF_MM = 6.0
_RELIEF_SHARE = 0.003
_WANDER_MM = 0.15
_FEWEST_NAMED = 3
_COLUMN_MM = 3.0
_CLOSE_MM = 1.5
_APART_SHARE = 0.6
_LEAST_NAMED_SHARE = 0.5
_SEEN_SHARE = 0.3
_NAME_AWAY_MM = 14.0


def find_baselines(ink: Ink) -> list[float]:
    """Give the sheet y of every row's baseline, top to bottom.

    A row is a peak of level ink over y that covers at least a third of the columns that the best
    row covers and has steep ink beside it or rises and falls: a ruled line does neither.
    """
    counts, smooth = _level_ink(ink)
    if not counts.any():
        return []
    peaks = maxima(smooth)
    edge = _EDGE_MM * ink.y_mm
    peaks = peaks[(peaks > edge) & (peaks < counts.size - edge)]
    peaks = peaks[np.argsort(-smooth[peaks])]
    chosen: list[int] = []
    reach, closest = round(_REACH_MM * ink.y_mm), _CLOSEST_MM * ink.y_mm
    most = 0
    for peak in peaks.tolist():
        if any(abs(peak - other) < closest for other in chosen):
            continue
        if smooth[peak] < 0.1 * smooth[peaks[0]]:
            break
        covered = covered_columns(ink, peak)
        if _relief(ink, peak) < _RELIEF_SHARE * covered and _wander_mm(ink, peak) < _WANDER_MM:
            continue
        most = max(most, covered)
        if covered >= _LEAST_SHARE * most:
            chosen.append(peak)
    return [_refine(counts, round(peak), 0.5 * reach) for peak in _regular(chosen)]


def on_grid(baselines: Sequence[float], sheet: Sheet) -> list[float]:
    """Keep the rows between the first and the last line of the grid that was seen.

    The edge of the paper, and the grain of a table beyond it, run level, too.
    """
    if sheet.grid_fit is None:
        return list(baselines)
    seen = sheet.grid_fit.seen.mean(axis=1)
    region_px = sheet.image.shape[0] / seen.size
    lines = np.flatnonzero(seen > _SEEN_SHARE * seen.max())
    if lines.size == 0:
        return list(baselines)
    # What is half seen is half beyond the edge.
    top = (lines[0] + 1 - seen[lines[0]] / seen.max()) * region_px
    bottom = (lines[-1] + seen[lines[-1]] / seen.max()) * region_px
    return [row for row in baselines if top <= row <= bottom]


def add_named(ink: Ink, baselines: Sequence[float], names: Sequence[Name]) -> list[float]:
    """Give the rows found and those that a name at the left tells of as well, top to bottom.

    Where mains hum makes a trace fuzzy little of its ink runs level. Names stand at one distance
    from their rows, one below the other.
    """
    left = [name for name in names if name.lead != "I"]
    if len(baselines) < 2 or len(left) < _FEWEST_NAMED:
        return list(baselines)
    edges = np.array([name.left_px for name in left])
    columns = [np.abs(edges - edge) < _COLUMN_MM * ink.x_mm for edge in np.sort(edges)]
    column = next((near for near in columns if near.sum() >= _FEWEST_NAMED), None)
    if column is None:
        return list(baselines)
    heights = np.array([name.middle_px for name in left])[column]
    rows = np.asarray(baselines)
    close, reach = _CLOSE_MM * ink.y_mm, round(_REACH_MM * ink.y_mm)
    away = (rows[None, :] - heights[:, None]).ravel()
    votes = (np.abs(away[:, None] - away[None]) < close).sum(axis=1)
    # A distance of one row more may agree as well.
    votes = votes - np.abs(away) / np.abs(away).max()
    distance = float(np.median(away[np.abs(away - away[votes.argmax()]) < close]))
    expected = np.unique(np.round(heights + distance, 1))
    expected = expected[(expected > reach) & (expected < ink.trace.shape[0] - reach)]
    if expected.size == 0:
        return list(baselines)
    gaps = np.abs(expected[:, None] - rows[None]).min(axis=1)
    if (gaps < close).sum() < max(_FEWEST_NAMED, 0.5 * expected.size):
        return list(baselines)
    spacing = float(np.median(np.diff(np.sort(rows))))

    def inked(row: float) -> int:
        window = ink.trace[max(round(row) - reach, 0) : round(row) + reach + 1] > CORE
        return int(window.any(axis=0).sum())

    least = _LEAST_NAMED_SHARE * float(np.median([inked(row) for row in rows]))
    missed = [
        float(row)
        for row, gap in zip(expected, gaps, strict=True)
        if gap > _APART_SHARE * spacing and inked(row) > least
    ]
    return sorted([*baselines, *missed])


def named_rows(ink: Ink, names: Sequence[Name], fewest: int = 1) -> list[float]:
    """Give the rows that `fewest` printed names tell of, top to bottom, wherever ink runs level.

    Names stand in columns, at one distance from their rows: the one at which, below or above all
    of them, most ink runs level. So rows are told from mould, which runs level anywhere.
    """
    heights = _named_heights(ink, names, fewest)
    if len(heights) < 2:
        return []
    counts, smooth = _level_ink(ink)
    farthest = round(_NAME_AWAY_MM * ink.y_mm)
    padded = np.pad(smooth, farthest)
    seen = np.stack([padded[round(y) : round(y) + 2 * farthest + 1] for y in heights])
    best = seen.max(axis=1, keepdims=True)
    inked = best[:, 0] > _LEAST_SHARE * np.median(best)
    distance = int(np.argmax((seen / np.maximum(best, 1.0))[inked].sum(axis=0))) - farthest
    reach, closest = 0.5 * _REACH_MM * ink.y_mm, _CLOSEST_MM * ink.y_mm
    rows: list[float] = []
    for expected in np.array(heights)[inked] + distance:
        if reach < expected < counts.size - reach:
            row = _refine(counts, round(expected), reach)
            if not rows or row - rows[-1] > closest:
                rows.append(row)
    return rows


def _named_heights(ink: Ink, names: Sequence[Name], fewest: int) -> list[float]:
    """Give the heights at which names stand in columns, as far apart as rows usually are.

    Single names that agree with no column are misread.
    """
    known = [name for name in names if name.lead != "I"]
    left = np.array([name.left_px for name in known])
    middle = np.array([name.middle_px for name in known])
    apart = np.abs(middle[:, None] - middle[None]) > _CLOSEST_MM * ink.y_mm
    below = (np.abs(left[:, None] - left[None]) < _COLUMN_MM * ink.x_mm) & apart
    in_column = np.flatnonzero(below.sum(axis=1) >= _FEWEST_NAMED - 1)
    leads: dict[float, set[str]] = {}
    for index in in_column[np.argsort(middle[in_column])]:
        here = float(middle[index])
        height = next((each for each in leads if here - each <= _CLOSE_MM * ink.y_mm), here)
        leads.setdefault(height, set()).add(known[index].lead)
    named = [height for height in leads if len(leads[height]) >= fewest]
    # The more leads are named at a height, the less likely are all of them misread specks.
    return _regular(sorted(named, key=lambda height: -len(leads[height])))


def keep_strongest(ink: Ink, baselines: Sequence[float], count: int) -> list[float]:
    """Give the `count` rows that cover most columns with level ink, top to bottom."""
    covered = [covered_columns(ink, row) for row in baselines]
    strongest = np.argsort(covered)[::-1][:count]
    return [baselines[index] for index in sorted(strongest)]


def _level_ink(ink: Ink) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Count the columns in which ink runs level at each y (H,), and the same smoothed."""
    counts = ink.level.sum(axis=1, dtype=np.float32)
    sigma = _SMOOTH_MM * ink.y_mm
    smooth = cv2.GaussianBlur(counts[:, None], (0, 0), sigmaX=1e-3, sigmaY=sigma)[:, 0]
    return counts, np.asarray(smooth, dtype=np.float32)


def covered_columns(ink: Ink, row: float) -> int:
    """Count the columns with level ink around a row."""
    reach = round(_REACH_MM * ink.y_mm)
    return int(ink.level[max(round(row) - reach, 0) : round(row) + reach + 1].any(axis=0).sum())


def _regular(rows: Sequence[float]) -> list[float]:
    """Sort rows, given from strong to weak, and drop the weaker of two much closer than usual."""
    kept = list(rows)
    if len(kept) > 2:
        closest = _REGULAR_SHARE * float(np.median(np.diff(sorted(kept))))
        for row in reversed(rows):
            if any(abs(row - other) < closest for other in kept if other != row):
                kept.remove(row)
    return sorted(kept)


def _relief(ink: Ink, peak: int) -> int:
    """Count the columns with steep ink around a row."""
    reach = round(_RELIEF_MM * ink.y_mm)
    return int(ink.steep[max(peak - reach, 0) : peak + reach + 1].any(axis=0).sum())


def _wander_mm(ink: Ink, peak: int) -> float:
    """Give the standard deviation of the height of level ink around a row."""
    reach = round(_REACH_MM * ink.y_mm)
    window = ink.level[max(peak - reach, 0) : peak + reach + 1].astype(np.float32)
    mass = window.sum(axis=0)
    heights = np.arange(window.shape[0], dtype=np.float32) @ window
    seen = mass > 0
    return float(np.std(heights[seen] / mass[seen])) / ink.y_mm


def _refine(counts: NDArray[np.float32], peak: int, reach: float) -> float:
    """Give the median height of level ink near a peak."""
    first = max(int(peak - reach), 0)
    window = counts[first : int(peak + reach) + 1]
    total = np.cumsum(window)
    index = int(np.searchsorted(total, 0.5 * total[-1]))
    before = float(total[index - 1]) if index else 0.0
    return first + index - 0.5 + (0.5 * float(total[-1]) - before) / max(float(window[index]), 1e-6)
