"""Nothing but data on standard output, whatever plugins and libraries print."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import wraps
from typing import Any, TextIO


def data_only(command: Callable[..., int]) -> Callable[..., int]:
    """Run a command with everything printed sent to standard error; `out` is for its data."""

    @wraps(command)
    def guarded(**arguments: Any) -> int:
        with _guard() as out:
            return command(out=out, **arguments)

    return guarded


@contextmanager
def _guard() -> Iterator[TextIO]:
    """Turn descriptor 1 to standard error for a while; give a stream on what it was."""
    sys.stdout.flush()
    original = os.dup(1)
    os.dup2(2, 1)
    try:
        with os.fdopen(os.dup(original), "w", encoding="utf-8") as out, redirect_stdout(sys.stderr):
            yield out
    finally:
        os.dup2(original, 1)
        os.close(original)
