"""The page network: a whole sheet at once, seen coarsely, answered to half a millimeter."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F  # noqa: N812  as everybody calls it
from torch import Tensor, nn

from ecgengine_plugins.networks.from_pixels import FromPixels, rgb
from ecgengine_plugins.networks.page.window import (
    CHANNELS,
    FINE,
    FINE_CELLS_PER_MM,
    FINE_MM,
    PACKED,
    WORDS,
)
from ecgengine_plugins.networks.page.words import RARE_LOGIT, WordTower
from ecgengine_plugins.networks.space_to_depth import BLOCK_PX, convolution, space_to_depth_unet

ZERO_MM, SIZE_MM = 10.0, 10.0
"""Distances to zero lines and sizes of words leave the network as shares of these."""

_ENCODER_WIDTHS = (16, 32, 56, 80)
_DECODER_WIDTHS = (56, 32, 16, 16)
_DILATIONS = (1, 2, 4, 8)


class PageNet(nn.Module):
    """(N, 3, H, W) RGB in 0..1 to (N, channels, H / 4, W / 4): logits and shares of lengths.

    H and W are multiples of 16. Four dilated convolutions in the middle, in cells of 4 mm, let
    each place see 60 mm around it, which is several rows. Words are read by a tower of their own.
    Logits of what is rare begin at a probability of 0.01.
    """

    def __init__(self) -> None:
        super().__init__()
        self.to_blocks = nn.PixelUnshuffle(BLOCK_PX)
        self.unet = space_to_depth_unet(_DECODER_WIDTHS, len(FINE), _ENCODER_WIDTHS)
        deepest = _ENCODER_WIDTHS[-1]
        self.context = nn.ModuleList(
            nn.Sequential(*convolution(deepest, deepest, dilation=(far, far))) for far in _DILATIONS
        )
        self.words = WordTower()
        rare = [FINE.index(name) for name in ("start", "end", "separator", "pulse")]
        with torch.no_grad():
            self.unet.segmentation_head[0].bias[rare] = RARE_LOGIT

    def forward(self, sheets: Tensor) -> Tensor:
        """Map sheets to logits and lengths."""
        blocks = self.to_blocks(sheets)
        *skips, deepest = self.unet.encoder(blocks)
        for look in self.context:
            deepest = deepest + look(deepest)
        drawn = self.unet.segmentation_head(self.unet.decoder([*skips, deepest]))
        fine = F.pixel_unshuffle(drawn, FINE_CELLS_PER_MM)
        return torch.cat([fine, self.words(sheets)], 1)


def running(weights: Mapping[str, Tensor]) -> nn.Module:
    """Give the network as it is run, with trained weights."""
    return _FromPixels(PageNet(), weights)


class _FromPixels(FromPixels):
    """As it is run: (1, H, W, 3) uint8 to (1, channels, H / 4, W / 4), see `window`."""

    def forward(self, pixels: Tensor) -> Tensor:
        answer = self.net(rgb(pixels))
        lengths = torch.cat([answer[:, :PACKED] * _fine_units(), answer[:, PACKED:] * SIZE_MM], 1)
        return torch.where(_is_length(), lengths, torch.sigmoid(answer))


def _fine_units() -> Tensor:
    """Give (1, packed, 1, 1) millimeters that the network's 1 stands for."""
    units = {"zero": ZERO_MM, "right": FINE_MM, "below": FINE_MM}
    each = torch.tensor([units.get(name, 1.0) for name in FINE])
    return each.repeat_interleave(FINE_CELLS_PER_MM**2).view(1, -1, 1, 1)


def _is_length() -> Tensor:
    """Mark the channels, (1, channels, 1, 1), that are lengths and no probabilities."""
    fine = torch.tensor([name in {"zero", "right", "below"} for name in FINE])
    words = torch.arange(CHANNELS - PACKED) >= len(WORDS)
    return torch.cat([fine.repeat_interleave(FINE_CELLS_PER_MM**2), words]).view(1, -1, 1, 1)
