"""Tells ecgengine what this distribution offers; imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from ecgengine import Extractor, Options, StagePlugin, hookimpl


class MiddleOptions(Options):
    """Options of the extractor `middle`."""

    reach_mm: float = Field(
        16.0, gt=0, le=100, description="how far from its zero line a trace is looked for"
    )
    least_ink: float = Field(0.3, gt=0, le=1, description="share of ink that counts as pen")


def _middle(options: MiddleOptions) -> Extractor:
    from ecgengine_example_plugin.middle import MiddleExtractor

    return MiddleExtractor(options)


@hookimpl
def ecgengine_extractors() -> Iterable[StagePlugin[Extractor]]:
    """Yield `middle`."""
    yield StagePlugin(
        name="middle",
        factory=_middle,
        summary="halfway between the highest and the lowest ink of each column",
        options=MiddleOptions,
        priority=-10,  # never chosen by itself, only by name
    )
