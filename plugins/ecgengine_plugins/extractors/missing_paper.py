"""Find missing paper: holes, torn corners, dark things that lie on a sheet.

A network asked for a curve there gives one, and is sure of it.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.sheet import Sheet
from ecgengine.data.traces import Trace, Traces
from ecgengine_plugins.paper.runs import runs

# Scale at which holes are sought: coarse, for speed.
_PX_PER_MM = 2.0
# Wider than any pen and letter's stroke; the blurred edge of a hole reaches this far.
_LEAST_MM, _NEAR_MM = 3.0, 0.75
# As long as a bridge is told to be, 0.2 s at 25 mm/s (assembler's option bridge_s).
_BRIDGE_MM = 5.0
# Paper is the brightest within this, or this part of the sheet's median in a shadow; darker than
# this part of it is no paper.
_AROUND_MM, _SHADE, _DARK = 30.0, 0.6, 0.35


def without_missing_paper(traces: Traces, sheet: Sheet) -> Traces:
    """Leave out of curves what runs where paper is missing: NaN, with confidence 0.

    No pen draws a solid black disk of 3 mm, so a curve through one, or along its edge, was not
    read but made up. Up to 5 mm it stays as a bridge, without confidence.
    """
    missing = missing_paper(sheet)
    if not missing.any():
        return traces
    height, width = sheet.image.shape[:2]

    def told(trace: Trace) -> Trace:
        rows = np.nan_to_num(trace.y_px) * missing.shape[0] / height
        columns = trace.x_px * missing.shape[1] / width
        row = np.clip(rows, 0, missing.shape[0] - 1).astype(np.intp)
        column = np.clip(columns, 0, missing.shape[1] - 1).astype(np.intp)
        lost = missing[row, column]
        most = round(_BRIDGE_MM * sheet.px_per_mm_x / trace.step_px)
        y = np.where(long_runs(lost, most), np.nan, trace.y_px)
        return replace(trace, y_px=y, confidence=np.where(lost, np.float32(0), trace.confidence))

    return Traces(tuple(told(trace) for trace in traces.traces))


def missing_paper(sheet: Sheet) -> NDArray[np.bool_]:
    """Mark a sheet's solid dark areas and 0.75 mm around them, (R, C) at about 2 px/mm.

    Dark is what has less than a third of the light of the paper around it, in its brightest color,
    so that neither grids nor colored stains are.
    """
    height, width = sheet.image.shape[:2]
    size = (
        max(1, round(width / sheet.px_per_mm_x * _PX_PER_MM)),
        max(1, round(height / sheet.px_per_mm_y * _PX_PER_MM)),
    )
    light = cv2.resize(sheet.image, size, interpolation=cv2.INTER_AREA).max(axis=2)
    around = cv2.dilate(light, np.ones((round(_AROUND_MM * _PX_PER_MM),) * 2, np.uint8))
    paper = np.maximum(around, _SHADE * float(np.median(light)))
    dark = (light < _DARK * paper).astype(np.uint8)
    solid = cv2.morphologyEx(dark, cv2.MORPH_OPEN, _disk(_LEAST_MM))
    return np.asarray(cv2.dilate(solid, _disk(2 * _NEAR_MM)) > 0)


def long_runs(mask: NDArray[np.bool_], longest: int) -> NDArray[np.bool_]:
    """Keep the runs of a mask that are longer than `longest`."""
    kept = np.zeros_like(mask)
    for run in runs(mask):
        kept[run] = run.stop - run.start > longest
    return kept


def _disk(wide_mm: float) -> NDArray[np.uint8]:
    side = round(wide_mm * _PX_PER_MM) | 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), dtype=np.uint8)
