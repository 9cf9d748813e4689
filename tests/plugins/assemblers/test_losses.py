from __future__ import annotations

import numpy as np
import pytest

from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Strip
from ecgengine.geometry.page_map import PageMap
from ecgengine_plugins.assemblers.losses import BARE, BEYOND, BLANK, DARK, TINTED, why_lost

STRIP = Strip("V5", 0, False, 50.0, 850.0, 200.0, 40.0, 360.0, 0.0)
PINK = (235, 215, 215)


def sheet(cover: tuple[int, int, int] | None = None) -> Sheet:
    """A pink sheet of 8 px/mm with a level trace and something over 300 to 500 px."""
    image = np.full((400, 900, 3), PINK, np.uint8)
    image[::8] = image[:, ::8] = (230, 150, 150)
    image[198:202, 50:850] = 20
    if cover is not None:
        image[120:280, 300:500] = cover
    identity = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    return Sheet(image, 8.0, 8.0, PageMap.affine(identity, 900, 400), "given")


@pytest.mark.parametrize(
    ("cover", "why"),
    [
        (PINK, BARE),
        ((255, 255, 255), BLANK),
        ((60, 50, 40), DARK),
        ((200, 160, 90), TINTED),
    ],
)
def test_it_says_what_is_seen_in_place_of_the_curve(cover, why) -> None:
    assert why_lost(sheet(cover), STRIP, 300.0, 500.0) == why


@pytest.mark.parametrize(("start_px", "stop_px"), [(900.0, 950.0), (-80.0, -20.0)])
def test_beyond_the_sheet_there_is_nothing_to_see(start_px: float, stop_px: float) -> None:
    assert why_lost(sheet(), STRIP, start_px, stop_px) == BEYOND
