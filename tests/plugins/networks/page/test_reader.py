from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine.data.layout import LEADS
from ecgengine.data.look import CELL_MM
from ecgengine.data.sheet import Sheet
from ecgengine.geometry.page_map import PageMap
from ecgengine_plugins.networks.options import NetworkRunning
from ecgengine_plugins.networks.page import reader
from ecgengine_plugins.networks.page.reader import PageReader, look_of, scaled
from ecgengine_plugins.networks.page.window import (
    CHANNELS,
    FINE,
    FINE_CELLS_PER_MM,
    PACKED,
    WORDS,
    gain_word,
    speed_word,
)
from ecgengine_plugins.paper.scales import GAINS_MM_PER_MV, SPEEDS_MM_PER_S


def answer(rows: int, columns: int, **fine: dict[tuple[int, int], float]) -> NDArray[np.float32]:
    """Pack an answer of so many mm; `fine` holds values of fine cells at (row, column)."""
    made = np.zeros((CHANNELS, rows, columns), np.float32)
    for name, cells in fine.items():
        for (row, column), value in cells.items():
            (y, dy), (x, dx) = (divmod(each, FINE_CELLS_PER_MM) for each in (row, column))
            part = FINE_CELLS_PER_MM * (FINE_CELLS_PER_MM * FINE.index(name) + dy) + dx
            made[part, y, x] = value
    return made


def written(*words: tuple[str, int, int, float]) -> NDArray[np.float32]:
    """An answer of 40 x 60 mm with words, rows, columns and probabilities: each 4 mm by 3 mm."""
    made = answer(40, 60)
    for word, row, column, probability in words:
        made[PACKED + WORDS.index(word), row, column] = probability
        made[-2:, row, column] = 4.0, 3.0
    return made


def logit(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))


def blank(height: int, width: int, px_per_mm: float) -> Sheet:
    page_map = PageMap.affine(np.array([[1.0, 0, 0], [0, 1.0, 0]]), width, height)
    image = np.full((height, width, 3), 255, np.uint8)
    return Sheet(image, px_per_mm, px_per_mm, page_map, "grid")


def test_fine_cells_are_unpacked_in_their_places() -> None:
    made = answer(
        8, 10,
        trace={(5, 12): 0.9}, zero={(5, 12): -3.5}, pulse={(2, 3): 0.7}, separator={(14, 18): 0.6},
    )  # fmt: skip
    found = look_of(made, 15, 19)
    for name, places in {
        "trace": [[5, 12]], "zero_mm": [[5, 12]], "pulses": [[2, 3]], "separators": [[14, 18]],
    }.items():  # fmt: skip
        layer = getattr(found, name)
        assert layer.shape == (15, 19)
        assert layer.dtype == np.float32
        assert np.argwhere(layer != 0).tolist() == places
    assert found.trace[5, 12] == np.float32(0.9)
    assert found.zero_mm[5, 12] == -3.5


def test_points_are_peaks_moved_within_their_cells() -> None:
    made = answer(
        8, 10,
        start={(5, 12): 0.6, (5, 13): 0.5, (9, 4): 0.8, (12, 4): 0.05},
        end={(1, 1): 0.3},
        right={(5, 12): 0.2, (9, 4): -0.1},
        below={(5, 12): -0.25},
    )  # fmt: skip
    found = look_of(made, 16, 20)
    # The middle of fine cell (5, 12) lies at x 6.25, y 2.75 mm.
    expected = [[2.15, 4.75, 0.8], [6.45, 2.5, 0.6]]
    np.testing.assert_allclose(found.starts, expected, atol=1e-6)
    np.testing.assert_allclose(found.ends, [[0.75, 0.75, 0.3]], atol=1e-6)


def test_words_stand_where_the_cells_say_with_the_logits_of_every_name() -> None:
    words = look_of(
        written(("V1", 10, 20, 0.8), ("V2", 10, 20, 0.3), ("aVL", 30, 5, 0.9), ("I", 20, 50, 0.05)),
        80, 120,
    ).words  # fmt: skip
    # Cell (10, 20) is the millimeter with its middle at (20.5, 10.5); the likeliest comes first.
    np.testing.assert_allclose(words.boxes_mm, [[3.5, 29, 7.5, 32], [18.5, 9, 22.5, 12]])
    np.testing.assert_allclose(words.places_mm, [[3.5, 30.5], [18.5, 10.5]])
    assert words.logits.shape == (2, len(LEADS))
    second = words.logits[1]
    assert second[LEADS.index("V1")] == pytest.approx(logit(0.8), abs=1e-3)
    assert second[LEADS.index("V2")] == pytest.approx(logit(0.3), abs=1e-3)
    others = np.delete(second, [LEADS.index("V1"), LEADS.index("V2")])
    np.testing.assert_allclose(others, logit(1e-4), atol=1e-3)


