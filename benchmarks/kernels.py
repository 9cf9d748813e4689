"""How much faster the compiled kernels are than the same code in plain Python.

Run `python benchmarks/kernels.py`. The plain times come from a child process in which Numba
compiles nothing, on the same input in the same run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
from record import parser, save

from ecgengine_kernels.columns import trace_columns
from ecgengine_kernels.edges import edge_trust, run_edges
from ecgengine_kernels.forward_backward import path_posteriors
from ecgengine_kernels.pen import undo_pen
from ecgengine_kernels.refine import draw_edges, match_edges, match_ink
from ecgengine_kernels.resample import resample_cubic
from ecgengine_kernels.viterbi import add_unread_costs, cheapest_path, ink_costs

WIDTH, HEIGHT = 120, 160
PER_PX = 4
RADIUS_PX = 1.2


def calls() -> dict[str, Callable[[], object]]:
    """One call of every kernel, on a strip of a wavy line with a spike."""
    x = np.arange(WIDTH)
    center = 80.0 + 6.0 * np.sin(x / 11.0) - 50.0 * np.exp(-(((x - 60) / 2.5) ** 2))
    rows = np.arange(HEIGHT)
    slope = np.abs(np.gradient(center))
    half = (RADIUS_PX * np.sqrt(1 + slope**2))[:, None]
    ink = np.clip(half + 0.5 - np.abs(rows - center[:, None]), 0, 1).astype(np.float32)
    trust, hidden = np.ones_like(ink), np.zeros_like(ink)
    zero = np.full(WIDTH, 80.0, np.float32)
    costs = (ink, trust, hidden, zero, 1.0, 4.0, 0.5, 0.002, 0.001)
    node, travel = ink_costs(*costs)
    band = np.zeros(WIDTH, np.int32), np.full(WIDTH, HEIGHT - 1, np.int32)
    path, _ = cheapest_path(node, travel, *band)
    upper, lower, first, last = run_edges(ink, path, 0.05, 2)
    place = np.arange(WIDTH * PER_PX + 1) / PER_PX - 0.5
    knots = np.interp(place, x, center)
    weight = np.ones(WIDTH)
    fit = (0.3, 1e-4, 10.0, 1e-3, 4)
    return {
        "ink_costs": lambda: ink_costs(*costs),
        "add_unread_costs": lambda: add_unread_costs(node, ink, 0.3, 0.0, 60.0),
        "cheapest_path": lambda: cheapest_path(node, travel, *band),
        "path_posteriors": lambda: path_posteriors(ink, 0.05),
        "trace_columns": lambda: trace_columns(ink, 80.0, 16.0, 0.2),
        "run_edges": lambda: run_edges(ink, path, 0.05, 2),
        "edge_trust": lambda: edge_trust(trust, hidden, first, last),
        "undo_pen": lambda: undo_pen(upper, lower, 4 * RADIUS_PX),
        "draw_edges": lambda: draw_edges(knots, PER_PX, RADIUS_PX),
        "match_edges": lambda: match_edges(
            upper, lower, weight, weight, knots, PER_PX, RADIUS_PX, *fit
        ),
        "match_ink": lambda: match_ink(ink, trust, knots, PER_PX, RADIUS_PX, 1.0, 1.0, *fit),
        "resample_cubic": lambda: resample_cubic(knots, 0.0, 1.5, 300),
    }


def seconds(call: Callable[[], object], budget_s: float) -> float:
    """Least time of one call, over as many calls as fit in a budget; the first is not counted."""
    call()
    least, began = np.inf, time.perf_counter()
    while time.perf_counter() - began < budget_s or least == np.inf:
        start = time.perf_counter()
        call()
        least = min(least, time.perf_counter() - start)
    return float(least)


def main() -> None:
    """Measure both, or as the child the plain times alone."""
    times = {name: 1e3 * seconds(call, 0.2) for name, call in calls().items()}
    if os.environ.get("NUMBA_DISABLE_JIT") == "1":
        print(json.dumps(times))
        return
    arguments = parser(__doc__).parse_args()
    child = subprocess.run(
        [sys.executable, __file__],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        stdout=subprocess.PIPE,
        check=True,
    )
    plain = json.loads(child.stdout)
    numbers = {
        name: {"plain_ms": plain[name], "compiled_ms": ms, "ratio": plain[name] / ms}
        for name, ms in times.items()
    }
    save(arguments.name, numbers, "a wavy line with a spike, 120 x 160 px")


if __name__ == "__main__":
    main()
