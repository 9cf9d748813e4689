"""Work for other processes, which can import this module only when it is on the path."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path


class Shouting:
    """Fails on page2; page3 kills whatever process but the first."""

    def __call__(self, name: str) -> str:
        if name == "page2":
            raise ValueError("torn")
        if name == "page3" and multiprocessing.parent_process() is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        return name.upper()


class Slow:
    """Leaves a file for each page and process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, name: str) -> str:
        (self._folder / f"{name}-{os.getpid()}").touch()
        time.sleep(0.2)
        return name


def broken() -> Callable[[str], str]:
    raise RuntimeError("no dataset")
