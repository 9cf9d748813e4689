"""Refine curves: fit the stroke to the ink, and take what agrees with it best in each column.

On clean ink a curve is right if its stroke, drawn again, is the ink. A fit from the network's
reading has the right ink, one along a path the finer tips: each column is taken from the nearer
one (docs/experiments/0004).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Strips
from ecgengine.data.traces import Trace, Traces
from ecgengine_kernels.drawing import draw_curve
from ecgengine_kernels.resample import resample_cubic
from ecgengine_plugins.extractors.fusion import tuning
from ecgengine_plugins.extractors.network import tuning as network_tuning
from ecgengine_plugins.extractors.network.merging import apart_px
from ecgengine_plugins.extractors.viterbi.extractor import PageInk
from ecgengine_plugins.extractors.viterbi.row_view import RowView, strip_columns


def refined(read: Traces, fine: Traces, page: PageInk, sheet: Sheet, strips: Strips) -> Traces:
    """Fit the page's stroke to the ink, from curves that are right to about a pixel.

    A fit that begins there finds the right ink, and one that begins with the edges of a path,
    `fine`, finds the tips of waves better. Both are drawn again, and in each column that is taken
    whose drawing differs less from the ink; but not from a path that `contradicts` the curve.
    """
    views = {index: path.view for path in page.paths for index in path.view.strips}
    others = {trace.strip: trace for trace in fine.traces}
    most_px = network_tuning.APART_MM * sheet.px_per_mm_y

    def better(trace: Trace) -> Trace:
        start, stop = strip_columns(strips, trace.strip, sheet.image.shape[1])
        if trace.strip not in views or stop - start < 2 or np.isnan(trace.y_px).all():
            return trace
        ink = _InkOf(views[trace.strip], start, stop, page)
        knots = ink.fitted(trace)
        other = others.get(trace.strip)
        if other is not None and not contradicts(trace, other, most_px):
            knots = ink.nearer(knots, other.y_px - ink.view.y0, sheet.px_per_mm_x)
        lost = trace.at(ink.x_px, np.isnan(trace.y_px)) > 0
        rows = np.where(lost, np.nan, knots + ink.view.y0)
        confidence = trace.at(ink.x_px, trace.confidence).astype(np.float32)
        return Trace(trace.strip, start - 0.5, 1.0 / page.fit.per_px, rows, confidence)

    return Traces(tuple(better(trace) for trace in read.traces))


def contradicts(read: Trace, fine: Trace, most_px: float) -> bool:
    """Tell whether a curve is sure that a strip runs elsewhere, for more than moments."""
    elsewhere = apart_px(fine, read) > most_px
    elsewhere &= read.at(fine.x_px, read.confidence) > tuning.SURE
    return float(elsewhere.mean()) > tuning.CONTRADICTED


class _InkOf:
    """The ink of a strip's columns, `start` to `stop`, and the stroke that drew it."""

    def __init__(self, view: RowView, start: int, stop: int, page: PageInk) -> None:
        own = slice(start - view.x0, stop - view.x0)
        self.view, self._page = view, page
        self._ink, self._trust = view.ink[own], view.trust[own]
        knots = (stop - start) * page.fit.per_px + 1
        self._places = np.arange(knots) / page.fit.per_px - 0.5
        self.x_px = self._places + start

    def fitted(self, trace: Trace) -> NDArray[np.float64]:
        """Fit (N,) knots, in rows of the view, from a trace."""
        read = _rows_at(trace, self.x_px) - self.view.y0
        fit, stroke = self._page.fit, self._page.stroke
        return fit.match_pixels(self._ink, self._trust, stroke, read, fit.rounds)[0]

    def nearer(
        self, one: NDArray[np.float64], other: NDArray[np.float64], px_per_mm: float
    ) -> NDArray[np.float64]:
        """Take, in each column, that of two curves whose drawing is nearer to the ink."""
        around, blend = (round(mm * px_per_mm) for mm in (tuning.AROUND_MM, tuning.BLEND_MM))
        of_one, of_other = (_mean(self._residuals(rows), around) for rows in (one, other))
        weight = _mean((of_other < of_one).astype(np.float64), blend)
        return one + np.interp(self._places, np.arange(weight.size), weight) * (other - one)

    def _residuals(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Draw a curve again; give the squared residual of the ink, for each column."""
        width, height = self._ink.shape
        stroke = self._page.stroke
        layer = np.zeros((height, width), np.uint8)
        points = np.stack((self._places, rows), axis=1)
        draw_curve(layer, points, 2 * stroke.radius_px, -0.5, width - 0.5)
        # Seen through a box wider than a pixel, up to three.
        beside = np.clip(0.5 * (stroke.spread_px - 1), 0.0, 1.0)
        box = np.array([beside, 1.0, beside]) / (1 + 2 * beside)
        drawn = cv2.sepFilter2D(layer, cv2.CV_32F, box, box).T / 255
        off = stroke.coverage(self._ink) - drawn
        return np.asarray((self._trust * off**2).sum(axis=1), dtype=np.float64)


def _rows_at(trace: Trace, x_px: NDArray[np.float64]) -> NDArray[np.float64]:
    """Read a trace at evenly spaced places, smoothly; level beyond its ends."""
    known = np.isfinite(trace.y_px)
    filled = np.interp(trace.x_px, trace.x_px[known], trace.y_px[known])
    place, step = (x_px[0] - trace.x0_px) / trace.step_px, (x_px[1] - x_px[0]) / trace.step_px
    smooth = resample_cubic(filled, place, step, x_px.size)
    return np.where(np.isfinite(smooth), smooth, trace.at(x_px, filled))


def _mean(values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Give the mean of (N,) values over `size` of them around each."""
    return np.asarray(cv2.blur(values[None], (max(size, 1), 1))[0], dtype=np.float64)
