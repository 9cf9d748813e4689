from __future__ import annotations

import numpy as np
import pytest

from ecgengine.data.model import MAX_MODEL_BYTES
from ecgengine.data.page import Page
from ecgengine.data.source import Source
from ecgengine_plugins.classifiers.efficientnet import EfficientnetClassifier
from ecgengine_plugins.classifiers.options import EfficientnetOptions
from ecgengine_plugins.datasets.options import SyntheticOptions
from ecgengine_plugins.datasets.synthetic import SyntheticDataset
from ecgengine_plugins.networks.shipped import SOURCE_NET, shipped


@pytest.fixture(scope="module")
def classifier() -> EfficientnetClassifier:
    return EfficientnetClassifier(EfficientnetOptions(threads=1))


def test_it_tells_synthetic_pages_and_their_probabilities_sum_to_one(
    classifier: EfficientnetClassifier,
) -> None:
    dataset = SyntheticDataset(SyntheticOptions(seed=77, pages=9))
    right = 0
    for name in dataset.names():
        case = dataset.load(name)
        guess = classifier.classify(case.page)
        assert set(guess.probabilities) == set(Source)
        assert sum(guess.probabilities.values()) == pytest.approx(1)
        right += max(guess.probabilities, key=guess.probabilities.__getitem__) is case.source
    # With sources mixed up it would be one, give or take.
    assert right >= 5


def test_below_the_threshold_it_is_unsure() -> None:
    page = Page(np.full((300, 400, 3), 255, np.uint8), "blank", "blank.png")
    careless = EfficientnetClassifier(EfficientnetOptions(sure=0.0, threads=1)).classify(page)
    careful = EfficientnetClassifier(EfficientnetOptions(sure=1.0, threads=1)).classify(page)
    assert careless.source is max(careless.probabilities, key=careless.probabilities.__getitem__)
    assert careful.source is None
    assert careful.probabilities == careless.probabilities


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (300, 400)])
def test_it_answers_for_any_page(
    shape: tuple[int, int], classifier: EfficientnetClassifier
) -> None:
    guess = classifier.classify(Page(np.zeros((*shape, 3), np.uint8), "page", "page.png"))
    assert sum(guess.probabilities.values()) == pytest.approx(1)


def test_the_network_fits_the_package() -> None:
    model = shipped(SOURCE_NET)
    assert len(model.read()) <= MAX_MODEL_BYTES
    assert len(model.read_source()) <= MAX_MODEL_BYTES
