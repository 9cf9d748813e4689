"""Draw what was read on the page that was given, so that a person sees whether it is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.digitized import Digitized
from ecgengine.data.recording import Recording
from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Strip
from ecgengine.data.traces import Trace
from ecgengine_plugins.paper.runs import runs
from ecgengine_plugins.writers.options import OverlayOptions

_COLORS = (
    (0, 92, 230),
    (0, 140, 60),
    (140, 0, 190),
    (190, 105, 0),
    (0, 140, 150),
    (110, 70, 30),
)
"""Told apart at a glance, none of them the red that marks doubt."""

_DOUBT_COLOR = (230, 0, 30)
_SURE = 0.5
_PNG = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, 0, 19, 32]
"""The least effort, and each row less the one above (`IMWRITE_PNG_FILTER_UP`, which OpenCV names
since 4.12 and ignored before): half the time of level 3 at about as many bytes, a
fifth more on renders."""

_SHIFT = 4
"""Fractional bits of OpenCV's line coordinates: a sixteenth of a pixel."""


class OverlayWriter:
    """Each curve in its lead's color on the faded page; red where the reading is unsure."""

    def __init__(self, options: OverlayOptions) -> None:
        self._options = options

    def render(self, result: Digitized) -> Mapping[str, bytes]:
        """Give `NAME_overlay.png`, of the page's own size."""
        value = np.arange(256, dtype=np.float32)
        faded = (value + (255 - value) * self._options.fade).astype(np.uint8)
        picture = np.asarray(cv2.LUT(result.page.image, faded), dtype=np.uint8)
        width = max(1, round(picture.shape[1] / 2200))
        for index, strip in enumerate(result.strips.strips):
            _draw_name(picture, strip, result.sheet, _color(index), width)
        for trace in result.traces.traces:
            _draw_curve(picture, trace, result.sheet, _color(trace.strip), width)
        ok, png = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), _PNG)
        if not ok:
            raise RuntimeError("OpenCV could not encode the overlay")
        return {f"{result.recording.name}_overlay.png": png.tobytes()}

    def render_batch(self, recordings: Sequence[Recording]) -> Mapping[str, bytes]:
        """Give nothing: every page has its own picture."""
        return {}


def _color(strip: int) -> tuple[int, int, int]:
    return _COLORS[strip % len(_COLORS)]


def _draw_curve(
    picture: NDArray[np.uint8],
    trace: Trace,
    sheet: Sheet,
    color: tuple[int, int, int],
    width: int,
) -> None:
    x = trace.x_px
    points = sheet.page_map.to_page(np.stack([x, trace.y_px], axis=1))
    for run in runs(np.isfinite(trace.y_px)):
        for part, sure in _parts(run, trace.confidence >= _SURE):
            fixed = np.rint(points[part] * (1 << _SHIFT)).astype(np.int32)
            drawn = color if sure else _DOUBT_COLOR
            cv2.polylines(picture, [fixed], False, drawn, width, cv2.LINE_AA, _SHIFT)


def _parts(run: slice, sure: NDArray[np.bool_]) -> list[tuple[slice, bool]]:
    """Cut a run where sureness changes; neighbors share a point so that no line breaks."""
    changes = np.flatnonzero(np.diff(sure[run].astype(np.int8))) + run.start + 1
    bounds = [run.start, *changes.tolist(), run.stop]
    return [(slice(max(a - 1, run.start), b), bool(sure[a])) for a, b in pairwise(bounds)]


def _draw_name(
    picture: NDArray[np.uint8],
    strip: Strip,
    sheet: Sheet,
    color: tuple[int, int, int],
    width: int,
) -> None:
    """Put the lead's name, outlined in white, above the strip's start."""
    height_mm = 3.0
    corner = np.array([[strip.x_start_px, strip.zero_px - 8.5 * sheet.px_per_mm_y]])
    x, y = sheet.page_map.to_page(corner)[0]
    name = strip.lead or "?"
    name = f"-{name}" if strip.inverted else name
    scale = height_mm * sheet.px_per_mm_y / 22
    (w, h), _ = cv2.getTextSize(name, cv2.FONT_HERSHEY_SIMPLEX, scale, width + 1)
    left, bottom = int(np.clip(x, 2, picture.shape[1] - w - 2)), int(max(y, h + 4))
    font = cv2.FONT_HERSHEY_SIMPLEX
    for ink, more in (((255, 255, 255), 5), (color, 1)):
        cv2.putText(picture, name, (left, bottom), font, scale, ink, width + more, cv2.LINE_AA)
