"""Registers the built-in rectifiers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ecgengine.plugins.hooks import StagePlugin, hookimpl
from ecgengine.plugins.kinds import RECTIFIER
from ecgengine.plugins.stages import Rectifier
from ecgengine_plugins.rectifiers.options import GridOptions, MeshOptions

if TYPE_CHECKING:
    from ecgengine_plugins.rectifiers.grid.rectifier import GridRectifier


def _grid(options: GridOptions) -> Rectifier:
    from ecgengine_plugins.rectifiers.grid.rectifier import GridRectifier

    return GridRectifier(options)


def _mesh(options: MeshOptions, grid: GridRectifier) -> Rectifier:
    from ecgengine_plugins.rectifiers.mesh.rectifier import MeshRectifier

    return MeshRectifier(options, grid)


@hookimpl
def ecgengine_rectifiers() -> Iterable[StagePlugin[Rectifier]]:
    """Yield `grid` and `mesh`."""
    yield StagePlugin(
        name="grid",
        factory=_grid,
        summary="scans and renders: fits the printed grid over the whole page",
        options=GridOptions,
    )
    yield StagePlugin(
        name="mesh",
        factory=_mesh,
        summary="any page: links the grid's crossings one by one; leaves flat pages to `grid`",
        options=MeshOptions,
        priority=10,
        needs=((RECTIFIER, "grid"),),
    )
