"""The sheet network: what covers each pixel of a sheet."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ecgengine_plugins.networks.from_pixels import FromPixels, rgb
from ecgengine_plugins.networks.sheet.window import CHANNELS
from ecgengine_plugins.networks.space_to_depth import BLOCK_PX, space_to_depth_unet

_DECODER_WIDTHS = (56, 40, 24, 16)


class SheetNet(nn.Module):
    """(N, 3, H, W) RGB in 0..1 to (N, 3, H, W) logits of `CHANNELS`."""

    def __init__(self) -> None:
        super().__init__()
        self.to_blocks = nn.PixelUnshuffle(BLOCK_PX)
        self.unet = space_to_depth_unet(_DECODER_WIDTHS, len(CHANNELS) * BLOCK_PX * BLOCK_PX)
        self.to_pixels = nn.PixelShuffle(BLOCK_PX)

    def forward(self, sheets: Tensor) -> Tensor:
        """Map sheets to logits."""
        logits: Tensor = self.to_pixels(self.unet(self.to_blocks(sheets)))
        return logits


def running(weights: Mapping[str, Tensor]) -> nn.Module:
    """Give the network as it is run, with trained weights."""
    return _FromPixels(SheetNet(), weights)


class _FromPixels(FromPixels):
    """The network as it is run: (1, H, W, 3) uint8 pixels to (1, 3, H, W) coverage in 0..1."""

    def forward(self, pixels: Tensor) -> Tensor:
        return torch.sigmoid(self.net(rgb(pixels)))
