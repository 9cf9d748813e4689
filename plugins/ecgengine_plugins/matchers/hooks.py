"""Register the built-in matchers."""

from __future__ import annotations

from collections.abc import Iterable

from ecgengine.plugins.hooks import StagePlugin, hookimpl
from ecgengine.plugins.stages import Matcher
from ecgengine_plugins.networks.options import NetworkRunning


def _arrangement(options: NetworkRunning) -> Matcher:
    from ecgengine_plugins.matchers.arrangement.matcher import ArrangementMatcher
    from ecgengine_plugins.networks.page.reader import PageReader

    return ArrangementMatcher(PageReader(options))


@hookimpl
def ecgengine_matchers() -> Iterable[StagePlugin[Matcher]]:
    """Yield `arrangement`."""
    yield StagePlugin(
        name="arrangement",
        factory=_arrangement,
        summary="decides by one posterior over rows, names, order in time, speed and gain",
        options=NetworkRunning,
    )
