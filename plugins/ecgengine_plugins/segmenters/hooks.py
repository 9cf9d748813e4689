"""Register the built-in segmenters."""

from __future__ import annotations

from collections.abc import Iterable

from ecgengine.plugins.hooks import StagePlugin, hookimpl
from ecgengine.plugins.options import NoOptions
from ecgengine.plugins.stages import Segmenter
from ecgengine_plugins.networks.options import NetworkRunning


def _ink(options: NoOptions) -> Segmenter:
    from ecgengine_plugins.segmenters.ink.segmenter import InkSegmenter

    return InkSegmenter()


def _unet(options: NetworkRunning) -> Segmenter:
    from ecgengine_plugins.networks.page.reader import PageReader
    from ecgengine_plugins.segmenters.unet import UnetSegmenter

    return UnetSegmenter(PageReader(options))


@hookimpl
def ecgengine_segmenters() -> Iterable[StagePlugin[Segmenter]]:
    """Yield `unet` and `ink`."""
    yield StagePlugin(
        name="unet",
        factory=_unet,
        summary="pen coverage where a network that sees the whole sheet finds traces",
        options=NetworkRunning,
    )
    yield StagePlugin(
        name="ink",
        factory=_ink,
        summary="pen coverage by unmixing ink, paper and grid colors, sorted by shape",
        priority=-1,
    )
