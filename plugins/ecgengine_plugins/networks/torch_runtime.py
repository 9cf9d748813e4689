"""Run a model's safetensors weights with torch, on a GPU where there is one."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load

from ecgengine.data.model import Model
from ecgengine.errors import MissingDependencyError


def open_torch(model: Model, threads: int) -> Callable[..., NDArray[np.float32]]:
    """Build the network whose architecture lies beside the model's card, with its weights.

    Raises MissingDependencyError when the weights are not whole or there is no architecture.
    """
    folder = model.path.parent.name
    try:
        architecture = import_module(f"ecgengine_plugins.networks.{folder}.architecture")
    except ModuleNotFoundError as error:
        raise MissingDependencyError(
            f"the model {model.name} has no architecture that torch could run: "
            "run it with --runtime onnxruntime"
        ) from error
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = architecture.running(load(model.read_source())).to(device)
    if threads:
        torch.set_num_threads(threads)

    @torch.inference_mode()
    def run(*arrays: NDArray[Any]) -> NDArray[np.float32]:
        result = network(*(torch.from_numpy(np.ascontiguousarray(a)).to(device) for a in arrays))
        found: NDArray[np.float32] = result.float().cpu().numpy()
        return found

    return run
