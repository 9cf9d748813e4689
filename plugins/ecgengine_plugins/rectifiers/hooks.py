"""Registers the built-in rectifiers."""

from __future__ import annotations

from collections.abc import Iterable

from ecgengine.hookspecs import StagePlugin, hookimpl
from ecgengine.stages import Rectifier
from ecgengine_plugins.rectifiers.options import GridOptions


def _grid(options: GridOptions) -> Rectifier:
    from ecgengine_plugins.rectifiers.grid import GridRectifier

    return GridRectifier(options)


@hookimpl
def ecgengine_rectifiers() -> Iterable[StagePlugin[Rectifier]]:
    """Yield `grid`."""
    yield StagePlugin(
        name="grid",
        factory=_grid,
        summary="scans and renders: fits the printed grid over the whole page",
        options=GridOptions,
    )
