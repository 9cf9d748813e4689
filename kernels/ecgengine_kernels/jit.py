"""The one decorator of all kernels: compiled on first use, cached on disk, free of the GIL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])


def kernel(function: FunctionT) -> FunctionT:
    """Compile `function` with Numba: lazy, cached, serial, without fastmath (NaN must stay NaN)."""
    return cast(FunctionT, numba.njit(cache=True, nogil=True)(function))
