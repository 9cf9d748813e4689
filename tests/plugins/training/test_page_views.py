from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ecgengine.case import Case
from ecgengine.page import Source
from ecgengine_plugins.classifiers.view import view_of
from ecgengine_plugins.datasets.options import SyntheticOptions
from ecgengine_plugins.datasets.synthetic import SyntheticDataset
from ecgengine_plugins.training.page_views import SOURCES, shuffled, views_of


@pytest.fixture(scope="module")
def case() -> Case:
    dataset = SyntheticDataset(SyntheticOptions(seed=5, pages=1, sources="color-scan"))
    return dataset.load(dataset.names()[0])


def test_views_are_the_page_and_variants_of_it(case: Case) -> None:
    views, sources = views_of(case, np.random.default_rng(3), count=5)
    assert np.array_equal(views[0], view_of(case.page.image))
    assert SOURCES[sources[0]] is Source.COLOR_SCAN
    assert all(not np.array_equal(views[0], view) for view in views[1:])
    again, _ = views_of(case, np.random.default_rng(3), count=5)
    assert np.array_equal(views, again)


def test_a_scan_without_color_is_of_another_source(case: Case) -> None:
    views, sources = views_of(case, np.random.default_rng(1), count=40)
    gray = np.array([np.ptp(view.astype(int), axis=2).max() == 0 for view in views])
    assert 1 <= gray.sum() <= 20
    assert {SOURCES[k] for k in sources[gray]} == {Source.BW_SCAN}
    assert {SOURCES[k] for k in sources[~gray]} == {Source.COLOR_SCAN}


def test_a_photo_without_color_stays_a_photo(case: Case) -> None:
    photo = replace(case, source=Source.PHOTO)
    _, sources = views_of(photo, np.random.default_rng(1), count=20)
    assert {SOURCES[k] for k in sources} == {Source.PHOTO}


def test_patches_are_shuffled_and_the_whole_stays() -> None:
    random = np.random.default_rng(1)
    views = random.integers(0, 256, (5, 96, 240, 3), dtype=np.uint8)
    mixed = shuffled(views, np.random.default_rng(2))
    assert np.array_equal(mixed[:, :, :144], views[:, :, :144])
    assert not np.array_equal(mixed, views)
    places = [(y, x) for y in (0, 48) for x in (144, 192)]
    for before, after in zip(views, mixed, strict=True):
        patches = [before[y : y + 48, x : x + 48] for y, x in places]
        ways = [[p[::down, ::across] for p in patches] for down in (1, -1) for across in (1, -1)]
        found = [
            [any(np.array_equal(after[y : y + 48, x : x + 48], p) for y, x in places) for p in way]
            for way in ways
        ]
        assert [True] * 4 in found
