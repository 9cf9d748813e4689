"""The path network: where the pen's center runs in a piece of a strip."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F  # noqa: N812  as everybody calls it
from torch import Tensor, nn

from ecgengine_plugins.networks.from_pixels import FromPixels, rgb
from ecgengine_plugins.networks.path.window import CELL_PX, COLUMNS_PER_PX, CUES
from ecgengine_plugins.networks.space_to_depth import block, convolution

_WIDTHS = (40, 48, 72)
_NARROW = (24, 32)
"""Channels that go up to the next finer cells, where most time is spent."""

_DILATIONS = (1, 2, 4)
_ANSWER_COLUMNS = CELL_PX * COLUMNS_PER_PX


class PathNet(nn.Module):
    """(N, 48 + 7, H / 4, W / 4) cells to (N, H, 2 W) logits; see `cells_of`.

    The softmax over the rows of a column is the probability that the pen's center passed there.
    Everything is computed for cells of 4 x 4 pixels (space-to-depth) and for cells of two and four
    times that side, in which dilated convolutions look along the strip.
    """

    def __init__(self) -> None:
        super().__init__()
        fine, middle, coarse = _WIDTHS
        self.fine = block(3 * CELL_PX**2 + len(CUES), fine, 1)
        self.middle = block(fine, middle, 2)
        self.coarse = block(middle, coarse, 2)
        self.context = nn.ModuleList(
            nn.Sequential(*convolution(coarse, coarse, dilation=(1, along))) for along in _DILATIONS
        )
        self.up_to_fine, self.up_to_middle = (
            nn.Conv2d(wide, narrow, 1)
            for wide, narrow in zip((middle, coarse), _NARROW, strict=True)
        )
        self.to_middle = block(_NARROW[1] + middle, middle, 1)
        self.to_fine = block(_NARROW[0] + fine, fine, 1)
        self.answer = nn.Conv2d(fine, CELL_PX * _ANSWER_COLUMNS, 3, padding=1)

    def forward(self, cells: Tensor) -> Tensor:
        """Map pieces to logits."""
        fine = self.fine(cells)
        middle = self.middle(fine)
        coarse = self.coarse(middle)
        for look in self.context:
            coarse = coarse + look(coarse)
        middle = self.to_middle(torch.cat((_larger(self.up_to_middle(coarse)), middle), dim=1))
        fine = self.to_fine(torch.cat((_larger(self.up_to_fine(middle)), fine), dim=1))
        answer: Tensor = self.answer(fine)
        count, _, height, width = answer.shape
        parts = answer.view(count, CELL_PX, _ANSWER_COLUMNS, height, width)
        spread = parts.permute(0, 3, 1, 4, 2)
        return spread.reshape(count, CELL_PX * height, _ANSWER_COLUMNS * width)


def cells_of(pixels: Tensor, cues: Tensor) -> Tensor:
    """Pack (N, 3, H, W) RGB in 0..1 and (N, 7, H / 4, W / 4) cues for the network."""
    return torch.cat((F.pixel_unshuffle(pixels, CELL_PX), cues), dim=1)


def running(weights: Mapping[str, Tensor]) -> nn.Module:
    """Give the network as it is run, with trained weights."""
    return _FromPixels(PathNet(), weights)


class _FromPixels(FromPixels):
    """As it is run: (N, H, W, 3) uint8 and (N, 7, H / 4, W / 4) to (N, H, 2 W) probabilities."""

    def forward(self, pixels: Tensor, cues: Tensor) -> Tensor:
        return torch.softmax(self.net(cells_of(rgb(pixels), cues)), dim=1)


def _larger(features: Tensor) -> Tensor:
    return F.interpolate(features, scale_factor=2.0, mode="nearest")
