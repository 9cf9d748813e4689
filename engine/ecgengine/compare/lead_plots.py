"""Truth and reading of a lead laid over each other, as SVG on ruled paper."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine.compare.markup import Markup, tag

MAX_POINTS = 600

_PER_S = 100.0
_PER_MV = 40.0
"""In the proportion of 25 mm/s to 10 mm/mV."""

_MARGIN_MV = 0.25
_LEAST_MV = 1.0
_PAPER = "paper"

PAPER = tag(
    "svg",
    tag(
        "pattern",
        tag("path", d=f"M0 0H{_PER_S / 5:g}M0 0V{_PER_MV / 2:g}", class_="ruling"),
        id=_PAPER,
        width=_PER_S / 5,
        height=_PER_MV / 2,
        patternUnits="userSpaceOnUse",
    ),
    width=0,
    height=0,
    aria_hidden="true",
    class_="defs",
)
"""The ruling that `lead_plot` refers to: 0.2 s and 0.5 mV. It stands once in the document."""


def lead_plot(
    truth_mv: NDArray[np.floating],
    reading_mv: NDArray[np.floating] | None,
    fs_hz: float,
    name: str,
) -> Markup:
    """Draw a lead where its truth is known: it in black, the reading in red, both in mV.

    The paper is as high as the truth needs; a reading that goes farther is cut off.
    """
    known = np.flatnonzero(np.isfinite(truth_mv))
    first, stop = (int(known[0]), int(known[-1]) + 1) if known.size else (0, 1)
    truth = np.asarray(truth_mv[first:stop], dtype=np.float64)
    low = float(np.min(truth[np.isfinite(truth)], initial=0.0)) - _MARGIN_MV
    high = float(np.max(truth[np.isfinite(truth)], initial=0.0)) + _MARGIN_MV
    missing = max(_LEAST_MV - (high - low), 0.0)
    top, bottom = -(high + missing / 2) * _PER_MV, -(low - missing / 2) * _PER_MV
    width = max((stop - first) / fs_hz * _PER_S, 1.0)
    curves = [tag("path", d=curve_path(truth, fs_hz), class_="truth")]
    if reading_mv is not None:
        reading = np.asarray(reading_mv[first:stop], dtype=np.float64)
        curves.append(tag("path", d=curve_path(reading, fs_hz), class_="reading"))
    return tag(
        "svg",
        tag("rect", x=0, y=top, width=width, height=bottom - top, fill=f"url(#{_PAPER})"),
        *curves,
        viewBox=f"0 {top:.1f} {width:.1f} {bottom - top:.1f}",
        role="img",
        aria_label=f"Truth and reading of {name}",
    )


def curve_path(samples_mv: NDArray[np.float64], fs_hz: float) -> str:
    """Give an SVG path through (N,) samples, at most 600 points, with a break at each gap."""
    chosen = thinned(samples_mv, MAX_POINTS)
    values = samples_mv[chosen]
    words, joins = [], False
    for index, value in zip(chosen, values, strict=True):
        if np.isnan(value):
            joins = False
            continue
        move = "L" if joins else "M"
        words.append(f"{move}{index / fs_hz * _PER_S:.1f} {-value * _PER_MV:z.1f}")
        joins = True
    return "".join(words)


def thinned(samples: NDArray[np.float64], count: int) -> NDArray[np.intp]:
    """Choose at most `count` of (N,) samples so that the curve's outline stays.

    Of each stretch the lowest and the highest stay; of one with NaN only, a NaN.
    """
    if samples.size <= count:
        return np.arange(samples.size)
    width = -(-samples.size // (count // 2))
    stretches = -(-samples.size // width)
    padded = np.full(stretches * width, np.nan)
    padded[: samples.size] = samples
    table = padded.reshape(stretches, width)
    known = np.isfinite(table)
    lowest = np.where(known, table, np.inf).argmin(axis=1)
    highest = np.where(known, table, -np.inf).argmax(axis=1)
    ends = np.sort(np.stack([lowest, highest], axis=1), axis=1)
    return np.unique((ends + np.arange(stretches)[:, None] * width).ravel())
