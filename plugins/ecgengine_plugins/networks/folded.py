"""U-Nets that see at full resolution and work at half of it.

Each 2 x 2 block of pixels is folded into channels before the first convolution and unfolded after
the last, so that no detail is thrown away and no convolution runs at full resolution, where U-Nets
spend most of their time.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from ecgengine_plugins.networks.libraries import segmentation_models

FOLD = 2
ENCODER_WIDTHS = (24, 40, 56, 80)

_ENCODER_NAME = "ecgengine-folded"


def folded_unet(decoder_widths: tuple[int, ...], classes: int) -> Any:
    """Build smp's U-Net for (N, 12, H / 2, W / 2) folded RGB to as large (N, classes, ...)."""
    smp = segmentation_models()
    _register(smp)
    return smp.Unet(
        encoder_name=_ENCODER_NAME,
        encoder_weights=None,
        encoder_depth=len(ENCODER_WIDTHS),
        decoder_channels=decoder_widths,
        in_channels=3 * FOLD * FOLD,
        classes=classes,
    )


def block(wide_in: int, wide_out: int, stride: int) -> nn.Sequential:
    """Two 3 x 3 convolutions, each normalized and cut at zero; the first one may stride."""
    layers: list[nn.Module] = []
    for channels, step in ((wide_in, stride), (wide_out, 1)):
        layers += [
            nn.Conv2d(channels, wide_out, 3, step, 1, bias=False),
            nn.BatchNorm2d(wide_out),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers)


def _register(smp: Any) -> None:
    """Make the encoder known to smp: plain convolutions, the first level at the input's scale."""
    from segmentation_models_pytorch.encoders._base import EncoderMixin

    encoders = smp.encoders.encoders
    if _ENCODER_NAME in encoders:
        return

    class FoldedEncoder(nn.Module, EncoderMixin):  # type: ignore[misc]
        def __init__(self, depth: int, output_stride: int = 16) -> None:
            super().__init__()
            self._depth = depth
            self._in_channels = 3 * FOLD * FOLD
            self._out_channels = [self._in_channels, *ENCODER_WIDTHS[:depth]]
            self.levels = nn.ModuleList(
                block(self._out_channels[level], self._out_channels[level + 1], 2 if level else 1)
                for level in range(depth)
            )

        def set_in_channels(self, in_channels: int, pretrained: bool = True) -> None:
            """Nothing to patch: it is built for folded sheets."""

        def forward(self, x: Tensor) -> list[Tensor]:
            features = [x]
            for level in self.levels:
                features.append(level(features[-1]))
            return features

    encoders[_ENCODER_NAME] = {
        "encoder": FoldedEncoder,
        "params": {"depth": len(ENCODER_WIDTHS)},
        "pretrained_settings": {},
    }
