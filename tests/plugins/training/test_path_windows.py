from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ecgengine.data.source import Source
from ecgengine.errors import UnreadableInputError
from ecgengine.truth.case import Case
from ecgengine_plugins.datasets.options import SyntheticOptions
from ecgengine_plugins.datasets.synthetic import SyntheticDataset

pytest.importorskip("torch")

from ecgengine_plugins.networks.path.window import CELL_PX
from ecgengine_plugins.training.path_windows import SIDE_CELLS, pieces_of

SIDE_PX = SIDE_CELLS * CELL_PX


def case(source: Source) -> Case:
    made = SyntheticDataset(SyntheticOptions(seed=8, sources=source, layouts="3x4"))
    return made.load(made.names()[0])


@pytest.mark.parametrize("source", [Source.RENDER, Source.PHOTO])
def test_rows_lie_on_the_stroke_and_under_what_is_seen_of_it(source: Source) -> None:
    images, cues, places, rows = pieces_of(case(source), np.random.default_rng(1), count=12)
    assert images.shape == (12, SIDE_PX, SIDE_PX, 3)
    assert cues.shape == (12, 4, SIDE_CELLS, SIDE_CELLS)
    assert rows.shape == (12, 2 * SIDE_PX)
    on, off, seen = [], [], []
    for window, own, line in zip(images.mean(axis=3), cues[:, 0], rows, strict=True):
        for column in range(2, SIDE_PX - 2):
            # Where the stroke is level, both halves of a column and its neighbors agree.
            near = line[2 * column - 2 : 2 * column + 4]
            if np.isfinite(near).all() and np.ptp(near) < 1 and 12 < near[2] < SIDE_PX - 12:
                at = round(float(near[2:4].mean()))
                on.append(window[at, column])
                off.append(np.median(window[at + np.array([-9, -7, 7, 9]), column]))
                cell = own[at // CELL_PX - 1 : at // CELL_PX + 2, column // CELL_PX]
                seen.append(cell.max() > 127)
    assert len(on) > 300
    assert np.median(on) < np.median(off) - 60
    assert np.mean(seen) > 0.9
    # Traces begin and end where strips are said to, and only there.
    half = (np.arange(2 * SIDE_PX) + 0.5) / 2 / CELL_PX
    for line, (_, start, end) in zip(rows, places, strict=True):
        inside = (half > start + 3) & (half < end - 3)
        assert np.isfinite(line[inside]).all()
        assert np.isnan(line[(half < start - 3) | (half > end + 3)]).all()


def test_one_seed_gives_the_same_pieces_and_a_page_without_truth_is_refused() -> None:
    page = case(Source.RENDER)
    first, again = (pieces_of(page, np.random.default_rng(3), count=4) for _ in range(2))
    for mine, same in zip(first, again, strict=True):
        np.testing.assert_array_equal(mine, same)
    with pytest.raises(UnreadableInputError, match="no truth"):
        pieces_of(replace(page, truth=None), np.random.default_rng(3), count=4)
