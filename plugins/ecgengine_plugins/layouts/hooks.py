"""Registers the built-in layouts."""

from __future__ import annotations

from collections.abc import Iterable

from ecgengine.hookspecs import StagePlugin, hookimpl
from ecgengine.layout import Layout
from ecgengine.options import NoOptions
from ecgengine_plugins.layouts.standard import LAYOUTS


def _plugin(layout: Layout) -> StagePlugin[Layout]:
    def give(options: NoOptions) -> Layout:
        return layout

    return StagePlugin(name=layout.name, factory=give, summary=layout.summary)


@hookimpl
def ecgengine_layouts() -> Iterable[StagePlugin[Layout]]:
    """Yield the arrangements of `layouts.standard`."""
    for layout in LAYOUTS:
        yield _plugin(layout)
