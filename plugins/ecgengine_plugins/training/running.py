"""Running a model's safetensors weights with torch, on a GPU where there is one."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load

from ecgengine.errors import MissingDependencyError
from ecgengine.model import Model


def open_torch(model: Model, threads: int) -> Callable[..., NDArray[np.float32]]:
    """Build the network that the model's card names the trainer of, with its weights.

    Raises MissingDependencyError when the weights are not whole or their trainer is unknown.
    """
    trainer = model.training.get("trainer")
    try:
        lesson = import_module(f"ecgengine_plugins.training.{trainer}")
    except ModuleNotFoundError as error:
        raise MissingDependencyError(
            f"the model {model.name} names no trainer that torch could run it with ({trainer}): "
            "run it with --runtime onnxruntime"
        ) from error
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = lesson.running(load(model.read_source())).to(device)
    if threads:
        torch.set_num_threads(threads)

    @torch.inference_mode()
    def run(*arrays: NDArray[Any]) -> NDArray[np.float32]:
        result = network(*(torch.from_numpy(np.ascontiguousarray(a)).to(device) for a in arrays))
        found: NDArray[np.float32] = result.float().cpu().numpy()
        return found

    return run
