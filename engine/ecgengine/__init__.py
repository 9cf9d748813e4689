"""ecgengine: pictures of paper ECGs back into calibrated 12-lead time series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ecgengine.api import Batch, digitize, digitize_files, digitize_pages, render

__all__ = ["Batch", "digitize", "digitize_files", "digitize_pages", "render"]


def __getattr__(name: str) -> Any:
    """Import the Python calls at their first use: the command line starts without them."""
    if name not in __all__:
        raise AttributeError(f"module 'ecgengine' has no attribute '{name}'")
    from ecgengine import api

    return getattr(api, name)
