"""Work on several cores at once, for code that lets go of Python's lock, as kernels do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import cv2

JobT = TypeVar("JobT")
ResultT = TypeVar("ResultT")


def in_threads(function: Callable[[JobT], ResultT], jobs: Iterable[JobT]) -> list[ResultT]:
    """What a function gives for each job, in order, on as many threads as OpenCV may use.

    Where pages are worked on side by side, OpenCV is told to keep to one thread each.
    """
    with ThreadPoolExecutor(max(1, cv2.getNumThreads())) as pool:
        return list(pool.map(function, jobs))
