"""Import the training libraries beside any build of torch."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

from ecgengine.errors import MissingDependencyError

_KEPT: list[Any] = []
"""Operators that must live as long as the process."""


def segmentation_models() -> ModuleType:
    """Import segmentation_models_pytorch; raises MissingDependencyError."""
    return _imported("segmentation_models_pytorch")


def image_models() -> ModuleType:
    """Import timm; raises MissingDependencyError."""
    return _imported("timm")


def _imported(name: str) -> ModuleType:
    """Import a library that imports torchvision.

    The torchvision wheel on PyPI is linked to CUDA; beside a CPU build of torch its operators do
    not load, and importing it fails on their missing names. Declaring the two names first cures
    that: nothing here calls them.

    Raises MissingDependencyError when the libraries are not installed.
    """
    try:
        import torch

        try:
            import torchvision  # noqa: F401
        except RuntimeError:
            library: Any = torch.library
            fragment = library.Library("torchvision", "FRAGMENT")
            for operator in ("nms", "qnms"):
                fragment.define(
                    f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
                )
            _KEPT.append(fragment)
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingDependencyError(
            f"training needs {error.name}: pip install ecgengine[train]"
        ) from error
