"""Register the built-in extractors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ecgengine.data.source import Source
from ecgengine.plugins.hooks import StagePlugin, hookimpl
from ecgengine.plugins.kinds import EXTRACTOR
from ecgengine.plugins.stages import Extractor
from ecgengine_plugins.extractors.options import (
    ColumnOptions,
    FusionOptions,
    NetworkOptions,
    ViterbiOptions,
)

if TYPE_CHECKING:
    from ecgengine_plugins.extractors.network.extractor import NetworkExtractor
    from ecgengine_plugins.extractors.viterbi.extractor import ViterbiExtractor


def _viterbi(options: ViterbiOptions) -> Extractor:
    from ecgengine_plugins.extractors.viterbi.extractor import ViterbiExtractor

    return ViterbiExtractor(options)


def _column(options: ColumnOptions) -> Extractor:
    from ecgengine_plugins.extractors.column import ColumnExtractor

    return ColumnExtractor(options)


def _network(options: NetworkOptions, viterbi: Extractor) -> Extractor:
    from ecgengine_plugins.extractors.network.extractor import NetworkExtractor

    return NetworkExtractor(options, viterbi)


def _fusion(
    options: FusionOptions, network: NetworkExtractor, viterbi: ViterbiExtractor
) -> Extractor:
    from ecgengine_plugins.extractors.fusion.extractor import FusionExtractor

    return FusionExtractor(options, network, viterbi)


@hookimpl
def ecgengine_extractors() -> Iterable[StagePlugin[Extractor]]:
    """Yield `fusion`, `viterbi`, `network` and `column`."""
    yield StagePlugin(
        name="viterbi",
        factory=_viterbi,
        summary="cheapest path, then the curve whose stroke matches the ink",
        options=ViterbiOptions,
        priority=10,
    )
    yield StagePlugin(
        name="column",
        factory=_column,
        summary="darkness-weighted center of each column's run of ink",
        options=ColumnOptions,
    )
    yield StagePlugin(
        name="network",
        factory=_network,
        summary="a trained network reads whole rows, also where ink is damaged",
        options=NetworkOptions,
        sources=frozenset(Source) - {Source.RENDER},
        needs=((EXTRACTOR, "viterbi"),),
    )
    yield StagePlugin(
        name="fusion",
        factory=_fusion,
        summary="`network`, made finer by the fit of the stroke where ink is clean",
        options=FusionOptions,
        priority=20,
        needs=((EXTRACTOR, "network"), (EXTRACTOR, "viterbi")),
    )
