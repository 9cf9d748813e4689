"""Register the built-in assemblers."""

from __future__ import annotations

from collections.abc import Iterable

from ecgengine.plugins.hooks import StagePlugin, hookimpl
from ecgengine.plugins.stages import Assembler
from ecgengine_plugins.assemblers.options import StandardOptions


def _standard(options: StandardOptions) -> Assembler:
    from ecgengine_plugins.assemblers.standard import StandardAssembler

    return StandardAssembler(options)


@hookimpl
def ecgengine_assemblers() -> Iterable[StagePlugin[Assembler]]:
    """Yield `standard`."""
    yield StagePlugin(
        name="standard",
        factory=_standard,
        summary="millivolts at evenly spaced times, lead II from both its strips, a status a lead",
        options=StandardOptions,
    )
