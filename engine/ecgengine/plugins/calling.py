"""The one place that runs plugin code: timed, its result checked, its faults named."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ecgengine.errors import EcgEngineError, PluginError

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[ResultT]):
    """What plugin code gave and how long it took."""

    value: ResultT
    seconds: float


def call(
    provider: str,
    doing: str,
    function: Callable[..., Any],
    *args: Any,
    expects: type[ResultT] | None = None,
) -> Outcome[Any]:
    """Run plugin code: time it, check its result's type, wrap foreign exceptions.

    Errors that the engine defines pass as they are; anything else becomes a PluginError that
    names the provider and what it was doing. An iterator is guarded while it is iterated.
    """
    started = time.perf_counter()
    with _blame(provider, doing):
        value = function(*args)
    seconds = time.perf_counter() - started
    if expects is not None and not isinstance(value, expects):
        raise PluginError(
            f"{provider} failed while {doing}: it gave {type(value).__name__} where "
            f"{expects.__name__} is due; report this to its authors"
        )
    if isinstance(value, Iterator):
        value = _guarded(provider, doing, value)
    return Outcome(value, seconds)


@contextmanager
def _blame(provider: str, doing: str) -> Iterator[None]:
    """Turn foreign exceptions into a PluginError that names their provider."""
    try:
        yield
    except (EcgEngineError, MemoryError):
        raise
    except Exception as error:
        cause = f"{type(error).__name__}: {error}"
        raise PluginError(
            f"{provider} failed while {doing}: {cause}; choose another plugin or report this to "
            "its authors"
        ) from error


def _guarded(provider: str, doing: str, iterator: Iterator[ResultT]) -> Iterator[ResultT]:
    end = object()
    try:
        while True:
            with _blame(provider, doing):
                item = next(iterator, end)
            if item is end:
                return
            yield item  # type: ignore[misc]
    finally:
        if isinstance(iterator, Generator):
            iterator.close()
