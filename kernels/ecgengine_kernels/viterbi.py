"""Find the cheapest path through a strip, one row a column, by dynamic programming."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.jit import kernel


@kernel
def ink_costs(
    ink: NDArray[np.float32],
    trust: NDArray[np.float32],
    hidden: NDArray[np.float32],
    zero_row: NDArray[np.float32],
    gain: float,
    miss: float,
    white: float,
    crawl: float,
    pull: float,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Say what it costs a path to stand on, and to travel through, ink and white paper.

    A steep stroke of a thin pen covers two neighboring columns in part; both count together
    where the path travels between them.

    Args:
        ink: (W, H) coverage, 0 to 1.
        trust: (W, H) how far the ink is believed to be the trace's, 0 to 1.
        hidden: (W, H) how far a trace could lie here unseen, 0 to 1; cheap to cross.
        zero_row: (W,) row of the zero line in each column.
        gain: ink is multiplied by this, then clipped to 1 (faint ink counts in full).
        miss: cost of a column that is left on white paper.
        white: cost of a row traveled through white paper.
        crawl: cost of any row traveled, so that nothing is climbed without need.
        pull: cost of a column for each row of distance from the zero line.

    Returns:
        (W, H) node and travel costs for `cheapest_path`.
    """
    width, height = ink.shape
    node = np.empty((width, height), np.float32)
    travel = np.empty((width, height), np.float32)
    for x in range(width):
        before = max(x - 1, 0)
        last = 0.0
        for y in range(height):
            seen = 1.0 - 0.75 * hidden[x, y]
            here = min(ink[x, y] * gain, 1.0) * (0.4 + 0.6 * trust[x, y])
            both = max(min(here + ink[before, y] * gain, 1.0), 0.95 * hidden[x, y])
            node[x, y] = miss * (1.0 - here) * seen + pull * abs(y - zero_row[x])
            travel[x, y] = crawl + white * (1.0 - min(both, last))
            last = both
    return node, travel


@kernel
def add_unread_costs(
    node: NDArray[np.float32],
    ink: NDArray[np.float32],
    faintest: float,
    unread: float,
    most_px: float,
) -> None:
    """Add to node costs, in place, what a path pays for the ink of a column that it passes by.

    Without it a path may cut a tall complex off along a grid line that joins both its feet. The
    ink of a column that counts as read is the run that the path stands in.

    Args:
        node: (W, H) node costs.
        ink: (W, H) coverage, 0 to 1.
        faintest: a run ends where the ink falls below this share.
        unread: cost of a pixel of ink outside the run.
        most_px: no more ink than this counts in a column.
    """
    width, height = ink.shape
    for x in range(width):
        total = 0.0
        for y in range(height):
            if ink[x, y] >= faintest:
                total += ink[x, y]
        y = 0
        while y < height:
            first = y
            run = 0.0
            while y < height and ink[x, y] >= faintest:
                run += ink[x, y]
                y += 1
            y = max(y, first + 1)
            extra = np.float32(unread * min(total - run, most_px))
            for k in range(first, y):
                node[x, k] += extra


@kernel
def cheapest_path(
    node_cost: NDArray[np.float32],
    travel_cost: NDArray[np.float32],
    first_row: NDArray[np.int32],
    last_row: NDArray[np.int32],
) -> tuple[NDArray[np.int32], float]:
    """Find the path of least cost from the first to the last column of a strip.

    Between two columns the path may travel up or down any distance and pays for every row it
    crosses, so slopes and gaps cost what the picture says they cost. Two directional sweeps a
    column give the exact minimum in time proportional to the number of rows.

    Args:
        node_cost: (W, H) cost of being at a row when the column is left; inf forbids it. H < 32768.
        travel_cost: (W, H) cost of the step between rows y and y - 1 at the entry of a column
            (row 0 is never used).
        first_row: (W,) first row allowed in each column.
        last_row: (W,) last row allowed in each column.

    Returns:
        (W,) int32 rows and the cost of the whole path.
    """
    width, height = node_cost.shape
    came_from = np.empty((width, height), np.int16)
    best = np.zeros(height)
    for x in range(width):
        for y in range(height):
            came_from[x, y] = y
        if x > 0:
            _travel(best, came_from[x], travel_cost[x])
        for y in range(height):
            allowed = first_row[x] <= y <= last_row[x]
            best[y] = best[y] + node_cost[x, y] if allowed else np.inf
    rows = np.empty(width, np.int32)
    end = 0
    for y in range(height):
        if best[y] < best[end]:
            end = y
    rows[width - 1] = end
    for x in range(width - 1, 0, -1):
        rows[x - 1] = came_from[x, rows[x]]
    return rows, best[end]


@kernel
def _travel(
    best: NDArray[np.float64], came_from: NDArray[np.int16], travel_cost: NDArray[np.float32]
) -> None:
    """Let paths travel down, then up, from rows where they are cheap; update both in place."""
    for y in range(1, best.size):
        along = best[y - 1] + travel_cost[y]
        if along < best[y]:
            best[y], came_from[y] = along, came_from[y - 1]
    for y in range(best.size - 2, -1, -1):
        along = best[y + 1] + travel_cost[y + 1]
        if along < best[y]:
            best[y], came_from[y] = along, came_from[y + 1]
