"""Registers the built-in matchers."""

from __future__ import annotations

from collections.abc import Iterable

from ecgengine.hookspecs import StagePlugin, hookimpl
from ecgengine.options import NoOptions
from ecgengine.stages import Matcher


def _rows(options: NoOptions) -> Matcher:
    from ecgengine_plugins.matchers.rows import RowsMatcher

    return RowsMatcher()


@hookimpl
def ecgengine_matchers() -> Iterable[StagePlugin[Matcher]]:
    """Yield `rows`."""
    yield StagePlugin(
        name="rows",
        factory=_rows,
        summary="fits layouts to the rows of ink, separators, pulses and lead names found",
    )
