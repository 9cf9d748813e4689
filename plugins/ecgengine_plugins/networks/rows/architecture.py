"""The row network: where the trace of one row of leads runs, twice as fine in time as the sheet."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F  # noqa: N812  as everybody calls it
from torch import Tensor, nn

from ecgengine_plugins.networks.from_pixels import FromPixels, rgb
from ecgengine_plugins.networks.rows.window import COLUMNS_PER_PX, PX_PER_MM
from ecgengine_plugins.networks.space_to_depth import (
    BLOCK_PX,
    ENCODER_WIDTHS,
    convolution,
    space_to_depth_unet,
)

REACH_MM = 20.0
"""Distance from a zero line that is 1 in the last channels of the input."""

ZERO_LINES = 3
"""Zero lines that the network is told: of the row, of the one above, of the one below."""

_DECODER_WIDTHS = (56, 40, 24, 24)
_DILATIONS = (1, 2, 4, 8)
_ANSWER_COLUMNS = BLOCK_PX * COLUMNS_PER_PX


class RowNet(nn.Module):
    """(N, 6, H, W) of RGB in 0..1 and the distances to zero lines, to (N, H, 2 W) logits.

    The softmax over the rows of a column is the probability that the pen's center passed there.
    The distances to the zero lines of the row and of its neighbors tell its own trace from theirs;
    they join at the coarsest level, where dilated convolutions look along the row.
    """

    def __init__(self) -> None:
        super().__init__()
        self.to_blocks = nn.PixelUnshuffle(BLOCK_PX)
        self.unet = space_to_depth_unet(_DECODER_WIDTHS, BLOCK_PX * _ANSWER_COLUMNS)
        deepest = ENCODER_WIDTHS[-1]
        self.place = nn.Conv2d(2 * ZERO_LINES, deepest, 1)
        self.context = nn.ModuleList(
            nn.Sequential(*convolution(deepest, deepest, dilation=(1, along_row)))
            for along_row in _DILATIONS
        )

    def forward(self, windows: Tensor) -> Tensor:
        """Map windows of rows to logits."""
        pixels, away = windows[:, :3], windows[:, 3:]
        features = self.unet.encoder(self.to_blocks(pixels))
        coarse = F.adaptive_avg_pool2d(away, features[-1].shape[2:])
        deepest = features[-1] + self.place(torch.cat((coarse, coarse.abs()), dim=1))
        for look in self.context:
            deepest = deepest + look(deepest)
        features[-1] = deepest
        answer: Tensor = self.unet.segmentation_head(self.unet.decoder(features))
        count, _, height, width = answer.shape
        parts = answer.view(count, BLOCK_PX, _ANSWER_COLUMNS, height, width)
        spread = parts.permute(0, 3, 1, 4, 2)
        return spread.reshape(count, BLOCK_PX * height, _ANSWER_COLUMNS * width)


def running(weights: Mapping[str, Tensor]) -> nn.Module:
    """Give the network as it is run, with trained weights."""
    return _FromPixels(RowNet(), weights)


class _FromPixels(FromPixels):
    """As it is run: (N, H, W, 3) uint8 and (N, 3) zero rows to (N, H, 2 W) probabilities."""

    def forward(self, pixels: Tensor, zero_rows: Tensor) -> Tensor:
        return torch.softmax(self.net(with_distance(rgb(pixels), zero_rows)), dim=1)


def with_distance(colors: Tensor, zero_rows: Tensor) -> Tensor:
    """Add the distances to the zero lines as further channels."""
    place = torch.arange(colors.shape[2], dtype=torch.float32, device=colors.device)
    away = (place - zero_rows[:, :, None]) / (REACH_MM * PX_PER_MM)
    distance = away[:, :, :, None].expand(-1, -1, -1, colors.shape[3])
    return torch.cat((colors, distance), dim=1)
