"""Run a trained network from pixels as pictures hold them."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn


class FromPixels(nn.Module):
    """A network with trained weights as it is run: a subclass says what it gives from pixels."""

    def __init__(self, net: nn.Module, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        net.load_state_dict(dict(weights))
        self.net = net
        self.eval()


def rgb(pixels: Tensor) -> Tensor:
    """Turn (N, H, W, 3) uint8 pixels into (N, 3, H, W) RGB in 0..1."""
    return pixels.permute(0, 3, 1, 2).float() / 255
