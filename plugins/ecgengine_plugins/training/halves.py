"""Store weights in half precision, to be computed with in single precision: half the size."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import load, save
from torch import Tensor

_SMALL = 64
"""What holds fewer numbers stays as it is."""


def halved(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Round weights to what half precision can hold; they stay in their own type."""
    return {
        name: value.half().to(value.dtype) if value.is_floating_point() else value
        for name, value in weights.items()
    }


def stored_in_half(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Give `model.onnx` and `weights.safetensors` with their weights in half precision.

    The network still computes in single precision: each weight passes a Cast, which runtimes do
    once, when they load it.
    """
    model = onnx.load_from_string(files["model.onnx"])
    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if tensor.data_type != TensorProto.FLOAT or values.size < _SMALL:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype("float16"), f"{name}_half"))
        casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    data = model.SerializeToString()
    weights = load(files["weights.safetensors"])
    small = {n: v.half() if v.is_floating_point() else v for n, v in weights.items()}
    facts = {"onnx_sha256": sha256(data).hexdigest()}
    return {"model.onnx": data, "weights.safetensors": save(small, metadata=facts)}
