"""Run each step once, however many combinations of stages pass through it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecgengine.plugins.calling import Outcome
from ecgengine.running.pipeline import Step

Way = tuple[Step, ...]

_CLEAR_REFS = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")
_RESET_PEAK = "5"


@dataclass(frozen=True, slots=True)
class _Done:
    result: Outcome[Any] | Exception
    seconds: float
    peak_mb: float


class SharedSteps:
    """Keeps what each step of one page gave; combinations that come the same way share it.

    A step that raised raises again for each combination that passes through it.

    Args:
        known: results that need no step, by stage kind: each is made of what the step before gave.
    """

    def __init__(self, known: Mapping[str, Callable[[Any], Any]] | None = None) -> None:
        self._known = known or {}
        self._done: dict[Way, _Done] = {}
        self._last: Way = ()

    def __call__(self, way: Way, run: Callable[[], Outcome[Any]]) -> Outcome[Any]:
        """Give the outcome of the last step of `way`, running it when it is new."""
        self._last = way
        if way not in self._done:
            kind = way[-1][0]
            if kind in self._known:
                self._done[way] = _Done(self._given(way, kind), 0.0, 0.0)
            else:
                self._done[way] = _measured(run)
        result = self._done[way].result
        if isinstance(result, Exception):
            raise result
        return result

    def start(self) -> None:
        """Forget the last way, before the next combination sets out."""
        self._last = ()

    @property
    def seconds(self) -> float:
        """Seconds of all steps on the last way, those included that ran for another."""
        return sum(done.seconds for done in self._on_last_way())

    @property
    def peak_mb(self) -> float:
        """Peak resident memory in megabytes during the steps on the last way."""
        return max((done.peak_mb for done in self._on_last_way()), default=float("nan"))

    def _given(self, way: Way, kind: str) -> Outcome[Any]:
        before = self._done[way[:-1]].result
        assert isinstance(before, Outcome)  # or the way would have ended there
        return Outcome(self._known[kind](before.value), 0.0)

    def _on_last_way(self) -> list[_Done]:
        return [self._done[self._last[: length + 1]] for length in range(len(self._last))]


def _measured(run: Callable[[], Outcome[Any]]) -> _Done:
    _reset_peak()
    started = time.perf_counter()
    result: Outcome[Any] | Exception
    try:
        result = run()
    except Exception as error:
        result = error
    return _Done(result, time.perf_counter() - started, _peak_mb())


def _reset_peak() -> None:
    """Let the system count the peak from now on; only Linux can."""
    with suppress(OSError):
        _CLEAR_REFS.write_text(_RESET_PEAK)


def _peak_mb() -> float:
    """Give the process's peak resident memory; NaN where the system does not tell."""
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        return float("nan")
    kilobytes = [int(line.split()[1]) for line in lines if line.startswith("VmHWM:")]
    return kilobytes[0] / 1024 if kilobytes else float("nan")
