"""Show the worst pages of a comparison: overlay beside the original, readings over the truth."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.compare.figures import UNKNOWN, PageFigures
from ecgengine.compare.lead_plots import lead_plot
from ecgengine.compare.markup import Markup, tag
from ecgengine.data.layout import LEADS

WORST = 10
MAX_WIDTH_PX = 900

_JPEG_QUALITY = 75
_SHORT_S = 3.0
_HALF_S = 6.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What there is to see of one page that one combination read.

    Attributes:
        page: (H, W, 3) uint8 RGB, the picture.
        overlay: the same with the traces found drawn in; None when there are none.
        truth_mv: (N,) mV of each lead at `fs_hz`, NaN where it is not printed.
        reading_mv: the leads as read, on the same clock.
        fs_hz: samples per second of both.
    """

    page: NDArray[np.uint8]
    overlay: NDArray[np.uint8] | None
    truth_mv: Mapping[str, NDArray[np.floating]]
    reading_mv: Mapping[str, NDArray[np.floating]] = field(default_factory=dict)
    fs_hz: float = 500.0


EvidenceOf = Callable[[str, str], Evidence | None]
"""Gives what there is to see of a page (by name) and a combination (by label)."""


def worst_pages(figures: Sequence[PageFigures], combination: str) -> list[PageFigures]:
    """Choose the ten pages on which a combination has the fewest decibels, worst first."""
    mine = [page for page in figures if page.combination == combination]
    return sorted(mine, key=lambda page: page.db)[:WORST]


def page_article(page: PageFigures, evidence: Evidence | None) -> Markup:
    """Show one page: facts, why it failed if it did, pictures, and the leads if any was read."""
    parts = [tag("h4", page.case), tag("p", _facts(page), class_="facts")]
    if page.failure:
        parts.append(tag("p", f"Failed: {page.failure}", class_="failure"))
    if evidence is None:
        parts.append(tag("p", "The page cannot be shown.", class_="soft"))
    else:
        parts.append(_pictures(page, evidence))
        if any(_is_read(evidence, name) for name in evidence.truth_mv):
            parts.append(_leads(page, evidence))
        elif not page.failure:
            parts.append(tag("p", "None of its leads was read.", class_="failure"))
    return tag("article", *parts)


def _facts(page: PageFigures) -> str:
    layout = f"layout {page.layout}"
    if page.layout_right is False:
        layout += f", taken for {page.layout_found}" if page.layout_found else ", not found"
    elif page.layout == UNKNOWN and page.layout_found:
        layout = f"taken for layout {page.layout_found}"
    facts = [f"{page.db:z.1f} dB", f"source {page.source}", layout]
    if not math.isnan(page.seconds):
        facts.append(f"{page.seconds:.2f} s")
    return " · ".join(facts)


def _pictures(page: PageFigures, evidence: Evidence) -> Markup:
    shown = [_picture(evidence.page, f"{page.case}, the page", "The page")]
    if evidence.overlay is not None:
        alt = f"{page.case} with the traces that {page.combination} found"
        shown.append(_picture(evidence.overlay, alt, f"Traces found by {page.combination}"))
    return tag("div", *shown, class_="pictures")


def _picture(image: NDArray[np.uint8], alt: str, caption: str) -> Markup:
    data, width, height = jpeg(image)
    source = f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"
    shown = tag("img", src=source, alt=alt, width=width, height=height, loading="lazy")
    return tag("figure", shown, tag("figcaption", caption))


def jpeg(image: NDArray[np.uint8]) -> tuple[bytes, int, int]:
    """Encode an RGB picture, scaled down to at most 900 px wide; give its width and height too."""
    height, width = image.shape[:2]
    if width > MAX_WIDTH_PX:
        height, width = max(round(height * MAX_WIDTH_PX / width), 1), MAX_WIDTH_PX
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8)
    bgr = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return data.tobytes(), width, height


def _leads(page: PageFigures, evidence: Evidence) -> Markup:
    """Set the leads side by side, those with a row of their own last."""
    names = [name for name in LEADS if name in evidence.truth_mv]
    names.sort(key=lambda name: _span(evidence.truth_mv[name], evidence.fs_hz) or "")
    return tag("div", *(_lead(page, evidence, name) for name in names), class_="leads")


def _span(truth_mv: NDArray[np.floating], fs_hz: float) -> str | None:
    """Give the style class of a lead wider than one column of four."""
    seconds = np.isfinite(truth_mv).sum() / fs_hz
    return None if seconds <= _SHORT_S else "half" if seconds <= _HALF_S else "whole"


def _lead(page: PageFigures, evidence: Evidence, name: str) -> Markup:
    truth, words = evidence.truth_mv[name], "not read"
    if _is_read(evidence, name):
        words = f"{page.leads[name].db:z.1f} dB" if name in page.leads else ""
    plot = lead_plot(truth, evidence.reading_mv.get(name), evidence.fs_hz, name)
    caption = tag("figcaption", tag("b", name), " ", words)
    return tag("figure", plot, caption, class_=_span(truth, evidence.fs_hz))


def _is_read(evidence: Evidence, name: str) -> bool:
    return bool(np.isfinite(evidence.reading_mv.get(name, np.nan)).any())
