from __future__ import annotations

import numpy as np
import pytest

BLACK = (0, 0, 0)
RED = ((250, 215, 215), (235, 60, 60))


@pytest.mark.parametrize(
    ("paper", "ink", "beside"),
    [((150, 140, 130), (90, 85, 80), 255), ((200, 195, 190), (120, 115, 110), 5)],
)
def test_a_table_or_a_tear_is_not_taken_for_the_ink(painter, segmenter, paper, ink, beside):
    painted = painter(paper=paper).grid(None, (165, 160, 155)).curve(180)
    sheet = painted.sheet(ink)
    sheet.image[:30] = beside
    found = segmenter.segment(sheet)
    assert np.abs(found.trace[0] - painted.trace)[painted.trace > 0.02].mean() < 0.12


def test_white_traces_on_a_black_screen(painter, segmenter):
    painted = painter(paper=(5, 5, 8)).curve(180)
    found = segmenter.segment(painted.sheet((230, 240, 230)))
    assert np.abs(found.trace[0] - painted.trace)[painted.trace > 0.02].mean() < 0.02
