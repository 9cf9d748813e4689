"""Register the built-in preprocessors."""

from __future__ import annotations

from collections.abc import Iterable

from ecgengine.data.source import Source
from ecgengine.plugins.hooks import StagePlugin, hookimpl
from ecgengine.plugins.options import NoOptions
from ecgengine.plugins.stages import Preprocessor


def _even(options: NoOptions) -> Preprocessor:
    from ecgengine_plugins.preprocessors.even import EvenPreprocessor

    return EvenPreprocessor()


def _bw(options: NoOptions) -> Preprocessor:
    from ecgengine_plugins.preprocessors.bw import BwPreprocessor

    return BwPreprocessor()


@hookimpl
def ecgengine_preprocessors() -> Iterable[StagePlugin[Preprocessor]]:
    """Yield `even` for any page and `bw` for grey and black-and-white scans."""
    yield StagePlugin(
        name="even",
        factory=_even,
        summary="evens out light and shadow; leaves evenly lit pages as they are",
    )
    yield StagePlugin(
        name="bw",
        factory=_bw,
        summary="for grey scans: drops color noise, then evens out light",
        sources=frozenset({Source.BW_SCAN, Source.MOULD_BW}),
    )
