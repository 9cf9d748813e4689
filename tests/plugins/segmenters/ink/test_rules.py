from __future__ import annotations

import numpy as np
import pytest

from ecgengine_plugins.segmenters.ink.rules import take_rules

BLACK = (0, 0, 0)
RED = ((250, 215, 215), (235, 60, 60))
SCALE = 8.0
PEN_PX = 3.0


@pytest.mark.parametrize("edge", ["top", "bottom"])
def test_a_line_along_the_edge_of_the_sheet_is_a_rule(edge: str) -> None:
    cover = np.zeros((300, 900), np.float32)
    rows = slice(0, 3) if edge == "top" else slice(-3, None)
    cover[rows] = 1.0
    cover[150:153] = 1.0
    cover[150:153, 400:403] = 0.0
    cover[100:153, 400:403] = 1.0
    # What lies behind the sheet in memory must stay as it is.
    rules, covered, _separators = take_rules(cover, PEN_PX, SCALE)
    assert rules.shape == covered.shape == cover.shape
    assert rules[rows].mean() > 0.9
    assert cover[rows].mean() < 0.1


def test_separators_are_rules_and_the_trace_goes_on_under_them(painter, segmenter):
    painted = painter().grid(*RED).curve(180).box(150, 204, 350, 355)
    found = segmenter.segment(painted.sheet(BLACK))
    bar = np.s_[152:203, 350:356]
    assert found.rules[bar].mean() > 0.95
    assert found.hidden[bar].mean() == 1
    assert np.all(np.abs(found.trace[0][150:205, 350:356].sum(axis=0) - 2.4) < 1.6)
    assert np.all(found.trace[0][150:170, 345:360] < 0.05)


def test_short_steep_ink_is_no_separator(painter, segmenter):
    painted = painter().grid(*RED).curve(180).box(180, 206, 348, 351)
    found = segmenter.segment(painted.sheet(BLACK))
    assert found.rules[182:204, 348:352].max() == 0


def test_pulses_are_rules(painter, segmenter):
    painted = painter().grid(*RED).curve(180, first=75)
    for box in ((100, 102, 34, 75), (100, 181, 34, 36), (100, 178, 73, 75)):
        painted.box(*box)
    found = segmenter.segment(painted.sheet(BLACK))
    assert found.rules[100:175, 34:76][painted.other[100:175, 34:76] > 0].mean() > 0.95
    assert found.trace[0][:170, :70].sum() < 5
    assert found.trace[0][:, 82:].sum() == pytest.approx(painted.trace[:, 82:].sum(), rel=0.02)


def test_frames_of_the_page_are_rules(painter, segmenter):
    painted = painter().grid(*RED).curve(180, first=0, last=699)
    for box in ((0, 0, 0, 699), (299, 299, 0, 699), (0, 299, 0, 0), (0, 299, 699, 699)):
        painted.box(*box)
    found = segmenter.segment(painted.sheet(BLACK))
    assert found.rules[0].mean() > 0.95
    assert found.trace[0][:, 5:-5].sum() == pytest.approx(painted.trace[:, 5:-5].sum(), rel=0.02)
    assert found.trace[0][0].sum() == 0
