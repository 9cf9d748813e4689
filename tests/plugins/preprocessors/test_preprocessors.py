from __future__ import annotations

import numpy as np
import pytest

from ecgengine.data.page import Page
from ecgengine.data.source import Source
from ecgengine_plugins.preprocessors import hooks
from ecgengine_plugins.preprocessors.bw import BwPreprocessor
from ecgengine_plugins.preprocessors.even import EvenPreprocessor

STAGES = [EvenPreprocessor(), BwPreprocessor()]


def page(image):
    return Page(np.ascontiguousarray(image, dtype=np.uint8), "page", "page.png")


def ruled(gray=False):
    image = np.full((600, 800, 3), 250.0)
    image[::8] = image[:, ::8] = (160, 160, 160) if gray else (240, 90, 90)
    image[300:303, 20:780] = 10
    return image


def test_an_even_render_is_given_back_untouched():
    before = page(ruled())
    assert EvenPreprocessor().preprocess(before).image is before.image
    gray = page(ruled(gray=True))
    assert BwPreprocessor().preprocess(gray).image is gray.image


def test_even_takes_the_light_out():
    shade = np.linspace(1, 0.5, 800)[None, :, None] * np.linspace(1, 0.8, 600)[:, None, None]
    flat = EvenPreprocessor().preprocess(page(ruled() * shade)).image
    paper = flat[7::8, 4::8].astype(float)
    assert paper[2:-2, 2:-2].std() < 3
    assert np.median(paper) > 200
    ink = flat[301, 30:770].astype(float)
    assert ink.max() < 30


def test_even_keeps_ink_as_dark_beside_its_paper():
    image = ruled()
    shade = np.where(np.arange(800) < 400, 1.0, 0.6)[None, :, None]
    flat = EvenPreprocessor().preprocess(page(image * shade)).image.astype(float)
    share = flat[304:596:8, 700] / flat[304:596:8, 704]
    assert np.allclose(share, image[304:596:8, 700] / image[304:596:8, 704], atol=0.03)


def test_black_boxes_do_not_turn_white():
    image = ruled()
    image[40:60, 700:730] = 0
    shade = np.linspace(1, 0.7, 800)[None, :, None]
    flat = EvenPreprocessor().preprocess(page(image * shade)).image
    assert flat[45:55, 705:725].max() == 0


def test_bw_drops_color():
    noise = np.random.default_rng(1).normal(0, 3, (600, 800, 3))
    gray = BwPreprocessor().preprocess(page(np.clip(ruled(gray=True) + noise, 0, 255))).image
    assert np.all(gray == gray[:, :, :1])


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("shape", [(1, 1), (1, 70), (70, 1), (5, 3), (64, 65), (333, 401)])
@pytest.mark.parametrize("level", [0, 17, 255])
def test_same_size_for_any_page(stage, shape, level):
    image = np.full((*shape, 3), level, dtype=np.uint8)
    image[: shape[0] // 2] //= 2
    before = page(image.copy())
    after = stage.preprocess(before)
    assert after.image.shape == image.shape
    assert after.image.dtype == np.uint8
    assert np.array_equal(before.image, image)
    assert (after.name, after.path, after.number) == (before.name, before.path, before.number)


def test_hooks():
    even, bw = hooks.ecgengine_preprocessors()
    assert even.sources == frozenset()
    assert bw.sources == {Source.BW_SCAN, Source.MOULD_BW}
    assert isinstance(even.factory(even.options()), EvenPreprocessor)
    assert isinstance(bw.factory(bw.options()), BwPreprocessor)
