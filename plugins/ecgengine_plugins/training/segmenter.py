"""Train the sheet network: what `ecgengine train segmenter` does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  as everybody calls it
from torch import Tensor, nn

from ecgengine_plugins.networks.sheet.architecture import SheetNet, running
from ecgengine_plugins.networks.sheet.window import CHANNELS, MULTIPLE_PX
from ecgengine_plugins.training.crops import crops_of
from ecgengine_plugins.training.export import export_onnx
from ecgengine_plugins.training.loop import Batch, Lesson
from ecgengine_plugins.training.options import SegmenterTraining
from ecgengine_plugins.training.pages import Cut, recolored, sample_batches

_CROPS_A_PAGE = 20
_CHANNEL_WEIGHTS = (1.0, 0.5, 0.5)
_CROSS_ENTROPY_WEIGHT = 20.0
_DICE_WEIGHT = 0.5
_GRAY_SHARE = 0.15
_EXPOSURE_SPREAD = 0.1


class SheetLesson(Lesson[SegmenterTraining]):
    """Crops of sheets; the score is the Dice coefficient of the trace.

    The loss is the cross-entropy of the coverage, less what no prediction can avoid, and the Dice
    loss of the trace.
    """

    def network(self) -> nn.Module:
        """Give a new sheet network."""
        return SheetNet()

    def batches(self, seed: int, first: int, *, validating: bool) -> Iterator[Batch]:
        """Yield (B, 3, S, S) images and targets in 0..1."""
        cut = Cut(crops_of, {"size_px": self.options.size_px, "count": _CROPS_A_PAGE})
        random = np.random.default_rng((seed, first))
        for images, targets in sample_batches(
            self.options, cut, _CROPS_A_PAGE, seed, first, validating=validating
        ):
            x = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
            y = torch.from_numpy(targets).permute(0, 3, 1, 2).float() / 255
            yield _varied(x, y, random)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Give the weighted sum of both losses."""
        weights = torch.tensor(_CHANNEL_WEIGHTS, device=outputs.device).view(1, -1, 1, 1)
        given = F.binary_cross_entropy_with_logits(outputs, targets, reduction="none")
        # What is left even when every gray edge pixel is predicted right.
        unavoidable = F.binary_cross_entropy(targets, targets, reduction="none")
        cross_entropy = ((given - unavoidable) * weights).mean()
        return _CROSS_ENTROPY_WEIGHT * cross_entropy + _DICE_WEIGHT * (1 - _dice(outputs, targets))

    def score(self, outputs: Tensor, targets: Tensor) -> float:
        """Give the Dice coefficient of the trace."""
        return float(_dice(outputs, targets))

    def export(
        self, weights: Mapping[str, Tensor], validation: Sequence[Batch]
    ) -> dict[str, bytes]:
        """Give a network from pixels to coverage; height and width of its input stay free."""
        height, width = (torch.export.Dim(name, min=2, max=512) * MULTIPLE_PX for name in "hw")
        return export_onnx(
            running(weights),
            {"sheet": torch.zeros(1, 4 * MULTIPLE_PX, 6 * MULTIPLE_PX, 3, dtype=torch.uint8)},
            "shares",
            ({1: height, 2: width},),
            weights,
            {"channels": ",".join(CHANNELS)},
        )


def _dice(logits: Tensor, targets: Tensor) -> Tensor:
    found, true = torch.sigmoid(logits[:, 0]), targets[:, 0]
    return 2 * (found * true).sum() / ((found**2).sum() + (true**2).sum() + 1)


def _varied(x: Tensor, y: Tensor, random: np.random.Generator) -> Batch:
    """Mirror, turn gray, change the exposure: what costs nothing and keeps the targets true."""
    for side in (2, 3):
        if random.random() < 0.5:
            x, y = x.flip(side), y.flip(side)
    return recolored(x, _GRAY_SHARE, _EXPOSURE_SPREAD, random), y
