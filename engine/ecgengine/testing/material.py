"""What the checks feed to stages: the sample page at each step, and awkward pages and sheets."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.digitized import Digitized
from ecgengine.data.layout import LEADS, Cell, Layout
from ecgengine.data.page import Page
from ecgengine.data.recording import Lead, LeadStatus, Recording
from ecgengine.data.sheet import PaperGrid, Sheet
from ecgengine.data.source import Source, SourceGuess
from ecgengine.data.strips import Calibration, Strip, Strips
from ecgengine.data.tracemap import TraceMap
from ecgengine.data.traces import Trace, Traces
from ecgengine.geometry.page_map import PageMap
from ecgengine.truth.sample import Sample, make_page

PX_PER_MM = 8.0
PEN_MM = 0.35
_ROWS = (("I", "aVR", "V1", "V4"), ("II", "aVL", "V2", "V5"), ("III", "aVF", "V3", "V6"), ("II",))
_PX_PER_S = 25 * PX_PER_MM
_PX_PER_MV = 10 * PX_PER_MM

LAYOUT = Layout(
    name="3x4+1",
    rows=tuple(
        tuple(Cell(lead, 10 / len(row) * i, 10 / len(row)) for i, lead in enumerate(row))
        for row in _ROWS
    ),
    rhythm_rows=1,
    default_rhythm=("II",),
)
"""The arrangement of the sample page."""


@cache
def sample() -> Sample:
    """Give the sample page; noiseless, 3x4 with a rhythm strip, 8 px/mm."""
    return make_page(PX_PER_MM, PEN_MM)


def awkward_pages() -> dict[str, Page]:
    """Give pages without an ECG on them, by what they are."""
    return {
        "blank": _page(np.full((160, 240, 3), 255, np.uint8)),
        "all ink": _page(np.zeros((160, 240, 3), np.uint8)),
        "one pixel": _page(np.full((1, 1, 3), 255, np.uint8)),
        "odd size": _page(_speckled(37, 401)),
    }


def sheet_of(page: Page) -> Sheet:
    """Give the page as a sheet that needed no turning."""
    height, width = page.image.shape[:2]
    identity = PageMap.affine(np.array([[1.0, 0, 0], [0, 1.0, 0]]), width, height)
    grid = PaperGrid(-0.5, -0.5)
    return Sheet(page.image, PX_PER_MM, PX_PER_MM, identity, "grid", grid=grid)


@cache
def sample_strips() -> Strips:
    """Give the strips of the sample page, exactly."""
    found = []
    drawn = sample()
    for row, (cells, zero_px) in enumerate(zip(LAYOUT.rows, drawn.zero_px, strict=True)):
        for cell in cells:
            start = drawn.left_px + cell.start_s * _PX_PER_S
            found.append(
                Strip(
                    lead=cell.lead,
                    row=row,
                    rhythm=len(cells) == 1,
                    x_start_px=start,
                    x_end_px=start + cell.duration_s * _PX_PER_S,
                    zero_px=zero_px,
                    top_px=zero_px - 30 * PX_PER_MM,
                    bottom_px=zero_px + 20 * PX_PER_MM,
                    start_s=cell.start_s,
                )
            )
    return Strips(tuple(found), LAYOUT.name, Calibration())


def curve(strip: Strip) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give sheet (x, y) of the pen's center along a strip of the sample page."""
    drawn = sample()
    fs_hz = drawn.truth.fs_hz
    first = round(strip.start_s * fs_hz)
    count = round((strip.x_end_px - strip.x_start_px) / _PX_PER_S * fs_hz)
    mv = drawn.truth.leads_mv[strip.lead or ""][first : first + count]
    x = strip.x_start_px + np.arange(count) / fs_hz * _PX_PER_S
    return x, strip.zero_px - mv * _PX_PER_MV


