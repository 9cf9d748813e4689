from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from ecgengine_plugins.networks.page.window import WORDS
from ecgengine_plugins.training.page_sheets import MarkedSheet
from ecgengine_plugins.training.page_words import write_words


def paper(*words: tuple[float, ...]) -> MarkedSheet:
    """Empty paper of 48 x 48 mm on which words are said to stand."""
    known = np.array(words, np.float32).reshape(-1, 5)
    return MarkedSheet(np.full((192, 192, 3), 250, np.uint8), np.ones((96, 96), bool), (), known)


def test_written_words_darken_their_boxes_and_nothing_else() -> None:
    sheet, written, kinds = paper(), 0, set()
    for seed in range(40):
        found = write_words(sheet, np.random.default_rng(seed))
        left = found.image.min(axis=2) < 200
        for index, *box in found.words:
            x0, y0, x1, y1 = np.rint(np.array(box) * 4).astype(int)
            assert left[y0:y1, x0:x1].any(), WORDS[int(index)]
            left[y0:y1, x0:x1] = False
            kinds.add(int(index))
            written += 1
        # Words that are none of the network's may stand beside them, but no blot.
        assert left.mean() < 0.05
    assert (sheet.image == 250).all()
    assert len(sheet.words) == 0
    assert written > 40
    # Names, speeds and gains are among them.
    assert min(kinds) < 12 <= max(kinds)


def test_what_stands_there_stays_and_nothing_is_written_over_it() -> None:
    sheet = paper((3, 0, 0, 48, 24))
    more = 0
    for seed in range(20):
        found = write_words(sheet, np.random.default_rng(seed))
        np.testing.assert_array_equal(found.words[0], sheet.words[0])
        assert (found.image[: 4 * 24] == 250).all()
        assert (found.words[1:, 2] >= 24).all()
        more += len(found.words) - 1
    assert more > 5


def test_words_do_not_touch_each_other() -> None:
    several = 0
    for seed in range(40):
        boxes = write_words(paper(), np.random.default_rng(seed)).words[:, 1:]
        for number, (x0, y0, x1, y1) in enumerate(boxes):
            others = np.delete(boxes, number, axis=0)
            apart = (others[:, 0] >= x1) | (others[:, 2] <= x0)
            apart |= (others[:, 1] >= y1) | (others[:, 3] <= y0)
            assert apart.all()
            several += len(others) > 0
    assert several > 20


def test_a_sheet_too_small_for_any_word_stays_as_it_is() -> None:
    sheet = MarkedSheet(
        np.full((8, 8, 3), 250, np.uint8), np.ones((4, 4), bool), (), np.zeros((0, 5), np.float32)
    )
    for seed in range(5):
        found = write_words(sheet, np.random.default_rng(seed))
        np.testing.assert_array_equal(found.image, sheet.image)
        assert found.words.shape == (0, 5)


def test_one_seed_gives_the_same_words() -> None:
    first, again = (write_words(paper(), np.random.default_rng(4)) for _ in range(2))
    assert len(first.words) > 0
    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.words, again.words)
