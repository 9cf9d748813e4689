"""Extractor `fusion`: the stroke's fit where it explains the ink, the network elsewhere."""

from __future__ import annotations

from ecgengine.sheet import Sheet
from ecgengine.strips import Strips
from ecgengine.tracemap import TraceMap
from ecgengine.traces import Trace, Traces
from ecgengine_plugins.extractors.gone import without_gone
from ecgengine_plugins.extractors.merging import APART_MM, apart_px, explaining, merged
from ecgengine_plugins.extractors.network import RowReader
from ecgengine_plugins.extractors.options import FusionOptions, ViterbiOptions
from ecgengine_plugins.extractors.viterbi import ViterbiExtractor

_SURE = 0.9
_CONTRADICTED_SHARE = 0.001


class FusionExtractor:
    """Reads each strip with `viterbi` and, where that does not explain its ink, with `network`.

    `viterbi` draws its reading again and compares it with the ink: its confidence says how well
    they agree. Where nearly all of a strip's ink is explained nothing reads clean renders more
    finely; a strip with damaged, foreign or missing ink is read better by the network. Where tall
    waves of several rows overlap, their ink can be explained by the wrong row: so a strip that
    the network is sure to run elsewhere is read by the network, too.
    """

    def __init__(self, options: FusionOptions) -> None:
        self._explained = options.explained
        self._reader = RowReader(options)
        self._viterbi = ViterbiExtractor(ViterbiOptions.model_validate({}))

    def extract(self, sheet: Sheet, trace_map: TraceMap, strips: Strips) -> Traces:
        """Read every strip by one of the two."""
        fine = self._viterbi.extract(sheet, trace_map, strips)
        sure = explaining(fine, self._explained)
        most_px = APART_MM * sheet.px_per_mm_y
        read = self._reader.read(sheet, strips)
        chosen = []
        for trace in merged(read, fine, sheet, trace_map, strips).traces:
            other = sure.get(trace.strip)
            if other is None or contradicts(trace, other, most_px):
                chosen.append(trace)
            else:
                chosen.append(other)
        return without_gone(Traces(tuple(chosen)), sheet)


def contradicts(network: Trace, fine: Trace, most_px: float) -> bool:
    """Tell whether the network is sure that a strip runs elsewhere, for more than moments."""
    elsewhere = apart_px(fine, network) > most_px
    elsewhere &= network.at(fine.x_px, network.confidence) > _SURE
    return float(elsewhere.mean()) > _CONTRADICTED_SHARE
