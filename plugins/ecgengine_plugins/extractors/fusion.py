"""Extractor `fusion`: the stroke's fit where it explains the ink, the network elsewhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ecgengine.sheet import Sheet
from ecgengine.strips import Strips
from ecgengine.tracemap import TraceMap
from ecgengine.traces import Trace, Traces
from ecgengine_plugins.extractors.network import NetworkExtractor
from ecgengine_plugins.extractors.options import FusionOptions, ViterbiOptions
from ecgengine_plugins.extractors.viterbi import ViterbiExtractor

_ENDS_MM = 0.6
_NEARLY_EXPLAINED = 0.9
_APART_MM = 1.0
_SLACK_PX = 1.0
_SURE = 0.9
_CONTRADICTED_SHARE = 0.001


class FusionExtractor:
    """Reads each strip with `viterbi` and, where that does not explain its ink, with `network`.

    `viterbi` draws its reading again and compares it with the ink: its confidence says how well
    they agree. Where nearly all of a strip's ink is explained nothing reads more finely; a strip
    with damaged, foreign or missing ink is read better by the network. Where tall waves of
    several rows overlap, their ink can be explained by the wrong row: so a strip that the network
    is sure to run elsewhere is read by the network, too. The network does not know where a strip
    begins and ends; the leg of a pulse or a separator that touches it there is told from the
    trace by `viterbi`, whose first and last moments are kept.
    """

    def __init__(self, options: FusionOptions) -> None:
        self._explained = options.explained
        self._network = NetworkExtractor(options)
        self._viterbi = ViterbiExtractor(ViterbiOptions.model_validate({}))

    def extract(self, sheet: Sheet, trace_map: TraceMap, strips: Strips) -> Traces:
        """Read every strip by one of the two."""
        read = self._viterbi.extract(sheet, trace_map, strips).traces
        fine = {trace.strip: trace for trace in read}
        apart_px = _APART_MM * sheet.px_per_mm_y
        ends_px = _ENDS_MM * sheet.px_per_mm_x
        chosen = []
        for trace in self._network.extract(sheet, trace_map, strips).traces:
            explained = fine.get(trace.strip)
            if explained is None or explained.confidence.mean() <= _NEARLY_EXPLAINED:
                chosen.append(trace)
                continue
            strip = strips.strips[trace.strip]
            inner = strip.x_start_px + ends_px, strip.x_end_px - ends_px
            read = with_ends(trace, explained, inner)
            kept = explained.confidence.mean() > self._explained and not contradicts(
                read, explained, apart_px
            )
            chosen.append(explained if kept else read)
        return Traces(tuple(chosen))


def with_ends(network: Trace, fine: Trace, inner_px: tuple[float, float]) -> Trace:
    """Take what lies outside a range of the sheet's columns from the other reading."""
    x = network.x0_px + network.step_px * np.arange(network.y_px.size)
    outer = (x < inner_px[0]) | (x > inner_px[1])
    y = np.where(outer, _at(fine, x, fine.y_px), network.y_px)
    confidence = np.where(outer, _at(fine, x, fine.confidence), network.confidence)
    return replace(network, y_px=y, confidence=confidence.astype(np.float32))


def contradicts(network: Trace, fine: Trace, apart_px: float) -> bool:
    """Tell whether the network is sure that a strip runs elsewhere, for more than moments.

    Curves that are a pixel apart in time are not apart, however steep they run.
    """
    x = fine.x0_px + fine.step_px * np.arange(fine.y_px.size)
    moves = (-_SLACK_PX, 0.0, _SLACK_PX)
    near = np.stack([_at(network, x + moved, network.y_px) for moved in moves])
    away = np.maximum(near.min(axis=0) - fine.y_px, fine.y_px - near.max(axis=0))
    elsewhere = (away > apart_px) & (_at(network, x, network.confidence) > _SURE)
    return float(elsewhere.mean()) > _CONTRADICTED_SHARE


def _at(trace: Trace, x: NDArray[np.float64], values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Give a trace's values at columns of the sheet."""
    places = (x - trace.x0_px) / trace.step_px
    return np.asarray(np.interp(places, np.arange(values.size), values))
