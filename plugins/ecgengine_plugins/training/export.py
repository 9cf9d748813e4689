"""Export trained weights: ONNX for running, safetensors for further training."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor, nn

_OPSET = 18


def export_onnx(
    running: nn.Module,
    examples: Mapping[str, Tensor],
    output: str,
    dynamic_shapes: tuple[Any, ...],
    weights: Mapping[str, Tensor],
    metadata: Mapping[str, str],
) -> dict[str, bytes]:
    """Give `model.onnx` and `weights.safetensors` of a network.

    Args:
        running: the network in the state it is run in, from raw arrays to what its stage needs.
        examples: an example of each input, by name.
        output: name of the output.
        dynamic_shapes: for each input, its sides that stay free.
        weights: the trained weights, under the names that training uses.
        metadata: what the weights' file says about itself.
    """
    program = torch.onnx.export(
        running,
        tuple(examples.values()),
        input_names=list(examples),
        output_names=[output],
        dynamic_shapes=dynamic_shapes,
        opset_version=_OPSET,
        dynamo=True,
    )
    assert program is not None
    onnx = program.model_proto.SerializeToString()
    facts = {**metadata, "onnx_sha256": sha256(onnx).hexdigest()}
    return {"model.onnx": onnx, "weights.safetensors": save(dict(weights), metadata=facts)}


def free_sides(multiple_px: int) -> dict[int, Any]:
    """Give the sides of (N, H, W, ...) pixels that stay free, in multiples of so many pixels."""
    return {
        side: torch.export.Dim(name, min=2, max=512) * multiple_px
        for side, name in ((1, "h"), (2, "w"))
    }
