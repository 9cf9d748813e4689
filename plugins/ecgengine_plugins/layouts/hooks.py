"""Register the built-in layouts."""

from __future__ import annotations

from collections.abc import Iterable

from ecgengine.data.layout import Layout
from ecgengine.plugins.hooks import StagePlugin, hookimpl, layout_plugin
from ecgengine_plugins.paper.layouts import LAYOUTS


@hookimpl
def ecgengine_layouts() -> Iterable[StagePlugin[Layout]]:
    """Yield the arrangements of `paper.layouts`."""
    yield from map(layout_plugin, LAYOUTS)
