"""Name a rhythm strip whose name cannot be read by the short lead that it repeats."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ecgengine_plugins.assemblers import tuning
from ecgengine_plugins.assemblers.merging import measure_lag
from ecgengine_plugins.assemblers.sampling import SampledStrip


def tell_lead(
    long: SampledStrip, short: Mapping[str, SampledStrip], fs_hz: float
) -> tuple[str, float] | None:
    """Name the lead that a long strip shows by comparing it with the short ones, time for time.

    The difference left after lag and offset, as a share of the spread, has to be below 0.35 for
    the best lead and half as large again for the next. Gives the name and that share, or None.
    """
    differences = sorted((_difference(long, one, fs_hz), name) for name, one in short.items())
    if not differences or differences[0][0] > tuning.MOST_DIFFERENCE:
        return None
    best, name = differences[0]
    if len(differences) > 1 and differences[1][0] < tuning.NEXT_DIFFERENCE * best:
        return None
    return name, best


def _difference(long: SampledStrip, short: SampledStrip, fs_hz: float) -> float:
    lag, _ = measure_lag(long, short, fs_hz)
    start = short.first - round(lag) - long.first
    index = np.arange(short.mv.size) + start
    inside = (index >= 0) & (index < long.mv.size)
    a, b = long.mv[index[inside]], short.mv[inside]
    known = np.isfinite(a) & np.isfinite(b)
    if known.sum() < short.mv.size // 2:
        return np.inf
    a, b = a[known], b[known]
    spread = max(float(a.std()), float(b.std()))
    return float((a - b).std()) / spread if spread > 0 else np.inf
