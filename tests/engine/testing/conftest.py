"""Plants faults: a stage of one function, offered as a plugin, and what the checks find in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ecgengine.plugins.hooks import StagePlugin
from ecgengine.testing import check_plugin, faults


class Gives:
    """A stage whose every method is one function."""

    def __init__(self, function: Callable[..., Any] | None) -> None:
        self.preprocess = self.rectify = self.extract = self.render = self.classify = function


def _offer(
    function: Callable[..., Any] | None = None,
    factory: Callable[[Any], Any] | None = None,
    module: str = "ecgengine.plugins.hooks",
    **fields: Any,
) -> StagePlugin[Any]:
    def give(options: object) -> Any:
        return Gives(function)

    build = factory or give
    build.__module__ = module
    return StagePlugin(**{"name": "planted", "factory": build, "summary": "a test", **fields})


@pytest.fixture(scope="session")
def offer() -> Callable[..., StagePlugin[Any]]:
    """`offer(function)`: a plugin whose stage does one thing, whatever it is asked."""
    return _offer


@pytest.fixture(scope="session")
def found() -> Callable[[str, StagePlugin[Any]], dict[str, str]]:
    """`found(kind, plugin)`: what its failed checks say, by their names."""

    def told(kind: str, plugin: StagePlugin[Any]) -> dict[str, str]:
        return {result.check: result.message for result in faults(check_plugin(kind, plugin))}

    return told
