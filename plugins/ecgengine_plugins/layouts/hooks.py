"""Register the built-in layouts."""

from __future__ import annotations

from collections.abc import Iterable

from ecgengine.data.layout import Layout
from ecgengine.plugins.hooks import StagePlugin, hookimpl
from ecgengine.plugins.options import NoOptions
from ecgengine_plugins.paper.layouts import LAYOUTS


def _plugin(layout: Layout) -> StagePlugin[Layout]:
    def give(options: NoOptions) -> Layout:
        return layout

    return StagePlugin(name=layout.name, factory=give, summary=layout.summary)


@hookimpl
def ecgengine_layouts() -> Iterable[StagePlugin[Layout]]:
    """Yield the arrangements of `paper.layouts`."""
    for layout in LAYOUTS:
        yield _plugin(layout)
