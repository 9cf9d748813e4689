from __future__ import annotations

import numpy as np
import pytest

from ecgengine.data.sheet import Sheet
from ecgengine.geometry.page_map import PageMap
from ecgengine_plugins.networks.names.vocabulary import WORDS
from ecgengine_plugins.networks.page.reader import answer_of, scaled
from ecgengine_plugins.networks.page.window import CHANNELS, FINE, FINE_CELLS_PER_MM, PACKED


def answer(rows: int, columns: int, **fine: dict[tuple[int, int], float]) -> np.ndarray:
    """Pack an answer of so many mm; `fine` holds values of fine cells at (row, column)."""
    made = np.zeros((CHANNELS, rows, columns), np.float32)
    for name, cells in fine.items():
        for (row, column), value in cells.items():
            (y, dy), (x, dx) = (divmod(each, FINE_CELLS_PER_MM) for each in (row, column))
            part = FINE_CELLS_PER_MM * (FINE_CELLS_PER_MM * FINE.index(name) + dy) + dx
            made[part, y, x] = value
    return made


def test_fine_cells_are_unpacked_in_their_places() -> None:
    made = answer(8, 10, trace={(5, 12): 0.9}, zero={(5, 12): -3.5}, pulse={(2, 3): 0.7})
    found = answer_of(made, 15, 19)
    assert found.trace.shape == found.zero_mm.shape == (15, 19)
    assert np.argwhere(found.trace > 0).tolist() == [[5, 12]]
    assert found.zero_mm[5, 12] == -3.5
    assert np.argwhere(found.pulses > 0).tolist() == [[2, 3]]
    assert not found.separators.any()


def test_points_are_peaks_moved_within_their_cells() -> None:
    made = answer(
        8, 10,
        start={(5, 12): 0.6, (5, 13): 0.5, (9, 4): 0.8, (12, 4): 0.05},
        end={(1, 1): 0.3},
        right={(5, 12): 0.2, (9, 4): -0.1},
        below={(5, 12): -0.25},
    )  # fmt: skip
    found = answer_of(made, 16, 20)
    # The middle of fine cell (5, 12) lies at x 6.25, y 2.75 mm.
    expected = [[2.15, 4.75, 0.8], [6.45, 2.5, 0.6]]
    np.testing.assert_allclose(found.starts, expected, atol=1e-6)
    np.testing.assert_allclose(found.ends, [[0.75, 0.75, 0.3]], atol=1e-6)


def test_words_stand_around_the_middles_of_their_cells_with_all_probabilities() -> None:
    made = answer(8, 10)
    first, second = WORDS.index("II"), WORDS.index("III")
    made[PACKED + first, 3, 4], made[PACKED + second, 3, 4] = 0.7, 0.2
    made[PACKED + first, 3, 5] = 0.4
    made[-2:, 3, 4] = 5.0, 3.0
    (word,) = answer_of(made, 16, 20).words
    assert word[:4].tolist() == [2.0, 2.0, 7.0, 5.0]
    assert word[4 + first] == pytest.approx(0.7)
    assert word[4 + second] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("px_per_mm", "shape"), [(8.0, (1, 400, 608, 3)), (4.0, (1, 800, 1200, 3))]
)
def test_sheets_are_given_at_one_scale_in_whole_blocks(
    px_per_mm: float, shape: tuple[int, ...]
) -> None:
    image = np.full((800, 1200, 3), 255, np.uint8)
    page_map = PageMap.affine(np.array([[1.0, 0, 0], [0, 1.0, 0]]), 1200, 800)
    assert scaled(Sheet(image, px_per_mm, px_per_mm, page_map, "grid")).shape == shape


def test_the_smallest_sheet_has_two_blocks() -> None:
    page_map = PageMap.affine(np.array([[1.0, 0, 0], [0, 1.0, 0]]), 20, 20)
    sheet = Sheet(np.full((20, 20, 3), 255, np.uint8), 8.0, 8.0, page_map, "grid")
    assert scaled(sheet).shape == (1, 32, 32, 3)
