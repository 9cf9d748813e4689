"""Train the word network: what `ecgengine train names` does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  as everybody calls it
from numpy.typing import NDArray
from torch import Tensor, nn

from ecgengine_plugins.networks.names.architecture import WordNet, running
from ecgengine_plugins.networks.names.vocabulary import (
    CELL_PX,
    MULTIPLE_PX,
    PX_PER_MM,
    SIZE_MM,
    WORDS,
)
from ecgengine_plugins.training.export import export_onnx
from ecgengine_plugins.training.loop import Batch, Lesson
from ecgengine_plugins.training.options import NamesTraining
from ecgengine_plugins.training.pages import Cut, recolored, sample_batches
from ecgengine_plugins.training.word_crops import INDEX, word_crops_of, write_words

_CROPS_A_PAGE = 32
_SPREAD_CELLS = 0.7
_SIZE_WEIGHT = 2.0
_SURE = 0.5
_GRAY_SHARE = 0.2
_EXPOSURE_SPREAD = 0.15


class NamesLesson(Lesson[NamesTraining]):
    """Crops of sheets; the score is F1 of the cells where words are found.

    The loss is the focal loss of CenterNet (Zhou, Wang and Kraehenbuehl, 2019): words are points.
    """

    def network(self) -> nn.Module:
        """Give a new word network."""
        return WordNet()

    def batches(self, seed: int, first: int, *, validating: bool) -> Iterator[Batch]:
        """Yield (B, 3, S, S) images in 0..1 and (B, words + 2, S / 4, S / 4) targets."""
        cut = Cut(word_crops_of, {"size_px": self.options.size_px, "count": _CROPS_A_PAGE})
        random = np.random.default_rng((seed, first))
        for images, words in sample_batches(
            self.options, cut, _CROPS_A_PAGE, seed, first, validating=validating
        ):
            pairs = list(zip(images, words, strict=True))
            if not validating:
                pairs = [write_words(image, row, random) for image, row in pairs]
            x = torch.from_numpy(np.stack([image for image, _ in pairs]))
            y = np.stack([targets_of(row, self.options.size_px) for _, row in pairs])
            pixels = x.permute(0, 3, 1, 2).float() / 255
            varied = recolored(pixels, _GRAY_SHARE, _EXPOSURE_SPREAD, random)
            yield varied, torch.from_numpy(y)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Give the focal loss of the words and the error of their sizes, for each word."""
        count = len(WORDS)
        logits, near = outputs[:, :count], targets[:, :count]
        middle = near == 1
        found = torch.sigmoid(logits)
        hit = F.softplus(-logits) * (1 - found) ** 2 * middle
        miss = F.softplus(logits) * found**2 * (1 - near) ** 4
        number = middle.sum().clamp(min=1)
        here = middle.any(1, keepdim=True)
        size = ((outputs[:, count:] - targets[:, count:]).abs() * here).sum()
        return (hit.sum() + miss.sum() + _SIZE_WEIGHT * size) / number

    def score(self, outputs: Tensor, targets: Tensor) -> float:
        """Give F1 of the words found: peaks above one half within a cell of a word's middle."""
        count = len(WORDS)
        found, near = torch.sigmoid(outputs[:, :count]), targets[:, :count]
        peaks = (found > _SURE) & (found == F.max_pool2d(found, 3, 1, 1))
        wide = F.max_pool2d((near == 1).float(), 3, 1, 1)
        right = float((peaks & (wide > 0)).sum())
        total = float(peaks.sum() + (near == 1).sum())
        return min(2 * right / max(total, 1.0), 1.0)

    def export(
        self, weights: Mapping[str, Tensor], validation: Sequence[Batch]
    ) -> dict[str, bytes]:
        """Give a network from pixels to probabilities and sizes; height and width stay free."""
        height, width = (torch.export.Dim(name, min=2, max=512) * MULTIPLE_PX for name in "hw")
        return export_onnx(
            running(weights),
            {"sheet": torch.zeros(1, 6 * MULTIPLE_PX, 8 * MULTIPLE_PX, 3, dtype=torch.uint8)},
            "words",
            ({1: height, 2: width},),
            weights,
            {"words": ",".join(WORDS)},
        )


def targets_of(words: NDArray[np.float32], size_px: int) -> NDArray[np.float32]:
    """Give (words + 2, S / 4, S / 4): 1 in the cell of a word's middle, less around it; sizes.

    Sizes stand in the cell of the middle alone, as shares of SIZE_MM.
    """
    cells = size_px // CELL_PX
    targets = np.zeros((len(WORDS) + 2, cells, cells), np.float32)
    places = np.arange(cells)
    for index, x0, y0, x1, y1 in words[words[:, INDEX] >= 0]:
        column, row = (int((a + b) / 2 // CELL_PX) for a, b in ((x0, x1), (y0, y1)))
        if not (0 <= column < cells and 0 <= row < cells):
            continue
        away = (places[None] - column) ** 2 + (places[:, None] - row) ** 2
        bump = np.exp(-away / (2 * _SPREAD_CELLS**2)).astype(np.float32)
        np.maximum(targets[int(index)], bump, out=targets[int(index)])
        targets[-2:, row, column] = np.array([x1 - x0, y1 - y0]) / (PX_PER_MM * SIZE_MM)
    return targets
