"""Register the built-in matchers."""

from __future__ import annotations

from collections.abc import Iterable

from ecgengine.plugins.hooks import StagePlugin, hookimpl
from ecgengine.plugins.stages import Matcher
from ecgengine_plugins.matchers.options import RowsOptions


def _rows(options: RowsOptions) -> Matcher:
    from ecgengine_plugins.matchers.rows import RowsMatcher
    from ecgengine_plugins.networks.names.finder import WordFinder

    return RowsMatcher(WordFinder(options) if options.read else None)


@hookimpl
def ecgengine_matchers() -> Iterable[StagePlugin[Matcher]]:
    """Yield `rows`."""
    yield StagePlugin(
        name="rows",
        factory=_rows,
        summary="fits layouts to the rows of ink, separators, pulses and lead names found",
        options=RowsOptions,
    )
