from __future__ import annotations

import numpy as np
import pytest

from ecgengine_plugins.synth.letters import FONTS, put, word


@pytest.mark.parametrize("font", sorted(set(FONTS)))
@pytest.mark.parametrize("height", [14.0, 26.5])
def test_capitals_have_the_height_asked_for(font: str, height: float) -> None:
    mask = word("VI", font, height)
    rows = np.flatnonzero((mask > 100).any(axis=1))
    assert np.ptp(rows) + 1 == pytest.approx(height, rel=0.2, abs=1.5)
    assert mask.max() > 200


def test_names_differ() -> None:
    assert word("V1", "sans", 20).shape != word("aVR", "sans", 20).shape


def test_put_cuts_off_what_lies_outside() -> None:
    layer = np.zeros((10, 10), np.uint8)
    mask = np.full((6, 6), 200, np.uint8)
    put(layer, mask, -3, 7)
    assert (layer > 0).sum() == 3 * 3
    put(layer, mask, 50, 50)
    assert (layer > 0).sum() == 9


@pytest.mark.parametrize("font", sorted(set(FONTS)))
def test_cyrillic_units_are_letters_on_one_line(font: str) -> None:
    small, line = word("мм", font, 20.0), word("25 мм/с", font, 20.0)
    tall = word("25", font, 20.0)
    assert small.shape[0] < 0.85 * tall.shape[0]
    assert line.shape[1] > tall.shape[1] + small.shape[1]
    assert np.flatnonzero(line[:, : tall.shape[1]].max(axis=1) > 100)[0] < 5
