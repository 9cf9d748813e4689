"""Space-to-depth U-Nets, which see at full resolution and work at half of it.

Each 2 x 2 block of pixels becomes channels before the first convolution (space-to-depth) and pixels
again after the last, so that no detail is thrown away and no convolution runs at full resolution,
where U-Nets spend most of their time.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from ecgengine_plugins.networks.libraries import segmentation_models

BLOCK_PX = 2
"""Side of the blocks of pixels that become channels."""

ENCODER_WIDTHS = (24, 40, 56, 80)

_ENCODER_NAME = "ecgengine-space-to-depth"


def space_to_depth_unet(
    decoder_widths: tuple[int, ...], classes: int, encoder_widths: tuple[int, ...] = ENCODER_WIDTHS
) -> Any:
    """Build smp's U-Net for (N, 12, H / 2, W / 2) RGB blocks to as large (N, classes, ...)."""
    smp = segmentation_models()
    return smp.Unet(
        encoder_name=_registered(smp, encoder_widths),
        encoder_weights=None,
        encoder_depth=len(encoder_widths),
        decoder_channels=decoder_widths,
        in_channels=3 * BLOCK_PX * BLOCK_PX,
        classes=classes,
    )


def convolution(
    wide_in: int, wide_out: int, stride: int = 1, dilation: tuple[int, int] = (1, 1)
) -> tuple[nn.Module, ...]:
    """Give the layers of a 3 x 3 convolution, normalized and cut at zero."""
    return (
        nn.Conv2d(wide_in, wide_out, 3, stride, dilation, dilation, bias=False),
        nn.BatchNorm2d(wide_out),
        nn.ReLU(inplace=True),
    )


def block(wide_in: int, wide_out: int, stride: int) -> nn.Sequential:
    """Build two convolutions, of which the first may stride."""
    return nn.Sequential(*convolution(wide_in, wide_out, stride), *convolution(wide_out, wide_out))


def _registered(smp: Any, widths: tuple[int, ...]) -> str:
    """Make the encoder known to smp: plain convolutions, the first level at the input's scale.

    Gives the name that smp knows it by.
    """
    from segmentation_models_pytorch.encoders._base import EncoderMixin

    encoders = smp.encoders.encoders
    name = "-".join([_ENCODER_NAME, *map(str, widths)])
    if name in encoders:
        return name

    class BlocksEncoder(nn.Module, EncoderMixin):  # type: ignore[misc]
        def __init__(self, depth: int, output_stride: int = 16) -> None:
            super().__init__()
            self._depth = depth
            self._in_channels = 3 * BLOCK_PX * BLOCK_PX
            self._out_channels = [self._in_channels, *widths[:depth]]
            self.levels = nn.ModuleList(
                block(self._out_channels[level], self._out_channels[level + 1], 2 if level else 1)
                for level in range(depth)
            )

        def set_in_channels(self, in_channels: int, pretrained: bool = True) -> None:
            """Nothing to patch: it is built for blocks of pixels."""

        def forward(self, x: Tensor) -> list[Tensor]:
            features = [x]
            for level in self.levels:
                features.append(level(features[-1]))
            return features

    encoders[name] = {
        "encoder": BlocksEncoder,
        "params": {"depth": len(widths)},
        "pretrained_settings": {},
    }
    return name
