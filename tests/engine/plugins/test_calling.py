"""Running plugin code: every fault names its provider, and ours pass as they are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ecgengine.errors import NoEcgFoundError, PluginError
from ecgengine.plugins.calling import call


def test_call_times_and_checks_what_plugins_give() -> None:
    outcome = call("foo 1", "adding", lambda a, b: a + b, 1, 2, expects=int)
    assert outcome.value == 3
    assert 0 <= outcome.seconds < 1
    with pytest.raises(PluginError, match="foo 1 failed while adding: it gave int where str"):
        call("foo 1", "adding", lambda: 1, expects=str)


def test_call_wraps_foreign_exceptions_and_passes_our_own() -> None:
    def fail() -> None:
        raise KeyError("x")

    def find_nothing() -> None:
        raise NoEcgFoundError("blank")

    with pytest.raises(PluginError, match="foo 1 failed while looking: KeyError: 'x'") as caught:
        call("foo 1", "looking", fail)
    assert isinstance(caught.value.__cause__, KeyError)
    with pytest.raises(NoEcgFoundError, match="blank"):
        call("foo 1", "looking", find_nothing)


def test_an_iterator_is_guarded_while_it_is_iterated() -> None:
    closed = []

    def pages(good: int) -> Iterator[int]:
        try:
            yield from range(good)
            raise KeyError("third page")
        finally:
            closed.append(True)

    outcome = call("foo 1", "reading", pages, 2)
    with pytest.raises(PluginError, match="foo 1 failed while reading: KeyError: 'third page'"):
        list(outcome.value)
    left = call("foo 1", "reading", pages, 2).value
    assert next(left) == 0
    left.close()
    assert len(closed) == 2


def test_a_lack_of_memory_is_no_fault_of_a_plugin() -> None:
    def eat() -> None:
        raise MemoryError

    with pytest.raises(MemoryError):
        call("foo 1", "eating", eat)
