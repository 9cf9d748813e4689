from __future__ import annotations

import cv2
import numpy as np
import pytest

from ecgengine.data.sheet import Sheet
from ecgengine.data.source import Source
from ecgengine.data.strips import Calibration, Strip, Strips
from ecgengine.data.tracemap import TraceMap
from ecgengine.geometry.page_map import PageMap
from ecgengine.truth.true_sheet import true_sheet
from ecgengine_plugins.datasets.options import SyntheticOptions
from ecgengine_plugins.datasets.synthetic import SyntheticDataset
from ecgengine_plugins.extractors.fusion.extractor import FusionExtractor
from ecgengine_plugins.extractors.network import extractor
from ecgengine_plugins.extractors.network.extractor import NetworkExtractor, RowNetwork
from ecgengine_plugins.extractors.options import FusionOptions, NetworkOptions, ViterbiOptions
from ecgengine_plugins.extractors.viterbi.extractor import ViterbiExtractor
from ecgengine_plugins.networks.rows import window as windows
from ecgengine_plugins.segmenters.ink.segmenter import InkSegmenter

OPTIONS = NetworkOptions(threads=1)
VITERBI = ViterbiExtractor(ViterbiOptions())


def the_network(options: NetworkOptions = OPTIONS) -> NetworkExtractor:
    return NetworkExtractor(options, VITERBI)


def material(source: Source):
    """One synthetic page laid flat by its truth, with its first row's strips as they are."""
    made = SyntheticDataset(SyntheticOptions(seed=8, sources=source, layouts="3x4"))
    case = made.load(made.names()[0])
    sheet, truth = true_sheet(case.page, case.truth), case.truth
    px = sheet.px_per_mm_x
    first = [strip for strip in truth.strips if strip.row == 0]
    long_px = truth.calibration.speed_mm_per_s * px
    strips = tuple(
        Strip(
            lead=s.lead, row=0, rhythm=False, x_start_px=s.x_mm * px - 0.5,
            x_end_px=s.x_mm * px - 0.5 + s.duration_s * long_px, zero_px=s.zero_mm * px - 0.5,
            top_px=(s.zero_mm - 20) * px, bottom_px=(s.zero_mm + 20) * px, start_s=s.start_s,
        )
        for s in first
    )  # fmt: skip
    dark = 1 - sheet.image.min(axis=2).astype(np.float32) / 255
    trace_map = TraceMap(np.ascontiguousarray((dark * (dark > 0.5))[None]), pen_width_px=3.0)
    return sheet, trace_map, Strips(strips, "3x4", truth.calibration), first


def off_mm(sheet, trace, strip) -> float:
    """How far a trace usually lies from the pen's center, away from the strip's ends."""
    x, y = (strip.centerline_mm.astype(float) * sheet.px_per_mm_x - 0.5).T
    inside = (trace.x_px > x[0] + 3) & (trace.x_px < x[-1] - 3)
    off = np.abs(trace.y_px - np.interp(trace.x_px, x, y))[inside]
    return float(np.median(off)) / sheet.px_per_mm_y


@pytest.mark.parametrize(("source", "most_mm"), [(Source.RENDER, 0.1), (Source.PHOTO, 0.25)])
def test_reads_a_row_to_a_fraction_of_a_millimeter(source, most_mm) -> None:
    sheet, trace_map, strips, truth = material(source)
    traces = the_network().extract(sheet, trace_map, strips).traces
    assert [trace.strip for trace in traces] == [0, 1, 2, 3]
    for trace, strip in zip(traces, truth, strict=True):
        assert off_mm(sheet, trace, strip) < most_mm
        assert np.median(trace.confidence) > 0.8


def test_reading_twice_is_finer() -> None:
    sheet, trace_map, strips, truth = material(Source.PHOTO)

    def off_px(options: NetworkOptions) -> float:
        traces = the_network(options).extract(sheet, trace_map, strips).traces
        misses = []
        for trace, strip in zip(traces, truth, strict=True):
            x, y = (strip.centerline_mm.astype(float) * sheet.px_per_mm_x - 0.5).T
            inside = (trace.x_px > x[0] + 3) & (trace.x_px < x[-1] - 3)
            misses.append((trace.y_px - np.interp(trace.x_px, x, y))[inside])
        return float(np.sqrt(np.mean(np.concatenate(misses) ** 2)))

    assert off_px(OPTIONS) < off_px(OPTIONS.model_copy(update={"twice": False}))


