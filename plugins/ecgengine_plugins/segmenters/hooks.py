"""Registers the built-in segmenters."""

from __future__ import annotations

from collections.abc import Iterable

from ecgengine.hookspecs import StagePlugin, hookimpl
from ecgengine.options import NoOptions
from ecgengine.stages import Segmenter


def _ink(options: NoOptions) -> Segmenter:
    from ecgengine_plugins.segmenters.ink import InkSegmenter

    return InkSegmenter()


@hookimpl
def ecgengine_segmenters() -> Iterable[StagePlugin[Segmenter]]:
    """Yield `ink`."""
    yield StagePlugin(
        name="ink",
        factory=_ink,
        summary="pen coverage by unmixing ink, paper and grid colors",
    )
