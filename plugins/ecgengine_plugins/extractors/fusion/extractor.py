"""Extractor `fusion`: the network's curve, refined by the fit of the stroke on clean ink."""

from __future__ import annotations

from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Strips
from ecgengine.data.tracemap import TraceMap
from ecgengine.data.traces import Traces
from ecgengine_plugins.extractors.fusion.refining import refined
from ecgengine_plugins.extractors.missing_paper import without_missing_paper
from ecgengine_plugins.extractors.network.extractor import NetworkExtractor
from ecgengine_plugins.extractors.network.merging import merged
from ecgengine_plugins.extractors.options import FusionOptions
from ecgengine_plugins.extractors.viterbi.extractor import ViterbiExtractor


class FusionExtractor:
    """Reads with `network`, and then fits the stroke to every pixel, as `viterbi` does.

    The network knows which ink is a row's, better than any path does where tall waves of several
    rows overlap; nothing reads clean renders more finely than the fit. Ink with the noise of a
    scanner or a camera is left to the network, which was taught with it.
    """

    def __init__(
        self, options: FusionOptions, network: NetworkExtractor, viterbi: ViterbiExtractor
    ) -> None:
        self._most_noise = options.noise
        self._rows, self._viterbi = network.rows, viterbi

    def extract(self, sheet: Sheet, trace_map: TraceMap, strips: Strips) -> Traces:
        """Read every strip; the confidence is that of `network`."""
        read = self._rows.read(sheet, strips)
        if trace_map.meaning == "centerline":
            fine = self._viterbi.extract(sheet, trace_map, strips)
            return without_missing_paper(merged(read, fine, sheet, trace_map, strips), sheet)
        page = self._viterbi.measure(sheet, trace_map, strips)
        fine = self._viterbi.read(page, sheet, trace_map, strips)
        read = merged(read, fine, sheet, trace_map, strips)
        if page.noise < self._most_noise:
            read = refined(read, fine, page, sheet, strips)
        return without_missing_paper(read, sheet)
