from __future__ import annotations

import numpy as np
import pytest

from ecgengine_plugins.networks.page.window import FINE_MM, WORDS
from ecgengine_plugins.training.page_sheets import Kind, Line, MarkedSheet
from ecgengine_plugins.training.page_targets import FINE_TARGETS, targets_of

SIDE_MM = 40
NOWHERE = np.full((2, 2), np.nan, np.float32)


def strip(x_mm: float, zero_mm: float, wave_mm: float, turn: float = 0.0) -> Line:
    """A sine of 20 mm from x on around its zero line, which may rise to the right."""
    x = np.linspace(x_mm, x_mm + 20, 400)
    y = zero_mm + turn * x + wave_mm * np.sin(x)
    zero = np.array([[0, zero_mm], [SIDE_MM, zero_mm + turn * SIDE_MM]], np.float32)
    return Line("strip", np.stack([x, y], axis=1).astype(np.float32), zero)


def maps(
    *lines: Line, words: tuple[tuple[float, ...], ...] = (), inked: bool = True
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    side = 4 * SIDE_MM
    sheet = MarkedSheet(
        np.full((side, side, 3), 255, np.uint8),
        np.full((side // 2, side // 2), inked),
        lines,
        np.array(words, np.float32).reshape(-1, 5),
    )
    fine, answers = targets_of(sheet)
    return dict(zip(FINE_TARGETS, fine, strict=True)), answers


@pytest.mark.parametrize("turn", [0.0, 0.01])
def test_every_cell_that_votes_gives_the_zero_line(turn: float) -> None:
    found, _ = maps(strip(10.2, 18.3, 6.0, turn))
    rows, columns = np.nonzero(found["voting"])
    assert len(rows) > 40
    assert set(columns * FINE_MM // 1) <= set(range(9, 32))
    given = (rows + 0.5) * FINE_MM + found["zero"][rows, columns]
    np.testing.assert_allclose(given, 18.3 + turn * (columns + 0.5) * FINE_MM, atol=1e-4)
    assert (found["trace"][rows, columns] > 0.3).all()
    assert not found["zero"][found["voting"] == 0].any()


@pytest.mark.parametrize(("x_mm", "zero_mm"), [(5.0, 20.0), (7.4, 13.33), (9.99, 21.74)])
def test_first_and_last_points_are_whole_in_their_cells(x_mm: float, zero_mm: float) -> None:
    line = strip(x_mm, zero_mm, 3.0)
    found, _ = maps(line)
    for name, place in (("start", line.points_mm[0]), ("end", line.points_mm[-1])):
        ((row, column),) = np.argwhere(found[name] == 1)
        middle = np.array([column + 0.5, row + 0.5]) * FINE_MM
        assert np.abs(middle - place).max() <= FINE_MM / 2 + 1e-5
        moved = middle + [found[side][row, column] for side in ("right", "below")]
        np.testing.assert_allclose(moved, place, atol=1e-5)
        assert 0 < found[name][row, column + 1] < 1


def test_where_two_rows_cross_nobody_votes() -> None:
    flat, waves = strip(10, 20, 0.0), strip(10, 26, 8.0)
    found, _ = maps(flat, waves)
    middle = found["zero"][39:41][found["voting"][39:41] > 0]
    assert set(np.round(np.unique(middle) * 4) / 4) <= {-0.25, 0.25, 5.75, 6.25}
    crossing = (found["trace"][39:41] > 0.9) & (found["voting"][39:41] == 0)
    assert crossing.any()
    # Strips of one row go on voting where they meet.
    found, _ = maps(flat, strip(20, 20, 0.0))
    assert found["voting"].sum() == maps(strip(10, 20, 0.0), strip(30, 20, 0.0))[0]["voting"].sum()


@pytest.mark.parametrize("kind", ["separator", "pulse"])
def test_other_lines_are_no_trace(kind: Kind) -> None:
    line = Line(kind, np.array([[10, 5], [10, 15]], np.float32), NOWHERE)
    found, _ = maps(line)
    assert found[kind][12:28, 19:21].min() > 0.4
    assert not found[kind][:, 25:].any()
    assert not any(found[name].any() for name in ("trace", "start", "end", "voting"))


def test_lost_ink_is_not_to_be_found() -> None:
    found, _ = maps(strip(10, 20, 4.0), inked=False)
    assert not any(layer.any() for layer in found.values())


def test_words_are_whole_in_the_cell_of_their_middle() -> None:
    index = WORDS.index("V3")
    _, answers = maps(words=((index, 10.2, 14.0, 15.0, 17.4),))
    assert np.argwhere(answers[: len(WORDS)] == 1).tolist() == [[index, 15, 12]]
    assert 0 < answers[index, 15, 13] < 1
    np.testing.assert_allclose(answers[len(WORDS) :, 15, 12], [4.8, 3.4], atol=1e-5)
    assert (answers[len(WORDS) :] > 0).sum() == 2
