from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from ecgengine_plugins.datasets.options import SyntheticOptions
from ecgengine_plugins.datasets.synthetic import SyntheticDataset
from ecgengine_plugins.networks.names.architecture import WordNet
from ecgengine_plugins.networks.names.vocabulary import WORDS
from ecgengine_plugins.training.names import NamesLesson, targets_of
from ecgengine_plugins.training.options import NamesTraining
from ecgengine_plugins.training.word_crops import MOST_WORDS, word_crops_of, write_words

NONE = np.full((MOST_WORDS, 5), -1, np.float32)


def test_crops_of_a_page_have_ink_where_they_say_words_stand() -> None:
    dataset = SyntheticDataset(SyntheticOptions(seed=77, pages=1, sources="render"))
    case = dataset.load(dataset.names()[0])
    images, words = word_crops_of(case, np.random.default_rng(1), size_px=192, count=12)
    assert images.shape == (12, 192, 192, 3)
    assert words.shape == (12, MOST_WORDS, 5)
    seen = 0
    for image, rows in zip(images, words, strict=True):
        for _, *box in rows[rows[:, 0] >= 0]:
            x0, y0, x1, y1 = np.clip(np.rint(box), 0, 192).astype(int)
            seen += image[y0:y1, x0:x1].min() < 128
    assert seen == (words[..., 0] >= 0).sum() > 12


def test_written_words_darken_their_boxes_and_nothing_else() -> None:
    paper = np.full((192, 192, 3), 250, np.uint8)
    written = 0
    for seed in range(12):
        image, words = write_words(paper, NONE, np.random.default_rng(seed))
        for index, *box in words[words[:, 0] >= 0]:
            x0, y0, x1, y1 = (int(side) for side in box)
            assert image[y0:y1, x0:x1].min() < 200, WORDS[int(index)]
            written += 1
    assert (paper == 250).all()
    assert written > 12


def test_words_are_not_written_over_words() -> None:
    full = NONE.copy()
    full[0] = 3, 0, 0, 192, 192
    paper = np.full((192, 192, 3), 250, np.uint8)
    image, words = write_words(paper, full, np.random.default_rng(1))
    assert (image == 250).all()
    np.testing.assert_array_equal(words, full)


def test_targets_are_whole_in_the_cell_of_the_middle() -> None:
    words = NONE.copy()
    words[0] = WORDS.index("V3"), 40, 60, 56, 72
    targets = targets_of(words, 96)
    assert targets.shape == (len(WORDS) + 2, 24, 24)
    assert np.argwhere(targets[:-2] == 1).tolist() == [[WORDS.index("V3"), 16, 12]]
    assert 0 < targets[WORDS.index("V3"), 16, 13] < 1
    np.testing.assert_allclose(targets[-2:, 16, 12], [0.4, 0.3])


def test_right_answers_cost_little_and_score_full() -> None:
    lesson = NamesLesson(NamesTraining(size_px=96), Path())
    words = NONE.copy()
    words[0] = 4, 40, 60, 56, 72
    targets = torch.from_numpy(targets_of(words, 96))[None]
    right = targets.clone()
    right[:, :-2] = torch.where(targets[:, :-2] == 1, 6.0, -6.0)
    wrong = right.roll(1, 1)
    wrong[:, -2:] = 0
    assert lesson.loss(right, targets) < 0.1 * lesson.loss(wrong, targets)
    assert lesson.score(right, targets) == 1.0
    assert lesson.score(wrong, targets) == 0.0


def test_the_network_answers_a_cell_a_millimeter() -> None:
    net = WordNet().eval()
    assert sum(each.numel() for each in net.parameters()) < 400_000
    with torch.no_grad():
        answer = net(torch.zeros(1, 3, 32, 64))
    assert answer.shape == (1, len(WORDS) + 2, 8, 16)
    assert torch.sigmoid(answer[:, : len(WORDS)]).mean() < 0.05
