"""Working on many pages in several processes that a bad page cannot take down with it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ecgengine.errors import EcgEngineError

ResultT = TypeVar("ResultT")

WorkerFactory = Callable[[], Callable[[str], ResultT]]
"""Builds what works on a page; called once in each process. It and its product's results are
pickled."""


@dataclass(frozen=True, slots=True)
class Finished(Generic[ResultT]):
    """A page that was worked on: its result, or what went wrong."""

    name: str
    result: ResultT | None
    error: str = ""


def work_on(
    names: Sequence[str], factory: WorkerFactory[ResultT], jobs: int
) -> Iterator[Finished[ResultT]]:
    """Work on every page; yield each as it is finished.

    With one job everything happens in this process. Otherwise each process is told of one page at
    a time: when a process dies, the pages that were in work are tried again, each alone, and the
    one that kills its process again is given back with that as its error.
    """
    if jobs == 1:
        _prepare(factory, in_child=False)
        for name in names:
            yield _finished(name)
        return
    waiting = list(names)
    while waiting:
        suspects: list[str] = []
        yield from _in_pool(waiting, factory, jobs, suspects)
        for name in suspects:
            died: list[str] = []
            yield from _in_pool([name], factory, 1, died)
            if died:
                yield Finished(name, None, "its process died; perhaps memory ran out")


def _in_pool(
    waiting: list[str], factory: WorkerFactory[ResultT], jobs: int, suspects: list[str]
) -> Iterator[Finished[ResultT]]:
    """Take pages from `waiting`; when a process dies, leave those in work in `suspects`."""
    pool = ProcessPoolExecutor(
        jobs,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_prepare,
        initargs=(factory,),
    )
    in_work: dict[Future[Finished[Any]], str] = {}
    try:
        while waiting or in_work:
            while waiting and len(in_work) < jobs:
                # A pool whose process died meanwhile takes no page: it has to stay in `waiting`.
                future = pool.submit(_finished, waiting[0])
                in_work[future] = waiting.pop(0)
            for future in wait(in_work, return_when=FIRST_COMPLETED).done:
                yield future.result()
                del in_work[future]
    except BrokenProcessPool:
        suspects += in_work.values()
    finally:
        _stop(pool)


def _stop(pool: ProcessPoolExecutor) -> None:
    """End the processes at once; nobody waits for pages that nobody wants."""
    processes = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
    for process in processes:
        process.join()


_WORK: list[Callable[[str], Any]] = []
"""What works on pages in this process."""


def _prepare(factory: WorkerFactory[Any], in_child: bool = True) -> None:
    import cv2

    # Pages are worked on side by side; seconds are those of one core.
    cv2.setNumThreads(1)
    if in_child:
        # The parent alone answers Ctrl-C, and no child outlives it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        follow_parent()
    _WORK[:] = [factory()]


def follow_parent() -> None:
    """Let this process end as soon as the one that started it has, however that ended."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _finished(name: str) -> Finished[Any]:
    try:
        return Finished(name, _WORK[0](name))
    except EcgEngineError as error:
        return Finished(name, None, str(error))
    except Exception as error:
        return Finished(name, None, f"{type(error).__name__}: {error}")
