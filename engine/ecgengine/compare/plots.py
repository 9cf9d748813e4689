"""Draw the plots of a comparison as SVG: boxes by source, score by page, differences."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ecgengine.compare.bootstrap import Difference, Pair
from ecgengine.compare.figures import PageFigures
from ecgengine.compare.markup import Markup, joined, tag
from ecgengine.compare.tables import source_order

FLOOR_DB = -10.0
"""Pages below are drawn at this edge, so that one of them does not press all others together."""

_COLORS = ("#0072b2", "#d55e00", "#009e73", "#aa4499", "#56b4e9", "#b58900", "#444444", "#882255")
"""After Okabe and Ito, "Color universal design", 2008: told apart by the color-blind."""

_WIDTH = 720
_LEFT = 130
_RIGHT = 50
_BAR = 16
_GAP = 12
_AXIS = 24
_PAIR = 38
_HEIGHT = 320


def color(index: int) -> str:
    """Give the color of the combination at `index`."""
    return _COLORS[index % len(_COLORS)]


def combinations_of(figures: Sequence[PageFigures]) -> list[str]:
    """Name the combinations in the order in which they come."""
    return list(dict.fromkeys(page.combination for page in figures))


@dataclass(frozen=True, slots=True)
class _Scale:
    """A linear scale from values to picture units, with round marks."""

    low: float
    high: float
    start: float
    stop: float

    @classmethod
    def around(cls, values: Sequence[float], start: float, stop: float) -> _Scale:
        step = _step(max(values) - min(values))
        low, high = math.floor(min(values) / step) * step, math.ceil(max(values) / step) * step
        return cls(low, max(high, low + step), start, stop)

    def __call__(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.stop - self.start)

    def marks(self) -> list[float]:
        step = _step(self.high - self.low)
        first = math.ceil(self.low / step - 1e-9)
        return [step * i for i in range(first, math.floor(self.high / step + 1e-9) + 1)]


def _step(span: float) -> float:
    """Choose 1, 2 or 5 times a power of ten that divides `span` into at most eight."""
    power = 10.0 ** math.floor(math.log10(max(span, 1e-3) / 8))
    return next(power * i for i in (1, 2, 5, 10) if span <= 8 * power * i or i == 10)


def box_plot(figures: Sequence[PageFigures]) -> Markup:
    """Draw a box a source and combination; a box more for all pages when there are two sources.

    Boxes hold the middle half of the pages' decibels with the median in them, whiskers reach the
    last page within 1.5 box lengths, dots are pages beyond: Tukey, "Exploratory data analysis",
    1977.
    """
    labels = combinations_of(figures)
    groups: dict[str, Sequence[PageFigures]] = {
        source: [page for page in figures if page.source == source]
        for source in source_order(page.source for page in figures)
    }
    if len(groups) > 1:
        groups["all"] = figures
    scale = _db_scale(figures, _LEFT, _WIDTH - _RIGHT)
    rows: list[str] = []
    y = 0.0
    for name, pages in groups.items():
        height = _BAR * len(labels)
        rows.append(_text(name, _LEFT - 10, y + height / 2, "end"))
        for index, label in enumerate(labels):
            values = [page.db for page in pages if page.combination == label]
            if values:
                rows.append(_box(values, scale, y + _BAR * (index + 0.5), color(index)))
        y += height + _GAP
    return _svg(
        f"Box plot of decibels by source for {', '.join(labels)}",
        y + _AXIS,
        _x_axis(scale, y, "dB"),
        *rows,
    )


def page_plot(figures: Sequence[PageFigures]) -> Markup:
    """Draw the decibels of each page, pages in the order of the first combination's decibels.

    A failed page is an open circle.
    """
    labels = combinations_of(figures)
    first = sorted(
        (page for page in figures if page.combination == labels[0]), key=lambda page: page.db
    )
    place = {page.case: number for number, page in enumerate(first)}
    x = _Scale(-0.5, max(len(first) - 0.5, 0.5), 50, _WIDTH - 10)
    y = _db_scale(figures, _HEIGHT - _AXIS, 10)
    lines = [
        joined(
            [
                tag("line", x1=50, x2=_WIDTH - 10, y1=y(mark), y2=y(mark), class_=_grid(mark)),
                _text(f"{mark:g}", 42, y(mark), "end"),
            ]
        )
        for mark in y.marks()
    ]
    dots = [
        tag(
            "circle",
            tag(
                "title", f"{page.case}, {page.combination}: {page.failure or f'{page.db:z.1f} dB'}"
            ),
            cx=x(place[page.case]),
            cy=y(page.db),
            r=3,
            **_dot(color(labels.index(page.combination)), hollow=bool(page.failure)),
        )
        for page in figures
        if page.case in place
    ]
    return _svg(
        f"Decibels of each page for {', '.join(labels)}",
        _HEIGHT,
        *lines,
        _text("dB", 8, 12, "start"),
        _text(f"pages, worst of {labels[0]} first", _WIDTH / 2, _HEIGHT - 8, "middle"),
        *dots,
    )


def difference_plot(pairs: Sequence[Pair]) -> Markup:
    """Draw the interval of each mean difference against zero."""
    ends = [0.0] + [end for pair in pairs for end in (pair.mean.low_db, pair.mean.high_db)]
    scale = _Scale.around(ends, 10, _WIDTH - 70)
    bottom = _PAIR * len(pairs) + 6.0
    rows = [
        joined(
            [
                _text(f"{pair.first} against {pair.second}", 0, _PAIR * row + 10, "start"),
                _interval(pair.mean, scale, _PAIR * row + 26, pair.verdict),
            ]
        )
        for row, pair in enumerate(pairs)
    ]
    return _svg(
        "Mean differences in decibels between combinations, with their intervals",
        bottom + _AXIS,
        _x_axis(scale, bottom, "dB more"),
        *rows,
    )


def _interval(difference: Difference, scale: _Scale, y: float, verdict: str) -> Markup:
    shade = {"better": "#00734f", "worse": "#b03a00"}.get(verdict, "#666")
    line = tag(
        "line",
        x1=scale(difference.low_db),
        x2=scale(difference.high_db),
        y1=y,
        y2=y,
        stroke=shade,
        stroke_width=3,
    )
    return joined([line, tag("circle", cx=scale(difference.db), cy=y, r=5, fill=shade)])


def _box(values: Sequence[float], scale: _Scale, y: float, fill: str) -> Markup:
    low, middle, high = (float(v) for v in np.quantile(values, [0.25, 0.5, 0.75]))
    reach = 1.5 * (high - low)
    within = [value for value in values if low - reach <= value <= high + reach]
    beyond = [value for value in values if not low - reach <= value <= high + reach]
    half = _BAR / 2 - 2
    edge = {"stroke": fill, "stroke_width": 1.2}
    return joined(
        [
            tag("line", x1=scale(min(within)), x2=scale(low), y1=y, y2=y, **edge),
            tag("line", x1=scale(high), x2=scale(max(within)), y1=y, y2=y, **edge),
            tag(
                "rect",
                x=scale(low),
                y=y - half,
                width=scale(high) - scale(low),
                height=2 * half,
                fill=fill,
                fill_opacity=0.25,
                **edge,
            ),
            tag(
                "line",
                x1=scale(middle),
                x2=scale(middle),
                y1=y - half,
                y2=y + half,
                stroke=fill,
                stroke_width=3,
            ),
            *(tag("circle", cx=scale(v), cy=y, r=2, fill=fill) for v in beyond),
            _text(f"{middle:z.1f}", _WIDTH - 6, y, "end"),
        ]
    )


def _db_scale(figures: Sequence[PageFigures], start: float, stop: float) -> _Scale:
    values = [max(page.db, FLOOR_DB) for page in figures]
    return _Scale.around([0.0, *values], start, stop)


def _x_axis(scale: _Scale, bottom: float, unit: str) -> Markup:
    marks = [
        joined(
            [
                tag("line", x1=scale(m), x2=scale(m), y1=0, y2=bottom, class_=_grid(m)),
                _text(f"{m:g}", scale(m), bottom + 12, "middle"),
            ]
        )
        for m in scale.marks()
    ]
    return joined([*marks, _text(unit, scale.stop + 12, bottom + 12, "start")])


def _grid(mark: float) -> str:
    return "zero" if abs(mark) < 1e-9 else "grid"


def _dot(shade: str, *, hollow: bool) -> Mapping[str, object]:
    return {"fill": "white" if hollow else shade, "stroke": shade, "fill_opacity": 0.8}


def _text(words: str, x: float, y: float, anchor: str) -> Markup:
    return tag("text", words, x=float(x), y=y + 4.0, text_anchor=anchor)


def _svg(label: str, height: float, *children: str) -> Markup:
    return tag(
        "svg",
        *children,
        viewBox=f"0 0 {_WIDTH} {height:g}",
        role="img",
        aria_label=label,
        class_="plot",
    )
