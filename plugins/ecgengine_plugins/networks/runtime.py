"""Run a model with ONNX Runtime, or with OpenVINO or torch where they are installed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.model import Model
from ecgengine.errors import MissingDependencyError

Runtime = Literal["onnxruntime", "openvino", "openvino-bf16", "torch"]
"""`openvino-bf16` computes in bfloat16 where the processor can: faster, and less exact.

`torch` runs the safetensors weights, on a GPU where there is one.
"""

Network = Callable[..., NDArray[np.float32]]
"""Arrays in, in the order of the model's inputs; one array out."""


def open_network(model: Model, runtime: Runtime, threads: int) -> Network:
    """Load a model once, to be run many times.

    Args:
        model: checked against its card before it is loaded.
        runtime: what runs it.
        threads: processor threads; 0 leaves it to the runtime.

    Raises MissingDependencyError when the model is not whole or the runtime is not installed.
    """
    opener, package = _OPENERS[runtime]
    try:
        return opener(model, threads)
    except ImportError as error:
        raise MissingDependencyError(
            f"the runtime {runtime} needs {error.name}: pip install {package}"
        ) from error


def _onnxruntime(model: Model, threads: int) -> Network:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Without this a waiting thread burns its core while other stages work.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(
        model.read(), options, providers=["CPUExecutionProvider"]
    )
    names = [each.name for each in session.get_inputs()]

    def run(*arrays: NDArray[Any]) -> NDArray[np.float32]:
        result: NDArray[np.float32] = session.run(None, dict(zip(names, arrays, strict=True)))[0]
        return result

    return run


def _openvino(model: Model, threads: int, precision: str = "f32") -> Network:
    import openvino

    settings: dict[str, Any] = {"INFERENCE_PRECISION_HINT": precision}
    if threads:
        settings["INFERENCE_NUM_THREADS"] = threads
    core = openvino.Core()
    compiled = core.compile_model(core.read_model(model.read()), "CPU", settings)

    def run(*arrays: NDArray[Any]) -> NDArray[np.float32]:
        result: NDArray[np.float32] = compiled(list(arrays))[0]
        return result

    return run


def _torch(model: Model, threads: int) -> Network:
    from ecgengine_plugins.networks.torch_runtime import open_torch

    return open_torch(model, threads)


_OPENERS: dict[str, tuple[Callable[[Model, int], Network], str]] = {
    "onnxruntime": (_onnxruntime, "onnxruntime"),
    "openvino": (_openvino, "ecgengine[openvino]"),
    "openvino-bf16": (partial(_openvino, precision="bf16"), "ecgengine[openvino]"),
    "torch": (_torch, "ecgengine[train]"),
}
"""What opens a model, and what to install for it."""
