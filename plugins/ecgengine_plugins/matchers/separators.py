"""Place the bars that some carts print between leads."""

from __future__ import annotations

import numpy as np

from ecgengine.data.look import CELL_MM, Look
from ecgengine_plugins.paper.ink import Ink
from ecgengine_plugins.paper.peaks import heaviest_middle
from ecgengine_plugins.paper.runs import runs

_SURE = 0.3
_LEAST_MM = 3.0
_AROUND_MM = 1.0


def find_separators(ink: Ink, look: Look) -> list[float]:
    """Give the sheet x of every column of bars, by the middle of its ink."""
    bars = look.separators > _SURE
    found = []
    for run in runs(bars.sum(axis=0) * CELL_MM >= _LEAST_MM):
        rows = np.flatnonzero(bars[:, run].any(axis=1)) + 0.5
        inside = np.unique(np.rint(rows * CELL_MM * ink.y_mm).astype(np.intp))
        left, right = (
            round(side * CELL_MM * ink.x_mm + reach * _AROUND_MM * ink.x_mm)
            for side, reach in ((run.start, -1), (run.stop, 1))
        )
        first = max(left, 0)
        mass = ink.everything[np.minimum(inside, ink.trace.shape[0] - 1), first:right].sum(axis=0)
        if mass.size and mass.max() > 0:
            found.append(first + heaviest_middle(mass))
    return found
