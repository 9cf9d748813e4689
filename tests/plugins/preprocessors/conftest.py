"""Ruled pages, evenly lit, and what holds for a preprocessor on a page of any size."""

from __future__ import annotations

import numpy as np
import pytest

from ecgengine.data.page import Page

SHAPES = [(1, 1), (1, 70), (70, 1), (5, 3), (64, 65), (333, 401)]


@pytest.fixture(scope="session")
def page():
    return _page


@pytest.fixture(scope="session")
def ruled():
    """`ruled(gray=False)`: light paper with lines every 8 pixels and a black bar."""
    return _ruled


def _page(image):
    return Page(np.ascontiguousarray(image, dtype=np.uint8), "page", "page.png")


def _ruled(gray=False):
    image = np.full((600, 800, 3), 250.0)
    image[::8] = image[:, ::8] = (160, 160, 160) if gray else (240, 90, 90)
    image[300:303, 20:780] = 10
    return image


@pytest.fixture(params=[0, 17, 255])
def check_sizes(request):
    """Checks that a stage keeps size and name of pages of one level, their upper half darker."""

    def check(stage):
        for shape in SHAPES:
            image = np.full((*shape, 3), request.param, dtype=np.uint8)
            image[: shape[0] // 2] //= 2
            before = _page(image.copy())
            after = stage.preprocess(before)
            assert after.image.shape == image.shape
            assert after.image.dtype == np.uint8
            assert np.array_equal(before.image, image)
            assert (after.name, after.path, after.number) == ("page", "page.png", before.number)

    return check
