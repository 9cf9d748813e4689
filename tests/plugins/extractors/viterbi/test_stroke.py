from __future__ import annotations

import pytest

from ecgengine_plugins.extractors.viterbi.stroke import Stroke, guess_stroke, refine_stroke


def test_search_finds_the_least_misfit():
    truth = Stroke(1.55, 1.0, 1.6)

    def misfit(tried):
        return abs(tried.radius_px / truth.radius_px - 1) + 0.2 * abs(
            tried.spread_px / truth.spread_px - 1
        )

    found, least = refine_stroke(Stroke(1.8, 1.0, 1.2), misfit)
    assert least == misfit(found)
    assert found.radius_px == pytest.approx(truth.radius_px, rel=0.03)
    assert found.spread_px == pytest.approx(truth.spread_px, rel=0.15)


def test_a_sharp_picture_keeps_its_box_of_one_pixel():
    found, _ = refine_stroke(Stroke(1.5, 1.0, 1.0), lambda tried: abs(tried.spread_px - 0.5))
    assert found.spread_px == 1.0


def test_without_ink_the_known_width_is_taken():
    assert guess_stroke([], 3.0) == Stroke(1.5, 1.0, 1.0)
