from __future__ import annotations

import numpy as np

from ecgengine.data.source import Source
from ecgengine_plugins.preprocessors import hooks
from ecgengine_plugins.preprocessors.bw import BwPreprocessor


def test_an_even_gray_render_is_given_back_untouched(page, ruled):
    gray = page(ruled(gray=True))
    assert BwPreprocessor().preprocess(gray).image is gray.image


def test_it_drops_color(page, ruled):
    noise = np.random.default_rng(1).normal(0, 3, (600, 800, 3))
    gray = BwPreprocessor().preprocess(page(np.clip(ruled(gray=True) + noise, 0, 255))).image
    assert np.all(gray == gray[:, :, :1])


def test_it_is_for_prints_without_color_and_keeps_the_size_of_any_page(check_sizes):
    _, bw = hooks.ecgengine_preprocessors()
    assert bw.sources == {Source.BW_SCAN, Source.MOULD_BW}
    stage = bw.factory(bw.options())
    assert isinstance(stage, BwPreprocessor)
    check_sizes(stage)