def test_what_a_neighboring_cell_sees_is_the_same_word() -> None:
    words = look_of(
        written(("II", 10, 20, 0.6), ("III", 10, 20, 0.7), ("I", 11, 21, 0.5), ("V6", 12, 23, 0.4)),
        80, 120,
    ).words  # fmt: skip
    assert len(words.boxes_mm) == 2
    for name, probability in (("III", 0.7), ("II", 0.6), ("I", 0.5), ("V6", 1e-4)):
        assert words.logits[0, LEADS.index(name)] == pytest.approx(logit(probability), abs=1e-3)
    # Two cells off it is another word, and the cell between is near to both.
    assert words.logits[1, LEADS.index("V6")] == pytest.approx(logit(0.4), abs=1e-3)
    assert words.logits[1, LEADS.index("III")] == pytest.approx(logit(1e-4), abs=1e-3)


def test_words_are_no_smaller_than_letters_can_be() -> None:
    made = written(("I", 10, 20, 0.8))
    made[-2:, 10, 20] = 0.1, 3.0
    (box,) = look_of(made, 80, 120).words.boxes_mm
    np.testing.assert_allclose(box, [20.1, 9.0, 20.9, 12.0], atol=1e-6)


def test_scales_are_seen_anywhere_and_told_by_their_values() -> None:
    found = look_of(
        written(
            ("25 mm/s", 3, 4, 0.8), ("25 mm/s", 20, 4, 0.6),
            ("50 mm/s", 3, 30, 0.2), ("5 mm/mV", 30, 50, 0.6),
        ),
        80, 120,
    )  # fmt: skip
    assert tuple(found.speeds) == SPEEDS_MM_PER_S
    assert tuple(found.gains) == GAINS_MM_PER_MV
    seen = {25.0: 0.8, 50.0: 0.2}
    for speed, value in found.speeds.items():
        assert value == pytest.approx(logit(seen.get(speed, 1e-4)), abs=1e-3), speed_word(speed)
    for gain, value in found.gains.items():
        assert value == pytest.approx(logit({5.0: 0.6}.get(gain, 1e-4)), abs=1e-3), gain_word(gain)
    # Scales are no words that might be names.
    assert found.words.boxes_mm.shape == (0, 4)
    assert found.words.logits.shape == (0, 12)


def test_what_lies_beyond_the_sheet_is_not_seen() -> None:
    made = written(("V1", 10, 20, 0.8), ("V2", 10, 35, 0.8), ("10 mm/mV", 35, 5, 0.9))
    found = look_of(made, 60, 70)
    assert found.trace.shape == (60, 70)
    np.testing.assert_allclose(found.words.places_mm, [[18.5, 10.5]])
    assert max(found.gains.values()) == pytest.approx(logit(1e-4), abs=1e-3)


def test_a_sheet_is_looked_at_once_at_one_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    given = []

    def opened(*_: object) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
        def run(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
            given.append(pixels.shape)
            return np.zeros((1, CHANNELS, pixels.shape[1] // 4, pixels.shape[2] // 4), np.float32)

        return run

    monkeypatch.setattr(reader, "shipped", lambda name: name)
    monkeypatch.setattr(reader, "open_network", opened)
    sheets = PageReader(NetworkRunning())
    for sheet, pixels in (
        (blank(800, 1200, 8.0), (1, 400, 608, 3)),
        (replace(blank(800, 1200, 8.0), px_per_mm_x=10.0), (1, 400, 480, 3)),
        (blank(20, 20, 8.0), (1, 32, 32, 3)),
    ):
        found = sheets.look(sheet)
        assert given.pop() == pixels
        assert found.trace.shape == (
            round(sheet.image.shape[0] / sheet.px_per_mm_y / CELL_MM),
            round(sheet.image.shape[1] / sheet.px_per_mm_x / CELL_MM),
        )
    assert given == []


@pytest.mark.parametrize(
    ("px_per_mm", "shape"), [(8.0, (1, 400, 608, 3)), (4.0, (1, 800, 1200, 3))]
)
def test_sheets_are_given_at_one_scale_in_whole_blocks(
    px_per_mm: float, shape: tuple[int, ...]
) -> None:
    assert scaled(blank(800, 1200, px_per_mm)).shape == shape


def test_the_smallest_sheet_has_two_blocks() -> None:
    assert scaled(blank(20, 20, 8.0)).shape == (1, 32, 32, 3)
