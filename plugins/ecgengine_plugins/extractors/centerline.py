"""Reading a map of centerline probabilities: cheapest path, then the local mean round it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine.strips import Strips
from ecgengine.tracemap import TraceMap
from ecgengine.traces import Trace
from ecgengine_kernels.viterbi import cheapest_path
from ecgengine_plugins.extractors.options import ViterbiOptions

DEAREST = 20.0
REACH_PX = 3


def read_centerlines(trace_map: TraceMap, strips: Strips, options: ViterbiOptions) -> list[Trace]:
    """Read every strip of a map whose meaning is `centerline`, at the map's own columns."""
    per_px = trace_map.columns_per_px
    _channels, height, columns = trace_map.trace.shape
    order = sorted({strip.row for strip in strips.strips})
    traces = []
    for index, strip in enumerate(strips.strips):
        start = min(max(int(np.floor((strip.x_start_px + 0.5) * per_px)), 0), columns)
        stop = min(max(int(np.ceil((strip.x_end_px + 0.5) * per_px)) + 1, 0), columns)
        top = min(max(int(np.floor(strip.top_px)), 0), height)
        bottom = min(max(int(np.ceil(strip.bottom_px)) + 1, 0), height)
        if stop - start < 2 or bottom - top < 2:
            continue
        channel = _channel(trace_map, order.index(strip.row), strip.zero_px)
        part = trace_map.trace[channel, top:bottom, start:stop]
        chance = np.ascontiguousarray(part.T, dtype=np.float32)
        if not (chance.max(axis=1) > np.exp(-0.5 * DEAREST)).any():
            continue
        row, confidence = read_chances(chance, options.jump)
        x0 = (start + 0.5) / per_px - 0.5
        traces.append(Trace(index, x0, 1.0 / per_px, row + top, confidence))
    return traces


def _channel(trace_map: TraceMap, row_index: int, zero_px: float) -> int:
    """The channel of a row: the one with the nearest zero line, where the map tells them."""
    if trace_map.row_zero_px is not None:
        return int(np.argmin(np.abs(np.array(trace_map.row_zero_px) - zero_px)))
    return min(row_index, int(trace_map.trace.shape[0]) - 1)


def read_chances(
    chance: NDArray[np.float32], jump: float
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Read (W, H) probabilities: rows and the probability found within reach of them."""
    width, height = chance.shape
    node = np.minimum(-np.log(np.maximum(chance, 1e-30)), np.float32(DEAREST))
    travel = np.full((width, height), jump, np.float32)
    path, _ = cheapest_path(
        node.astype(np.float32),
        travel,
        np.zeros(width, np.int32),
        np.full(width, height - 1, np.int32),
    )
    weight, near = rows_near(chance, path.astype(np.intp), REACH_PX)
    mass = weight.sum(axis=1, dtype=np.float64)
    row = np.where(mass > 1e-6, (weight * near).sum(axis=1) / np.maximum(mass, 1e-6), path)
    return row.astype(np.float64), np.clip(mass, 0.0, 1.0).astype(np.float32)


def rows_near(
    chance: NDArray[np.float32], rows: NDArray[np.intp], reach: int
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """The (W, 2 reach + 1) chances within reach of (W,) rows, 0 outside, and their rows."""
    near = rows[:, None] + np.arange(-reach, reach + 1)
    inside = (near >= 0) & (near < chance.shape[1])
    kept = np.take_along_axis(chance, near.clip(0, chance.shape[1] - 1), axis=1)
    return np.where(inside, kept, np.float32(0)), near
