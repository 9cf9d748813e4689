"""Exporting trained weights: ONNX for running, safetensors for further training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

import torch
from safetensors.torch import save
from torch import Tensor, nn

from ecgengine_plugins.training.sheet_net import MULTIPLE_PX, SheetNet

INPUT, OUTPUT = "sheet", "shares"
_OPSET = 18


class _FromPixels(nn.Module):
    """The network as it is run: (1, H, W, 3) uint8 pixels to (1, 3, H, W) shares in 0..1."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, pixels: Tensor) -> Tensor:
        shares: Tensor = torch.sigmoid(self.net(pixels.permute(0, 3, 1, 2).float() / 255))
        return shares


def export_sheet_net(weights: Mapping[str, Tensor], channels: Sequence[str]) -> dict[str, bytes]:
    """Give `model.onnx` and `weights.safetensors`; height and width of the input stay free."""
    net = SheetNet()
    net.load_state_dict(dict(weights))
    running = _FromPixels(net).eval()
    height, width = (torch.export.Dim(name, min=2, max=512) * MULTIPLE_PX for name in ("h", "w"))
    example = torch.zeros(1, 4 * MULTIPLE_PX, 6 * MULTIPLE_PX, 3, dtype=torch.uint8)
    program = torch.onnx.export(
        running,
        (example,),
        input_names=[INPUT],
        output_names=[OUTPUT],
        dynamic_shapes=({1: height, 2: width},),
        opset_version=_OPSET,
        dynamo=True,
    )
    assert program is not None
    onnx = program.model_proto.SerializeToString()
    metadata = {"channels": ",".join(channels), "onnx_sha256": sha256(onnx).hexdigest()}
    return {
        "model.onnx": onnx,
        "weights.safetensors": save(dict(weights), metadata=metadata),
    }
