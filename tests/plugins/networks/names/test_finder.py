from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine.data.layout import LEADS
from ecgengine.data.sheet import Sheet
from ecgengine.geometry.page_map import PageMap
from ecgengine_plugins.networks.names import finder
from ecgengine_plugins.networks.names.finder import WordFinder, print_in
from ecgengine_plugins.networks.names.vocabulary import WORDS
from ecgengine_plugins.networks.options import NetworkRunning
from ecgengine_plugins.paper.scales import GAINS_MM_PER_MV, SPEEDS_MM_PER_S

SHAPE = (len(WORDS) + 2, 40, 60)


def answer(**probabilities: tuple[int, int, float]) -> NDArray[np.float32]:
    """Words at (row, column) with a probability, each 4 mm wide and 3 mm high."""
    made = np.zeros(SHAPE, np.float32)
    made[-2], made[-1] = 0.4, 0.3
    for word, (row, column, probability) in probabilities.items():
        made[WORDS.index(word), row, column] = probability
    return made


def test_words_stand_where_the_cells_say_with_the_logits_of_every_name() -> None:
    words = print_in(answer(V1=(10, 20, 0.8), V2=(10, 20, 0.3), aVL=(30, 5, 0.9))).words
    # Cell (10, 20) is the millimeter with its middle at (20.5, 10.5).
    assert words.boxes_mm.tolist() == pytest.approx(
        np.array([[18.5, 9.0, 22.5, 12.0], [3.5, 29.0, 7.5, 32.0]])
    )
    assert words.places_mm.tolist() == pytest.approx(np.array([[18.5, 10.5], [3.5, 30.5]]))
    first = words.logits[0]
    assert first[LEADS.index("V1")] == pytest.approx(np.log(0.8 / 0.2), abs=1e-3)
    assert first[LEADS.index("V2")] == pytest.approx(np.log(0.3 / 0.7), abs=1e-3)
    assert np.argsort(first)[-2:].tolist() == [LEADS.index("V2"), LEADS.index("V1")]


def test_what_a_neighboring_cell_sees_is_the_same_word() -> None:
    words = print_in(answer(II=(10, 20, 0.6), III=(10, 20, 0.7), I=(11, 21, 0.5))).words
    assert len(words.boxes_mm) == 1
    assert words.logits[0, LEADS.index("I")] == pytest.approx(0.0, abs=1e-3)


def test_scales_are_seen_anywhere() -> None:
    seen = print_in(answer(**{"25 mm/s": (3, 4, 0.8), "5 mm/mV": (30, 50, 0.6)}))
    assert seen.speeds.argmax() == SPEEDS_MM_PER_S.index(25.0)
    assert seen.gains.argmax() == GAINS_MM_PER_MV.index(5.0)
    assert seen.gains.max() == pytest.approx(np.log(0.6 / 0.4), abs=1e-3)
    assert len(seen.words.boxes_mm) == 0


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
    assert len(words.see(sheet(800, 1200, 8.0)).words.boxes_mm) == 0
    words.see(sheet(20, 20, 8.0))
    assert given == [(1, 400, 608, 3), (1, 32, 32, 3)]
