"""The page network's tower for words: which word stands in each cell of 1 mm, and its size."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  as everybody calls it
from torch import Tensor, nn

from ecgengine_plugins.networks.page.window import SIZES, WORDS
from ecgengine_plugins.networks.space_to_depth import BLOCK_PX, block, convolution

_WIDE, _WIDER, _WIDEST = 48, 72, 96
_FIRST = 24
RARE_LOGIT = -4.6
"""What logits of rare things begin at: a probability of 0.01."""


class WordTower(nn.Module):
    """(N, 3, H, W) RGB in 0..1 to (N, words + 2, H / 4, W / 4): logits of words, width, height.

    H and W are multiples of 16. Letters ask for width and for little context, traces for the
    opposite: so words have layers of their own. All logits begin at a probability of 0.01.
    """

    def __init__(self) -> None:
        super().__init__()
        self.fine = nn.Sequential(
            nn.PixelUnshuffle(BLOCK_PX),
            *convolution(3 * BLOCK_PX * BLOCK_PX, _FIRST),
            block(_FIRST, _WIDE, 2),
        )
        self.middle = block(_WIDE, _WIDER, 2)
        self.coarse = block(_WIDER, _WIDEST, 2)
        self.to_middle = nn.Conv2d(_WIDEST, _WIDER, 1)
        self.to_fine = nn.Conv2d(_WIDER, _WIDE, 1)
        self.join_middle = nn.Sequential(*convolution(_WIDER, _WIDER))
        self.join_fine = nn.Sequential(*convolution(_WIDE, _WIDE))
        self.head = nn.Conv2d(_WIDE, len(WORDS) + len(SIZES), 1)
        with torch.no_grad():
            assert self.head.bias is not None
            self.head.bias[: len(WORDS)] = RARE_LOGIT

    def forward(self, sheets: Tensor) -> Tensor:
        """Map sheets to logits and sizes."""
        fine = self.fine(sheets)
        middle = self.middle(fine)
        coarse = F.interpolate(self.coarse(middle), scale_factor=2.0, mode="nearest")
        middle = self.join_middle(middle + self.to_middle(coarse))
        up = F.interpolate(middle, scale_factor=2.0, mode="nearest")
        answer: Tensor = self.head(self.join_fine(fine + self.to_fine(up)))
        return answer
