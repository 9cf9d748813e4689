"""Extractor `fusion`: the stroke's fit where it explains the ink, the network elsewhere."""

from __future__ import annotations

from ecgengine.sheet import Sheet
from ecgengine.strips import Strips
from ecgengine.tracemap import TraceMap
from ecgengine.traces import Traces
from ecgengine_plugins.extractors.network import NetworkExtractor
from ecgengine_plugins.extractors.options import FusionOptions, ViterbiOptions
from ecgengine_plugins.extractors.viterbi import ViterbiExtractor


class FusionExtractor:
    """Reads each strip with `viterbi` and, where that does not explain its ink, with `network`.

    `viterbi` draws its reading again and compares it with the ink: its confidence says how well
    they agree. Where nearly all of a strip's ink is explained nothing reads more finely; a strip
    with damaged, foreign or missing ink is read better by the network.
    """

    def __init__(self, options: FusionOptions) -> None:
        self._explained = options.explained
        self._network = NetworkExtractor(options)
        self._viterbi = ViterbiExtractor(ViterbiOptions.model_validate({}))

    def extract(self, sheet: Sheet, trace_map: TraceMap, strips: Strips) -> Traces:
        """Read every strip by one of the two."""
        fine = self._viterbi.extract(sheet, trace_map, strips).traces
        sure = {
            trace.strip: trace for trace in fine if float(trace.confidence.mean()) > self._explained
        }
        if len(sure) == len(strips.strips):
            return Traces(tuple(fine))
        read = self._network.extract(sheet, trace_map, strips).traces
        return Traces(tuple(sure.get(trace.strip, trace) for trace in read))