def tall_wave(height_mm: float) -> tuple[Sheet, Strips]:
    """A row at 90 mm with a wave of 5 mm, and one of this height."""
    px = 8.0
    x = np.arange(10.0, 110.0, 0.05)
    wave = height_mm * np.exp(-(((x - 60) / 1.2) ** 2)) + 5 * np.exp(-(((x - 85) / 4) ** 2))
    curve = np.stack([x, 90.0 - wave], axis=1)
    image = np.full((round(120 * px), round(120 * px), 3), 250, np.uint8)
    points = np.rint((curve * px - 0.5) * 16).astype(np.int32)
    cv2.polylines(image, [points], False, (20, 20, 20), 3, cv2.LINE_AA, 4)
    strip = Strip(
        lead="V4", row=0, rhythm=False, x_start_px=10 * px - 0.5, x_end_px=110 * px - 0.5,
        zero_px=90 * px - 0.5, top_px=0.0, bottom_px=119 * px, start_s=0.0,
    )  # fmt: skip
    sheet = Sheet(image, px, px, PageMap(np.zeros((2, 2, 2)), 1.0, 1.0), "given")
    calibration = Calibration(10.0, 25.0, "given", "given")
    return sheet, Strips((strip,), "", calibration)


@pytest.mark.parametrize("height_mm", [20.0, 55.0])
def test_waves_are_read_to_their_tips_however_tall(
    height_mm: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet, strips = tall_wave(height_mm)

    def tip_off_mm() -> float:
        (trace,) = RowNetwork(OPTIONS).read(sheet, strips).traces
        near = np.abs(trace.x_px + 0.5 - 60 * 8) < 4
        return abs(float(np.nanmin(trace.y_px[near]) + 0.5) / 8 - (90 - height_mm))

    assert tip_off_mm() < 2.0
    monkeypatch.setattr(extractor, "TALL_MM", windows.REACH_MM)
    assert (tip_off_mm() < 2.0) == (height_mm < windows.REACH_MM)


def test_tall_waves_are_read_as_in_the_whole_row_and_no_farther_around_than_matters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sheet, strips = tall_wave(55.0)
    reader = RowNetwork(OPTIONS)
    shapes: list[tuple[int, ...]] = []
    ask = reader._network

    def asked(image: np.ndarray, zero_rows: np.ndarray) -> np.ndarray:
        shapes.append(image.shape[1:3])
        return ask(image, zero_rows)

    monkeypatch.setattr(reader, "_network", asked)
    (trace,) = reader.read(sheet, strips).traces
    usual, _, tall, _ = shapes
    assert tall[0] > usual[0]
    assert tall[1] < usual[1]
    monkeypatch.setattr(extractor, "_CONTEXT_MM", 200.0)
    (whole,) = reader.read(sheet, strips).traces
    assert shapes[-1] == (tall[0], usual[1])
    assert np.abs(trace.y_px - whole.y_px).max() < 0.1


def test_bare_paper_is_read_with_low_confidence() -> None:
    sheet, trace_map, strips, _ = material(Source.RENDER)
    sheet.image[:] = 240
    traces = the_network().extract(sheet, trace_map, strips).traces
    assert all(np.median(trace.confidence) < 0.5 for trace in traces)


@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_fusion_fits_the_stroke_from_there_where_ink_is_clean(noise) -> None:
    sheet, _, strips, truth = material(Source.RENDER)
    trace_map = InkSegmenter().segment(sheet)
    read = the_network().extract(sheet, trace_map, strips).traces
    options = FusionOptions(noise=noise)
    fused = (
        FusionExtractor(options, the_network(), VITERBI).extract(sheet, trace_map, strips).traces
    )
    assert [trace.strip for trace in fused] == [0, 1, 2, 3]
    coarse = [off_mm(sheet, *pair) for pair in zip(read, truth, strict=True)]
    fine = [off_mm(sheet, *pair) for pair in zip(fused, truth, strict=True)]
    assert (fine == coarse) == (noise == 0.0)
    assert max(fine) < 0.02
