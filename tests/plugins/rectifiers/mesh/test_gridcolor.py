from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine_plugins.rectifiers.gridness import measure_gridness
from ecgengine_plugins.rectifiers.mesh.gridcolor import in_grid_color
from ecgengine_plugins.rectifiers.mesh.seeds import find_seeds

PERIOD_PX = 40
SHAPE = (800, 1000)


def page(line: tuple[int, int, int], stain: tuple[int, int, int]) -> NDArray[np.uint8]:
    """A grid of five-millimeter lines on white paper with noisy stains of another color."""
    random = np.random.default_rng(3)
    image = np.full((*SHAPE, 3), 255.0)
    for place in range(0, max(SHAPE), PERIOD_PX // 5):
        strength = 1.0 if place % PERIOD_PX == 0 else 0.4
        lack = strength * (255.0 - np.array(line))
        image[place : place + 2] -= lack
        image[:, place : place + 2] -= lack
    blots = cv2.GaussianBlur(random.normal(0, 1, SHAPE), (0, 0), 3.0)
    image -= np.clip(blots / blots.std(), 0, 2)[..., None] * (255.0 - np.array(stain))
    return np.clip(image + random.normal(0, 4, image.shape), 0, 255).astype(np.uint8)


def clearness(values: NDArray[np.float32]) -> float:
    """How far the mean along lines stands out, against what varies along them."""
    middles = values[PERIOD_PX // 10 :: PERIOD_PX // 5]
    lines = values[::PERIOD_PX]
    return float((lines.mean() - middles.mean()) / lines.std())


@pytest.mark.parametrize(
    ("line", "stain"),
    [((120, 160, 255), (200, 170, 90)), ((255, 150, 150), (190, 190, 140))],
    ids=["blue on brown", "pink on olive"],
)
def test_a_grid_stands_out_better_in_its_own_color(
    line: tuple[int, int, int], stain: tuple[int, int, int]
) -> None:
    image = page(line, stain)
    darkest = measure_gridness(image).values
    colored = in_grid_color(image, darkest, find_seeds(darkest)[0])
    assert colored.shape == darkest.shape
    assert clearness(colored) > 1.5 * clearness(darkest)


def test_a_gray_grid_stays_as_it_is() -> None:
    image = page((150, 150, 150), (200, 200, 200))
    darkest = measure_gridness(image).values
    assert in_grid_color(image, darkest, find_seeds(darkest)[0]) is darkest


def test_a_page_without_a_seed_stays_as_it_is() -> None:
    darkest = measure_gridness(np.full((*SHAPE, 3), 255, np.uint8)).values
    assert in_grid_color(np.full((*SHAPE, 3), 255, np.uint8), darkest, []) is darkest


def test_blank_paper_has_no_color_to_tell_a_grid_by() -> None:
    image = page((120, 160, 255), (200, 170, 90))
    darkest = measure_gridness(image).values
    blank = np.full_like(image, 255)
    assert in_grid_color(blank, darkest, find_seeds(darkest)[0]) is darkest
