from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ecgengine.data.source import Source
from ecgengine.truth.case import Case
from ecgengine_plugins.datasets.options import SyntheticOptions
from ecgengine_plugins.datasets.synthetic import SyntheticDataset
from ecgengine_plugins.networks.source.view import (
    HEIGHT_PX,
    PATCH_PX,
    WHOLE_WIDTH_PX,
    WIDTH_PX,
    view_of,
)
from ecgengine_plugins.training.page_views import shuffled, views_of


@pytest.fixture(scope="module")
def case() -> Case:
    dataset = SyntheticDataset(SyntheticOptions(seed=5, pages=1, sources="color-scan"))
    return dataset.load(dataset.names()[0])


def test_views_are_the_page_and_variants_of_it(case: Case) -> None:
    views, sources = views_of(case, np.random.default_rng(3), count=5)
    assert np.array_equal(views[0], view_of(case.page.image))
    assert tuple(Source)[sources[0]] is Source.COLOR_SCAN
    assert all(not np.array_equal(views[0], view) for view in views[1:])
    again, _ = views_of(case, np.random.default_rng(3), count=5)
    assert np.array_equal(views, again)


def test_a_scan_without_color_is_of_another_source(case: Case) -> None:
    views, sources = views_of(case, np.random.default_rng(1), count=40)
    gray = np.array([np.ptp(view.astype(int), axis=2).max() == 0 for view in views])
    assert 1 <= gray.sum() <= 20
    assert {tuple(Source)[k] for k in sources[gray]} == {Source.BW_SCAN}
    assert {tuple(Source)[k] for k in sources[~gray]} == {Source.COLOR_SCAN}


def test_a_photo_without_color_stays_a_photo(case: Case) -> None:
    photo = replace(case, source=Source.PHOTO)
    _, sources = views_of(photo, np.random.default_rng(1), count=20)
    assert {tuple(Source)[k] for k in sources} == {Source.PHOTO}


def test_photos_are_brightened_until_paper_is_white_and_scans_are_not(case: Case) -> None:
    bright = []
    for source in (Source.PHOTO, Source.COLOR_SCAN):
        views, _ = views_of(replace(case, source=source), np.random.default_rng(1), count=60)
        clipped = (views[:, :, :WHOLE_WIDTH_PX, 0] == 255).mean((1, 2))
        bright.append(int((clipped > 0.5).sum()))
    assert bright[0] >= bright[1] + 4


def test_patches_are_shuffled_and_the_whole_stays() -> None:
    random = np.random.default_rng(1)
    views = random.integers(0, 256, (5, HEIGHT_PX, WIDTH_PX, 3), dtype=np.uint8)
    mixed = shuffled(views, np.random.default_rng(2))
    assert np.array_equal(mixed[:, :, :WHOLE_WIDTH_PX], views[:, :, :WHOLE_WIDTH_PX])
    assert not np.array_equal(mixed, views)
    side = PATCH_PX
    places = [
        (y, x) for y in range(0, HEIGHT_PX, side) for x in range(WHOLE_WIDTH_PX, WIDTH_PX, side)
    ]
    for before, after in zip(views, mixed, strict=True):
        patches = [before[y : y + side, x : x + side] for y, x in places]
        moved = [after[y : y + side, x : x + side] for y, x in places]
        ways = [[p[::down, ::across] for p in patches] for down in (1, -1) for across in (1, -1)]
        found = [[any(np.array_equal(m, p) for m in moved) for p in way] for way in ways]
        assert [True] * len(places) in found