@cache
def sample_trace_map() -> TraceMap:
    """Draw what a perfect segmenter gives for the sample page: pen, rules and text apart."""
    image = sample().page.image
    height, width = image.shape[:2]
    scale, bits = 4, 4
    mask = np.zeros((height * scale, width * scale), np.uint8)
    for strip in sample_strips().strips:
        points = (np.stack(curve(strip), axis=1) + 0.5) * scale - 0.5
        fixed = np.rint(points * 2**bits).astype(np.int32)
        thickness = round(PEN_MM * PX_PER_MM * scale)
        cv2.polylines(mask, [fixed], False, 255, thickness, cv2.LINE_8, bits)
    ink = cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA)
    trace = (ink.astype(np.float32) / np.float32(255))[None]
    other = (image.max(axis=2) < 128) & (trace[0] == 0)
    rules = other & _rule_places(height, width)
    return TraceMap(
        trace,
        "ink",
        pen_width_px=PEN_MM * PX_PER_MM,
        text=(other & ~rules).astype(np.float32),
        rules=rules.astype(np.float32),
    )


@cache
def sample_traces() -> Traces:
    """Give what a perfect extractor reads from the sample page."""
    found = []
    for index, strip in enumerate(sample_strips().strips):
        x, y = curve(strip)
        confidence = np.ones(x.size, np.float32)
        found.append(Trace(index, float(x[0]), float(x[1] - x[0]), y, confidence))
    return Traces(tuple(found))


def awkward_trace_maps() -> dict[str, tuple[Sheet, TraceMap]]:
    """Give sheets with trace maps that show no ECG, by what they are."""
    return {
        name: (sheet_of(page), TraceMap(_coverage(page))) for name, page in awkward_pages().items()
    }


def one_strip(sheet: Sheet) -> Strips:
    """Give a single strip that covers a whole sheet."""
    height, width = sheet.image.shape[:2]
    strip = Strip("II", 0, False, 0.0, float(width), height / 2, 0.0, float(height), 0.0)
    return Strips((strip,), None, Calibration())


def sample_result() -> Digitized:
    """Give the sample page with a recording that is exact."""
    drawn = sample()
    leads = tuple(
        Lead(
            name,
            drawn.truth.leads_mv[name][printed].astype(np.float32),
            float(np.flatnonzero(printed)[0] / drawn.truth.fs_hz),
            np.ones(int(printed.sum()), np.float32),
        )
        for name in LEADS
        for printed in [np.isfinite(drawn.truth.leads_mv[name])]
    )
    recording = Recording(
        drawn.page.name, drawn.truth.fs_hz, LAYOUT.duration_s, leads, LAYOUT.name, Calibration()
    )
    return Digitized(
        drawn.page,
        SourceGuess(Source.RENDER, {Source.RENDER: 1.0}),
        sheet_of(drawn.page),
        sample_trace_map(),
        sample_strips(),
        sample_traces(),
        recording,
    )


def awkward_results() -> dict[str, Digitized]:
    """Give results with gaps and without leads, and a page whose name is no plain word."""
    whole = sample_result()
    holes = tuple(
        replace(lead, samples_mv=np.full_like(lead.samples_mv, np.nan))
        for lead in whole.recording.leads
    )
    empty = np.zeros(0, np.float32)
    missing = tuple(
        Lead(name, empty, 0.0, empty, LeadStatus.MISSING, ("nothing is printed",)) for name in LEADS
    )
    strange = "Zoë's page 1, copy"
    return {
        "NaN": replace(whole, recording=replace(whole.recording, leads=holes)),
        "empty": replace(
            whole, traces=Traces(()), recording=replace(whole.recording, leads=missing)
        ),
        "odd name": replace(
            whole,
            page=replace(whole.page, name=strange),
            recording=replace(whole.recording, name=strange),
        ),
    }


def _rule_places(height: int, width: int) -> NDArray[np.bool_]:
    """Mark where the sample page has separators, and pulses before its rows."""
    places = np.zeros((height, width), np.bool_)
    for strip in sample_strips().strips:
        x, zero = round(strip.x_start_px), round(strip.zero_px)
        if strip.start_s > 0:
            places[zero - 28 : zero + 29, x - 3 : x + 4] = True
        else:
            places[zero - 88 : zero + 8, x - 68 : x - 4] = True
    return places


def _page(image: NDArray[np.uint8]) -> Page:
    return Page(image, "page", "page.png")


def _speckled(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)


def _coverage(page: Page) -> NDArray[np.float32]:
    coverage: NDArray[np.float32] = 1 - page.image.mean(axis=2, dtype=np.float32)[None] / 255
    return coverage
