from __future__ import annotations

import numpy as np

from ecgengine_plugins.preprocessors import hooks
from ecgengine_plugins.preprocessors.even import EvenPreprocessor


def test_an_even_render_is_given_back_untouched(page, ruled):
    before = page(ruled())
    assert EvenPreprocessor().preprocess(before).image is before.image


def test_even_takes_the_light_out(page, ruled):
    shade = np.linspace(1, 0.5, 800)[None, :, None] * np.linspace(1, 0.8, 600)[:, None, None]
    flat = EvenPreprocessor().preprocess(page(ruled() * shade)).image
    paper = flat[7::8, 4::8].astype(float)
    assert paper[2:-2, 2:-2].std() < 3
    assert np.median(paper) > 200
    ink = flat[301, 30:770].astype(float)
    assert ink.max() < 30


def test_even_keeps_ink_as_dark_beside_its_paper(page, ruled):
    image = ruled()
    shade = np.where(np.arange(800) < 400, 1.0, 0.6)[None, :, None]
    flat = EvenPreprocessor().preprocess(page(image * shade)).image.astype(float)
    ratio = flat[304:596:8, 700] / flat[304:596:8, 704]
    assert np.allclose(ratio, image[304:596:8, 700] / image[304:596:8, 704], atol=0.03)


def test_black_boxes_do_not_turn_white(page, ruled):
    image = ruled()
    image[40:60, 700:730] = 0
    shade = np.linspace(1, 0.7, 800)[None, :, None]
    flat = EvenPreprocessor().preprocess(page(image * shade)).image
    assert flat[45:55, 705:725].max() == 0


def test_it_is_for_any_source_and_keeps_the_size_of_any_page(check_sizes):
    even, _ = hooks.ecgengine_preprocessors()
    assert even.sources == frozenset()
    stage = even.factory(even.options())
    assert isinstance(stage, EvenPreprocessor)
    check_sizes(stage)
