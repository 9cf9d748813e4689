"""The sheet network: what covers each pixel of a sheet."""

from __future__ import annotations

from torch import Tensor, nn

from ecgengine_plugins.training.folded import FOLD, folded_unet

CHANNELS = ("trace", "rules", "text")
"""What the network tells apart, in the order of its output."""

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
