"""The source network: an EfficientNet-B2 over a view of a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import torch
import torch.nn.functional as F  # noqa: N812  as everybody calls it
from torch import Tensor, nn

from ecgengine.data.source import Source
from ecgengine_plugins.networks.libraries import image_models

TEMPERATURE = "temperature"
_BLOCK_PX = 2
_CHANNELS = 6 * _BLOCK_PX**2 + 3
_MIDDLE, _SPREAD = 127.5, 64.0
_GRAIN_PX, _GRAIN_LEVELS = 3, 6.0
_PAPER_BLOCKS, _AROUND_BLOCKS, _SHADE_LEVELS = 3, 15, 10.0


def running(weights: Mapping[str, Tensor]) -> nn.Module:
    """Give the network as it is run, with trained weights and their temperature."""
    own = {name: value.float() for name, value in weights.items() if name != TEMPERATURE}
    net = new_network()
    net.load_state_dict(own)
    return _FromViews(net, float(weights[TEMPERATURE])).eval()


class _FromViews(nn.Module):
    """The network as it is run: (N, H, W, 3) uint8 views to (N, 9) calibrated probabilities."""

    def __init__(self, net: nn.Module, temperature: float) -> None:
        super().__init__()
        self.net, self.temperature = net, temperature

    def forward(self, views: Tensor) -> Tensor:
        return torch.softmax(self.net(seen(views)) / self.temperature, dim=1)


def new_network() -> nn.Module:
    """Give an EfficientNet-B2 with random weights for the channels of `seen`."""
    net: nn.Module = image_models().create_model(
        "efficientnet_b2", num_classes=len(Source), in_chans=_CHANNELS, pretrained=False
    )
    # Its own first weights are meant for a thousand classes and shout with nine.
    nn.init.zeros_(cast("nn.Linear", net.classifier).weight)
    return net


def seen(views: Tensor) -> Tensor:
    """Give (N, 27, H / 2, W / 2) from (N, H, W, 3) uint8: colors, grain, shades of the paper.

    Grain of a few levels tells a scan from a drawing, and creases and stains are as faint. Beside
    black ink both are next to nothing, so they are shown enlarged: what differs from the mean of
    the nearest pixels, and how the paper, which a maximum frees of lines, differs from the paper
    around. Each block of 2 x 2 pixels becomes channels (space-to-depth): nothing is lost, and the
    network, whose first layers cost most, is four times as fast. Paper is seen block by block.
    """
    # Pooling is several times slower where channels lie innermost.
    levels = views.permute(0, 3, 1, 2).contiguous().float()
    grain = levels - _mean(levels, _GRAIN_PX)
    light = F.max_pool2d(levels, _BLOCK_PX)
    paper = F.max_pool2d(light, _PAPER_BLOCKS, 1, _PAPER_BLOCKS // 2)
    shade = paper - _mean(paper, _AROUND_BLOCKS)
    fine = (levels - _MIDDLE) / _SPREAD, torch.tanh(grain / _GRAIN_LEVELS)
    blocks = F.pixel_unshuffle(torch.cat(fine, dim=1), _BLOCK_PX)
    return torch.cat((blocks, torch.tanh(shade / _SHADE_LEVELS)), dim=1)


def _mean(levels: Tensor, size: int) -> Tensor:
    """Give the mean of the square around each pixel, as far as it lies inside: columns, rows."""
    for square in ((size, 1), (1, size)):
        half = (square[0] // 2, square[1] // 2)
        levels = F.avg_pool2d(levels, square, 1, half, count_include_pad=False)
    return levels
