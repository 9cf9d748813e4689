"""The sheet network: what covers each pixel of a sheet."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ecgengine_plugins.networks.folded import FOLD, folded_unet
from ecgengine_plugins.networks.sheet.window import CHANNELS

_DECODER_WIDTHS = (56, 40, 24, 16)


class SheetNet(nn.Module):
    """(N, 3, H, W) RGB in 0..1 to (N, 3, H, W) logits of `CHANNELS`."""

    def __init__(self) -> None:
        super().__init__()
        self.fold = nn.PixelUnshuffle(FOLD)
        self.unet = folded_unet(_DECODER_WIDTHS, len(CHANNELS) * FOLD * FOLD)
        self.unfold = nn.PixelShuffle(FOLD)

    def forward(self, sheets: Tensor) -> Tensor:
        """Map sheets to logits."""
        logits: Tensor = self.unfold(self.unet(self.fold(sheets)))
        return logits


def running(weights: Mapping[str, Tensor]) -> nn.Module:
    """Give the network as it is run, with trained weights."""
    net = SheetNet()
    net.load_state_dict(dict(weights))
    return _FromPixels(net).eval()


class _FromPixels(nn.Module):
    """The network as it is run: (1, H, W, 3) uint8 pixels to (1, 3, H, W) coverage in 0..1."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, pixels: Tensor) -> Tensor:
        shares: Tensor = torch.sigmoid(self.net(pixels.permute(0, 3, 1, 2).float() / 255))
        return shares
