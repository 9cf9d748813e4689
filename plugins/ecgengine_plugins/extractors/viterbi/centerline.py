"""Read a map of centerline probabilities: cheapest path, then the local mean round it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.strips import Strips
from ecgengine.data.tracemap import TraceMap
from ecgengine.data.traces import Trace
from ecgengine_kernels.viterbi import cheapest_path
from ecgengine_plugins.extractors.options import ViterbiOptions
from ecgengine_plugins.extractors.strip_map import strip_maps
from ecgengine_plugins.extractors.viterbi import tuning

# Nats that a row of no probability costs, so that a path can still cross it.
DEAREST = 20.0


def read_centerlines(trace_map: TraceMap, strips: Strips, options: ViterbiOptions) -> list[Trace]:
    """Read every strip of a map whose meaning is `centerline`, at the map's own columns."""
    traces = []
    for part in strip_maps(trace_map, strips):
        if (part.values.max(axis=1) > np.exp(-0.5 * DEAREST)).any():
            traces.append(part.read(*read_posterior(part.values, options.jump)))
    return traces


def read_posterior(
    posterior: NDArray[np.float32], jump: float
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Read (W, H) probabilities: rows and the probability found within reach of them."""
    width, height = posterior.shape
    node = np.minimum(-np.log(np.maximum(posterior, 1e-30)), np.float32(DEAREST))
    travel = np.full((width, height), jump, np.float32)
    path, _ = cheapest_path(
        node.astype(np.float32),
        travel,
        np.zeros(width, np.int32),
        np.full(width, height - 1, np.int32),
    )
    weight, near = rows_near(posterior, path.astype(np.intp), tuning.CENTER_REACH_PX)
    mass = weight.sum(axis=1, dtype=np.float64)
    row = np.where(mass > 1e-6, (weight * near).sum(axis=1) / np.maximum(mass, 1e-6), path)
    return row.astype(np.float64), np.clip(mass, 0.0, 1.0).astype(np.float32)


def rows_near(
    posterior: NDArray[np.float32], rows: NDArray[np.intp], reach: int
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """The (W, 2 reach + 1) probabilities within reach of (W,) rows, 0 outside, and their rows."""
    near = rows[:, None] + np.arange(-reach, reach + 1)
    inside = (near >= 0) & (near < posterior.shape[1])
    kept = np.take_along_axis(posterior, near.clip(0, posterior.shape[1] - 1), axis=1)
    return np.where(inside, kept, np.float32(0)), near
