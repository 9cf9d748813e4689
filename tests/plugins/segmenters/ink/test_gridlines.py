from __future__ import annotations

import numpy as np

BLACK = (0, 0, 0)


def test_dots_of_a_black_grid_are_no_ink(painter, segmenter):
    painted = painter().curve(180, pen_px=3)
    painted.ground[3::8, 3::4] = 0
    painted.ground[3::4, 3::8] = 0
    painted.has_grid = True
    found = segmenter.segment(painted.sheet(BLACK))
    dots = np.all(painted.ground == 0, axis=2) & (painted.trace == 0)
    assert found.trace[0][dots].mean() < 0.02


def test_a_level_trace_along_a_light_line_survives(painter, segmenter):
    painted = painter().grid((190, 190, 190), (150, 150, 150))
    row = painted.origin[1] + 18 * 8.0
    painted.curve(row, last=300).polyline(np.array([[300.0, row], [680, row]]))
    found = segmenter.segment(painted.sheet((30, 30, 30)))
    sums = found.trace[0].sum(axis=0)[310:670]
    assert np.quantile(sums, 0.05) > 1.5
