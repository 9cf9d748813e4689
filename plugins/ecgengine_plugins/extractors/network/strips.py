"""Read strips with the path network, in pieces along the path that a look shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.look import Look
from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Strips
from ecgengine.data.traces import Trace, Traces
from ecgengine_plugins.extractors.network import tuning
from ecgengine_plugins.extractors.network.paths import mean_path
from ecgengine_plugins.networks.path.pieces import Piece, Pieces, put_together
from ecgengine_plugins.networks.path.window import COLUMNS_PER_PX
from ecgengine_plugins.networks.runtime import Network

_MOST_AT_ONCE = 8


class StripNetwork:
    """Reads strips from the sheet's picture, twice as fine in time as the sheet.

    For each half column the network gives the posterior of the pen's center over all pixel rows;
    the mean of all paths through it is the curve.
    """

    def __init__(self, network: Network, jump: float) -> None:
        self._network, self._jump = network, jump

    def read(self, sheet: Sheet, look: Look, strips: Strips) -> Traces:
        """Read every strip; the confidence is the posterior around the curve."""
        zeros = {strip.row: strip.zero_px for strip in strips.strips}
        rows = sorted(zeros)
        pieces = Pieces(sheet, look, [zeros[row] for row in rows])
        cut = [pieces.of(strip, rows.index(strip.row)) for strip in strips.strips]
        posteriors = self._posteriors([piece for own in cut for piece in own])
        return Traces(tuple(self._traces(sheet, strips, pieces, cut, posteriors)))

    def _traces(
        self,
        sheet: Sheet,
        strips: Strips,
        pieces: Pieces,
        cut: list[list[Piece]],
        posteriors: Iterator[NDArray[np.float32]],
    ) -> Iterator[Trace]:
        longest = round(tuning.LOST_MM * sheet.px_per_mm_x * pieces.scale_x * COLUMNS_PER_PX)
        for index, (strip, own) in enumerate(zip(strips.strips, cut, strict=True)):
            start, end = (
                (pieces.column_of(x) + 0.5) * COLUMNS_PER_PX - 0.5
                for x in (strip.x_start_px, strip.x_end_px)
            )
            first, stop = int(np.floor(start)), int(np.ceil(end)) + 1
            read = [next(posteriors) for _ in own]
            posterior, top = put_together(own, read, first, stop)
            path, confidence = mean_path(posterior, self._jump, longest)
            y = (path + top + 0.5) / pieces.scale_y - 0.5
            x0 = ((first + 0.5) / COLUMNS_PER_PX) / pieces.scale_x - 0.5
            if stop - first >= 2:
                yield Trace(index, x0, 1 / (COLUMNS_PER_PX * pieces.scale_x), y, confidence)

    def _posteriors(self, pieces: list[Piece]) -> Iterator[NDArray[np.float32]]:
        """Ask for the posteriors of pieces, those of one height together."""
        heights = defaultdict(list)
        for index, piece in enumerate(pieces):
            heights[len(piece.pixels)].append(index)
        found: dict[int, NDArray[np.float32]] = {}
        for members in heights.values():
            for first in range(0, len(members), _MOST_AT_ONCE):
                part = members[first : first + _MOST_AT_ONCE]
                pixels, cues = (
                    np.stack([getattr(pieces[index], name) for index in part])
                    for name in ("pixels", "cues")
                )
                found |= dict(zip(part, self._network(pixels, cues), strict=True))
        return (found[index] for index in range(len(pieces)))
