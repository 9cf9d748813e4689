"""Running a model's ONNX file: ONNX Runtime, or OpenVINO where it is installed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ecgengine.errors import MissingDependencyError
from ecgengine.model import Model

Runtime = Literal["onnxruntime", "openvino", "openvino-bf16"]
"""`openvino-bf16` computes in bfloat16 where the processor can: faster, and off by up to 0.02."""

Network = Callable[[NDArray[Any]], NDArray[np.float32]]
"""One array in, one array out."""


def open_network(model: Model, runtime: Runtime, threads: int) -> Network:
    """Load a model once, to be run many times.

    Args:
        model: checked against its card before it is loaded.
        runtime: what runs it.
        threads: processor threads; 0 leaves it to the runtime.

    Raises MissingDependencyError when the model is not whole or the runtime is not installed.
    """
    data = model.read()
    try:
        return _OPENERS[runtime](data, threads)
    except ImportError as error:
        package = "onnxruntime" if runtime == "onnxruntime" else "openvino"
        raise MissingDependencyError(
            f"the runtime {runtime} needs {package}: pip install {package}"
        ) from error


def _onnxruntime(data: bytes, threads: int) -> Network:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Without this a waiting thread burns its core while other stages work.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def run(array: NDArray[Any]) -> NDArray[np.float32]:
        result: NDArray[np.float32] = session.run(None, {name: array})[0]
        return result

    return run


def _openvino(data: bytes, threads: int, precision: str = "f32") -> Network:
    import openvino

    settings: dict[str, Any] = {"INFERENCE_PRECISION_HINT": precision}
    if threads:
        settings["INFERENCE_NUM_THREADS"] = threads
    core = openvino.Core()
    compiled = core.compile_model(core.read_model(data), "CPU", settings)

    def run(array: NDArray[Any]) -> NDArray[np.float32]:
        result: NDArray[np.float32] = compiled(array)[0]
        return result

    return run


_OPENERS: dict[str, Callable[[bytes, int], Network]] = {
    "onnxruntime": _onnxruntime,
    "openvino": _openvino,
    "openvino-bf16": lambda data, threads: _openvino(data, threads, "bf16"),
}
