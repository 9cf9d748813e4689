from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine.data.sheet import Sheet
from ecgengine.geometry.page_map import PageMap
from ecgengine_plugins.networks.names import finder
from ecgengine_plugins.networks.names.finder import WordFinder, words_in
from ecgengine_plugins.networks.names.vocabulary import WORDS
from ecgengine_plugins.networks.options import NetworkRunning
from ecgengine_plugins.paper.lettering.words import Lettering, Name

SHAPE = (len(WORDS) + 2, 40, 60)
NOTHING = Lettering((), None, None)


def answer(**probabilities: tuple[int, int, float]) -> NDArray[np.float32]:
    """Words at (row, column) with a probability, each 4 mm wide and 3 mm high."""
    made = np.zeros(SHAPE, np.float32)
    made[-2], made[-1] = 0.4, 0.3
    for word, (row, column, probability) in probabilities.items():
        made[WORDS.index(word), row, column] = probability
    return made


def test_names_stand_where_the_cells_say_at_the_scale_of_the_sheet() -> None:
    found = words_in(answer(V1=(10, 20, 0.8), aVL=(30, 5, 0.9)), 8.0, 6.0).names
    assert [(name.lead, round(name.score, 3)) for name in found] == [
        ("aVL", 0.9),
        ("V1", 0.8),
    ]
    # Cell (10, 20) is the millimeter with its middle at (20.5, 10.5).
    x0, y0, x1, y1 = found[1].box_px
    assert (x0, x1) == pytest.approx((18.5 * 8, 22.5 * 8))
    assert (y0, y1) == pytest.approx((9.0 * 6, 12.0 * 6))


def test_of_words_at_one_place_the_likeliest_is_read() -> None:
    found = words_in(answer(II=(10, 20, 0.6), III=(10, 20, 0.7), I=(11, 22, 0.5)), 8.0, 8.0)
    assert [name.lead for name in found.names] == ["III"]
    apart = words_in(answer(II=(10, 20, 0.6), I=(16, 20, 0.6)), 8.0, 8.0)
    assert {name.lead for name in apart.names} == {"II", "I"}


def test_unlikely_words_are_not_read() -> None:
    assert words_in(answer(V1=(10, 20, 0.2)), 8.0, 8.0) == NOTHING


@pytest.mark.parametrize(
    ("probabilities", "gain", "speed"),
    [
        ({"25 mm/s": 0.8, "50 mm/s": 0.3, "5 mm/mV": 0.6}, 5.0, 25.0),
        ({"50 mm/s": 0.6, "25 mm/s": 0.45, "10 mm/mV": 0.4}, None, None),
        ({"12.5 mm/s": 0.9, "20 mm/mV": 0.9}, 20.0, 12.5),
    ],
)
def test_scales_are_read_where_one_is_clearly_likeliest(
    probabilities: dict[str, float], gain: float | None, speed: float | None
) -> None:
    made = answer(**{word: (3, 4, probability) for word, probability in probabilities.items()})
    found = words_in(made, 8.0, 8.0)
    assert found == Lettering((), gain, speed)


def sheet(height: int, width: int, px_per_mm: float) -> Sheet:
    page_map = PageMap.affine(np.array([[1.0, 0, 0], [0, 1.0, 0]]), width, height)
    image = np.full((height, width, 3), 255, np.uint8)
    return Sheet(image, px_per_mm, px_per_mm, page_map, "grid")


def test_sheets_are_given_at_one_scale_in_whole_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    given = []

    def opened(*_: object) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
        def run(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
            given.append(pixels.shape)
            return np.zeros((1, len(WORDS) + 2, 4, 4), np.float32)

        return run

    monkeypatch.setattr(finder, "shipped", lambda name: name)
    monkeypatch.setattr(finder, "open_network", opened)
    words = WordFinder(NetworkRunning())
    assert words.find(sheet(800, 1200, 8.0)) == NOTHING
    words.find(sheet(20, 20, 8.0))
    assert given == [(1, 400, 608, 3), (1, 32, 32, 3)]


def test_two_readings_beside_each_other_complete_each_other() -> None:
    first = Lettering((Name("I", (0, 0, 1, 1), 0.9),), None, 25.0)
    second = Lettering((Name("II", (0, 9, 1, 10), 0.8),), 5.0, 50.0)
    assert first.beside(second) == Lettering(first.names + second.names, 5.0, 25.0)
    assert first.beside(NOTHING) == first
