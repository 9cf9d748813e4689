from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ecgengine.data.source import Source
from ecgengine.errors import UnreadableInputError
from ecgengine_plugins.datasets.options import SyntheticOptions
from ecgengine_plugins.datasets.synthetic import SyntheticDataset

pytest.importorskip("torch")

from ecgengine_plugins.training.row_windows import HEIGHT_PX, windows_of


def case(source: Source):
    made = SyntheticDataset(SyntheticOptions(seed=8, sources=source, layouts="3x4"))
    return made.load(made.names()[0])


@pytest.mark.parametrize("source", [Source.RENDER, Source.PHOTO])
def test_the_rows_lie_on_the_stroke(source: Source) -> None:
    windows, zeros, rows = windows_of(
        case(source), np.random.default_rng(1), width_px=256, count=12
    )
    assert windows.shape == (12, HEIGHT_PX, 256, 3)
    assert rows.shape == (12, 512)
    own, above, below = zeros.T
    assert (np.abs(np.nanmedian(rows, axis=1) - own) < 60).all()
    assert (above < own - 8 * 8).all()
    assert (below > own + 8 * 8).all()
    on, off = [], []
    for window, line in zip(windows.mean(axis=3), rows, strict=True):
        for column in range(2, 254):
            # Where the stroke is level, both halves of a column and its neighbors agree.
            near = line[2 * column - 2 : 2 * column + 4]
            if np.isfinite(near).all() and np.ptp(near) < 1 and 12 < near[2] < HEIGHT_PX - 12:
                at = round(float(near[2:4].mean()))
                on.append(window[at, column])
                off.append(np.median(window[at + np.array([-9, -7, 7, 9]), column]))
    assert len(on) > 500
    assert np.median(on) < np.median(off) - 60


def test_one_seed_gives_the_same_windows_and_a_page_without_truth_is_refused() -> None:
    page = case(Source.RENDER)
    first, again = (
        windows_of(page, np.random.default_rng(3), width_px=128, count=4) for _ in range(2)
    )
    for mine, same in zip(first, again, strict=True):
        np.testing.assert_array_equal(mine, same)
    with pytest.raises(UnreadableInputError, match="no truth"):
        windows_of(replace(page, truth=None), np.random.default_rng(3), width_px=128, count=4)
