from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ecgengine.data.source import Source
from ecgengine.errors import UnreadableInputError
from ecgengine_plugins.datasets.options import SyntheticOptions
from ecgengine_plugins.datasets.synthetic import SyntheticDataset
from ecgengine_plugins.training.crops import crops_of


def case(source: Source, masks: bool = True):
    made = SyntheticDataset(SyntheticOptions(seed=6, sources=source, layouts="3x4", masks=masks))
    return made.load(made.names()[0])


@pytest.mark.parametrize("source", [Source.RENDER, Source.PHOTO])
def test_targets_lie_on_what_the_crops_show(source: Source) -> None:
    images, targets = crops_of(case(source), np.random.default_rng(1), size_px=192, count=12)
    assert images.shape == targets.shape == (12, 192, 192, 3)
    gray = images.mean(axis=3)
    trace, rules, text = (targets[..., k] > 200 for k in range(3))
    paper = (targets < 5).all(axis=3)
    assert trace.mean() > 0.005
    assert gray[trace].mean() < gray[paper].mean() - 40
    assert (rules | text).any()
    assert gray[rules | text].mean() < gray[paper].mean() - 40
    # A separator or a letter is one or the other.
    assert (rules & text).sum() <= 0.02 * max(rules.sum(), 1)


def test_one_seed_gives_the_same_crops() -> None:
    page = case(Source.RENDER)
    first, again = (
        crops_of(page, np.random.default_rng(3), size_px=128, count=4) for _ in range(2)
    )
    for mine, same in zip(first, again, strict=True):
        np.testing.assert_array_equal(mine, same)


def test_pages_without_masks_or_truth_are_refused() -> None:
    plain = case(Source.RENDER, masks=False)
    for page in (plain, replace(plain, truth=None)):
        with pytest.raises(UnreadableInputError, match="--masks"):
            crops_of(page, np.random.default_rng(1), size_px=128, count=4)


def test_a_page_smaller_than_a_crop_gives_none() -> None:
    images, _ = crops_of(case(Source.RENDER), np.random.default_rng(1), size_px=4096, count=4)
    assert images.shape == (0, 4096, 4096, 3)
