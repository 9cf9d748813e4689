"""Extractor `viterbi`: cheapest path, then the curve whose stroke matches the ink."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Strips
from ecgengine.data.tracemap import TraceMap
from ecgengine.data.traces import Trace, Traces
from ecgengine_plugins.extractors.missing_paper import without_missing_paper
from ecgengine_plugins.extractors.options import ViterbiOptions
from ecgengine_plugins.extractors.viterbi import tuning
from ecgengine_plugins.extractors.viterbi.centerline import read_centerlines
from ecgengine_plugins.extractors.viterbi.fitting import CurveFit
from ecgengine_plugins.extractors.viterbi.paths import RowPath, trace_rows
from ecgengine_plugins.extractors.viterbi.row_view import strip_columns, view_rows
from ecgengine_plugins.extractors.viterbi.strip_ink import StripInk, cut_ink
from ecgengine_plugins.extractors.viterbi.stroke import Stroke, guess_stroke, refine_stroke


@dataclass(frozen=True, slots=True)
class PageInk:
    """The ink of a page's rows and the stroke that drew it.

    Attributes:
        paths: a path through each row's ink.
        fit: fits curves to it, the more smoothly the noisier the ink is.
        stroke: what a level line looks like.
        noise: root mean square residual of coverage when samples of the ink are drawn again.
    """

    paths: tuple[RowPath, ...]
    fit: CurveFit
    stroke: Stroke
    noise: float


class ViterbiExtractor:
    """Finds the path of every row, then reads the stroke to a fraction of a pixel.

    The path only says which ink is a row's; the curve is fitted so that its own stroke, drawn
    with the page's pen, has the edges and then the pixels that were found.
    """

    def __init__(self, options: ViterbiOptions) -> None:
        self.options = options

    def extract(self, sheet: Sheet, trace_map: TraceMap, strips: Strips) -> Traces:
        """Read every strip that has ink; gaps are bridged with low confidence."""
        if trace_map.meaning == "centerline":
            return Traces(tuple(read_centerlines(trace_map, strips, self.options)))
        page = self.measure(sheet, trace_map, strips)
        return without_missing_paper(self.read(page, sheet, trace_map, strips), sheet)

    def measure(self, sheet: Sheet, trace_map: TraceMap, strips: Strips) -> PageInk:
        """Find the rows' ink on a map of ink, and the page's stroke."""
        px_per_s = sheet.px_per_mm_x * strips.calibration.speed_mm_per_s
        fit = CurveFit(
            per_px=int(np.clip(round(tuning.KNOTS_HZ / px_per_s), *tuning.KNOTS_PER_PX)),
            baseline_px=round(tuning.BASELINE_S * px_per_s),
            stiffness=tuning.STIFFNESS * self.options.smoothness,
            rounds=self.options.rounds,
        )
        paths = tuple(trace_rows(view_rows(trace_map, strips), self.options))
        stroke, noise = guess_stroke(paths, trace_map.pen_width_px), tuning.QUIET_INK
        if self.options.rounds > 0:
            stroke, noise = measure_stroke(fit, sample_ink(paths), stroke)
            # The noisier the ink, the less each pixel says against a smooth curve.
            fit = replace(fit, stiffness=fit.stiffness * max(1.0, (noise / tuning.QUIET_INK) ** 2))
        return PageInk(paths, fit, stroke, noise)

    def read(self, page: PageInk, sheet: Sheet, trace_map: TraceMap, strips: Strips) -> Traces:
        """Read the strips of a page whose ink was found."""
        fit = page.fit
        zone_px = round(tuning.END_ZONE_MM * sheet.px_per_mm_x)
        jump_px = tuning.END_JUMP_MM * sheet.px_per_mm_y
        traces = []
        for path in page.paths:
            view = path.view
            for index in view.strips:
                start, stop = strip_columns(strips, index, trace_map.trace.shape[2])
                own = slice(start - view.x0, stop - view.x0)
                strip = cut_ink(path, own.start, own.stop, zone_px, jump_px)
                if stop - start < 2 or strip is None:
                    continue
                rows, residual = fit.fit(strip, page.stroke)
                sure = 1.0 / (1.0 + (residual / tuning.INK_TOLERANCE) ** 2)
                sure[path.shared[own]] *= tuning.SHARED_CONFIDENCE
                sure[np.isnan(strip.upper)] = tuning.BRIDGE_CONFIDENCE
                step = 1.0 / fit.per_px
                place = np.arange(rows.size) * step - 0.5
                confidence = np.interp(place, np.arange(sure.size), sure).astype(np.float32)
                y = rows + (view.y0 + strip.row0)
                traces.append(Trace(index, start - 0.5, step, y, confidence))
        traces.sort(key=lambda trace: trace.strip)
        return Traces(tuple(traces))


def sample_ink(paths: Sequence[RowPath]) -> list[StripInk]:
    """Cut one well inked, undisputed stretch from each path, to measure the stroke on."""
    samples = []
    for path in paths:
        good = (path.last >= path.first) & ~path.lost & ~path.shared
        size = min(tuning.SAMPLE_COLUMNS, good.size)
        count = np.convolve(good, np.ones(size), mode="valid")
        start = int(np.argmax(count))
        if count[start] >= 0.8 * size:
            cut = cut_ink(path, start, start + size, 0, 0.0)
            if cut is not None:
                samples.append(cut)
    return samples


def measure_stroke(
    fit: CurveFit, samples: Sequence[StripInk], guess: Stroke
) -> tuple[Stroke, float]:
    """Find the stroke with which samples of a page's ink are drawn again most exactly.

    Gives it with the root mean square residual of coverage.
    """
    if not samples:
        return guess, tuning.QUIET_INK
    starts = [fit.fit(sample, guess)[0] for sample in samples]

    def misfit(tried: Stroke) -> float:
        residuals = [
            fit.match_ink(sample, tried, start, tuning.SAMPLE_ROUNDS)[1]
            for sample, start in zip(samples, starts, strict=True)
        ]
        return float(np.sqrt(np.mean(np.minimum(np.concatenate(residuals), tuning.OUTLIER) ** 2)))

    return refine_stroke(guess, misfit)
