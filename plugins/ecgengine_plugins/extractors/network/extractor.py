"""Extractor `network`: a trained network gives the posterior of the trace over pixel rows.

The reading is the mean of all paths through its posterior; over long unsure stretches paths agree
on one place without reason, so there each column speaks for itself (docs/experiments/0001).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Strips
from ecgengine.data.tracemap import TraceMap
from ecgengine.data.traces import Trace, Traces
from ecgengine.plugins.stages import Extractor
from ecgengine_plugins.extractors.missing_paper import without_missing_paper
from ecgengine_plugins.extractors.network import tuning
from ecgengine_plugins.extractors.network.merging import merged
from ecgengine_plugins.extractors.network.paths import mean_path
from ecgengine_plugins.extractors.options import NetworkOptions
from ecgengine_plugins.networks.rows.window import (
    COLUMNS_PER_PX,
    MULTIPLE_PX,
    PX_PER_MM,
    REACH_MM,
    TALL_MM,
    RowWindow,
    row_window,
)
from ecgengine_plugins.networks.runtime import open_network
from ecgengine_plugins.networks.shipped import ROW_NET, shipped
from ecgengine_plugins.paper.runs import runs, widened

# Numerical: what one of two posteriors holds for impossible, the other may still bring back.
_LEAST_POSTERIOR = 1e-7
# How far the network looks around: what is cut off there is read as in the whole row (a test
# compares them).
_CONTEXT_MM = 32.0


class NetworkExtractor:
    """Reads rows with the network, and with `viterbi` what that cannot know.

    The network does not know where a strip begins and ends; the leg of a pulse or a separator
    that touches it there is told from the trace by `viterbi`, where that explains the ink. So is
    a trace that the network lost for foreign ink and jumps back to.
    """

    def __init__(self, options: NetworkOptions, viterbi: Extractor) -> None:
        self.rows = RowNetwork(options)
        self._viterbi = viterbi

    def extract(self, sheet: Sheet, trace_map: TraceMap, strips: Strips) -> Traces:
        """Read every strip; the confidence is the posterior around the curve."""
        fine = self._viterbi.extract(sheet, trace_map, strips)
        read = self.rows.read(sheet, strips)
        return without_missing_paper(merged(read, fine, sheet, trace_map, strips), sheet)


class RowNetwork:
    """Reads whole rows from the sheet's picture, twice as fine in time as the sheet.

    For each half column the network gives the posterior of the pen's center over all pixel rows;
    the mean of all paths through it is the curve. It is asked once more with the row
    upside down, which a network taught with mirrored rows reads as well.
    """

    def __init__(self, options: NetworkOptions) -> None:
        self._options = options
        self._network = open_network(shipped(ROW_NET), options.runtime, options.threads)

    def read(self, sheet: Sheet, strips: Strips) -> Traces:
        """Read every strip; the confidence is the posterior around the curve."""
        traces: list[Trace] = []
        zeros = {strip.row: strip.zero_px for strip in strips.strips}
        for row in sorted(zeros):
            members = [i for i, strip in enumerate(strips.strips) if strip.row == row]
            others = [zero for other, zero in zeros.items() if other != row]
            traces += self._read_row(sheet, strips, members, others)
        traces.sort(key=lambda trace: trace.strip)
        return Traces(tuple(traces))

    def _read_row(
        self, sheet: Sheet, strips: Strips, members: list[int], zeros_px: list[float]
    ) -> Iterator[Trace]:
        """Read the strips of a row; where a wave leaves the window, in a higher one."""
        own = [strips.strips[index] for index in members]
        window = row_window(sheet, own, zeros_px)
        step = window.x_of(1) - window.x_of(0)
        longest = round(tuning.LOST_MM * sheet.px_per_mm_x / step)
        posterior = self._both_ways(window)
        y, confidence = self._path(window, posterior, longest)
        spans = [
            slice(
                max(int(np.floor(window.column_of(strip.x_start_px))), 0),
                min(int(np.ceil(window.column_of(strip.x_end_px))) + 1, y.size),
            )
            for strip in own
        ]
        leaving = _leaving(posterior, spans)
        if leaving.any():
            tall = row_window(sheet, own, zeros_px, TALL_MM)
            there, sure = self._read_around(leaving, tall, longest)
            zero = tall.zero_rows[0] / tall.scale_y + tall.y0_px
            for part in runs(leaving):
                if _goes_on(y[part] - zero, there[part] - zero, sheet.px_per_mm_y):
                    y[part], confidence[part] = there[part], sure[part]
        for index, span in zip(members, spans, strict=True):
            if span.stop - span.start >= 2:
                yield Trace(index, window.x_of(span.start), step, y[span], confidence[span])

    def _read_around(
        self, wanted: NDArray[np.bool_], window: RowWindow, longest: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Read a window's half columns where they are wanted and as far around as it matters."""
        y = np.full(wanted.size, np.nan)
        confidence = np.zeros(wanted.size, np.float32)
        size = MULTIPLE_PX * COLUMNS_PER_PX
        blocks: NDArray[np.bool_] = wanted.reshape(-1, size).max(axis=1)
        for part in runs(widened(blocks, round(_CONTEXT_MM * PX_PER_MM / MULTIPLE_PX))):
            span = slice(part.start * size, part.stop * size)
            cut = window.blocks(part)
            y[span], confidence[span] = self._path(cut, self._both_ways(cut), longest)
        return y, confidence

    def _path(
        self, window: RowWindow, posterior: NDArray[np.float32], longest: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Read a window's half columns, in pixels of the sheet; NaN where the trace is lost."""
        rows, confidence = mean_path(posterior, self._options.jump, longest)
        return rows / window.scale_y + window.y0_px, confidence

    def _both_ways(self, window: RowWindow) -> NDArray[np.float32]:
        """Ask for the posterior of a window as it stands and, if wanted, upside down."""
        posterior = self._posterior(window.image, window.zero_rows)
        if not self._options.twice:
            return posterior
        height = window.image.shape[0]
        upside_down = np.ascontiguousarray(window.image[::-1, ::-1])
        # What was the row below is now that above.
        zeros = (height - 1 - window.zero_rows[[0, 2, 1]]).astype(np.float32)
        return _agreed(posterior, self._posterior(upside_down, zeros)[::-1, ::-1])

    def _posterior(
        self, image: NDArray[np.uint8], zero_rows: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Ask the network for the posterior, (half columns, pixel rows)."""
        return np.ascontiguousarray(self._network(image[None], zero_rows[None])[0].T)


def _leaving(posterior: NDArray[np.float32], spans: Sequence[slice]) -> NDArray[np.bool_]:
    """Mark half columns near those of strips whose trace likely runs at the window's edge."""
    edge = round(tuning.EDGE_MM * PX_PER_MM)
    likely = posterior[:, :edge].sum(axis=1) + posterior[:, -edge:].sum(axis=1) > tuning.LIKELY
    outside = np.zeros_like(likely)
    for span in spans:
        outside[span] = likely[span]
    return widened(outside, round(tuning.AROUND_MM * PX_PER_MM * COLUMNS_PER_PX))


def _goes_on(usual: NDArray[np.float64], tall: NDArray[np.float64], px_per_mm: float) -> bool:
    """Tell whether a wave that the usual window cuts off goes on in the tall one.

    The network was taught with lower windows and loses some tall waves in these: what is read
    there must reach beyond the usual window's curve, and leave and join that at its ends.
    """
    if not np.isfinite([usual, tall]).all():
        return False
    together = np.abs(tall - usual)[[0, -1]].max() < tuning.JOINING_MM * px_per_mm
    highest = np.abs(tall).max()
    beyond = highest > max(np.abs(usual).max(), (REACH_MM - tuning.EDGE_MM) * px_per_mm)
    return bool(together and beyond)


def _agreed(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the geometric mean of two posteriors, as one network's mean of logits would be."""
    both = np.sqrt(np.maximum(one, _LEAST_POSTERIOR) * np.maximum(other, _LEAST_POSTERIOR))
    return np.ascontiguousarray(both / both.sum(axis=1, keepdims=True))
