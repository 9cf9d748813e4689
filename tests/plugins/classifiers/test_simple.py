from __future__ import annotations

import csv

import cv2
import numpy as np
import pytest

from ecgengine.data.page import Page
from ecgengine.data.source import Source
from ecgengine_plugins.classifiers.simple import SimpleClassifier

SIMPLE = SimpleClassifier()


def page(image):
    return Page(np.ascontiguousarray(image, dtype=np.uint8), "page", "page.png")


def ruled(color=(240, 60, 60), size=(600, 800)):
    image = np.full((*size, 3), 255.0)
    image[::8] = image[:, ::8] = color
    x = np.arange(20, 780)
    image[(300 + 40 * np.sin(x / 20)).astype(int), x] = 0
    return image


def lit(image, sigma=2.0, dark=1.0):
    light = np.linspace(1, dark, image.shape[1])[None, :, None]
    noise = np.random.default_rng(3).normal(0, sigma, image.shape)
    return np.clip(image * light + noise, 0, 255)


@pytest.mark.parametrize(
    ("image", "source"),
    [
        (ruled(), Source.RENDER),
        (lit(ruled(), sigma=3), Source.COLOR_SCAN),
        (ruled((0, 0, 0)), Source.BW_SCAN),
        (np.repeat(lit(ruled((120, 120, 120)))[..., :1], 3, axis=2), Source.BW_SCAN),
        (lit(ruled(), sigma=4, dark=0.6), Source.PHOTO),
    ],
)
def test_simple_tells_sources(image, source):
    guess = SIMPLE.classify(page(image))
    assert guess.source is source
    assert max(guess.probabilities, key=guess.probabilities.get) is source


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (3, 2), (300, 400)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_simple_answers_for_any_page(shape, level):
    guess = SIMPLE.classify(page(np.full((*shape, 3), level)))
    assert sum(guess.probabilities.values()) == pytest.approx(1)
    assert min(guess.probabilities.values()) >= 0


def test_simple_is_unsure_of_drawn_shadows():
    image = ruled() * np.linspace(1, 0.5, 800)[None, :, None]
    assert SIMPLE.classify(page(np.round(image / 32) * 32 * 0.95)).source is None


def test_real_pages(data_dir):
    kinds = {
        "synthetic (ecg-image-kit, 200": {Source.RENDER},
        "digital render": {Source.RENDER},
        "scan of B/W print": {Source.BW_SCAN},
        "flatbed scan": {Source.BW_SCAN},
        "phone photo (Samsung": {Source.PHOTO},
    }
    with (data_dir / "index.csv").open() as index:
        rows = [row for row in csv.DictReader(index) if row["source_type"]]
    right = []
    for row in rows:
        for start, sources in kinds.items():
            if row["source_type"].startswith(start) and row["item"].endswith(("png", "jpg")):
                image = cv2.imread(str(data_dir / row["item"]))[::1, :, ::-1]
                right.append(SIMPLE.classify(page(image)).source in sources)
    assert len(right) > 20
    assert np.mean(right) == 1
