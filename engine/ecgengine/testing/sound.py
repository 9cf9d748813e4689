"""What every result of a stage must be, whatever page it came from."""

from __future__ import annotations

import numpy as np

from ecgengine.data.digitized import Digitized
from ecgengine.data.layout import LEADS, Layout
from ecgengine.data.page import Page
from ecgengine.data.recording import LeadStatus, Recording
from ecgengine.data.sheet import Sheet
from ecgengine.data.source import Source, SourceGuess
from ecgengine.data.strips import Strips
from ecgengine.data.tracemap import TraceMap
from ecgengine.data.traces import Traces
from ecgengine.testing.results import expect
from ecgengine.truth.case import Case


def sound_page(page: Page) -> None:
    """Check that a page is (H, W, 3) uint8 and has pixels."""
    image = page.image
    expect(isinstance(page, Page), f"it gave {type(page).__name__}, not a Page")
    expect(image.dtype == np.uint8, f"its image is {image.dtype}, not uint8")
    expect(image.ndim == 3 and image.shape[2] == 3, f"its image has shape {image.shape}")
    expect(image.size, "its image has no pixels")


def sound_guess(guess: SourceGuess) -> None:
    """Check that probabilities are such, and of known sources."""
    expect(isinstance(guess, SourceGuess), f"it gave {type(guess).__name__}, not a SourceGuess")
    expect(set(guess.probabilities) <= set(Source), "it guesses unknown sources")
    values = list(guess.probabilities.values())
    expect(all(0 <= value <= 1 for value in values), f"probabilities are {values}")
    expect(abs(sum(values) - 1) < 1e-3, f"probabilities sum to {sum(values):g}, not 1")


def sound_sheet(sheet: Sheet) -> None:
    """Check image, scale and map."""
    expect(isinstance(sheet, Sheet), f"it gave {type(sheet).__name__}, not a Sheet")
    expect(sheet.image.dtype == np.uint8 and sheet.image.ndim == 3, "its image is not RGB uint8")
    for value in (sheet.px_per_mm_x, sheet.px_per_mm_y):
        expect(np.isfinite(value) and value > 0, f"its scale is {value} px/mm")
    expect(np.isfinite(sheet.page_map.nodes_px).all(), "its map to the page is not finite")
    expect(0 <= sheet.confidence <= 1, f"its confidence is {sheet.confidence}, not in 0..1")


def sound_trace_map(sheet: Sheet, trace_map: TraceMap) -> None:
    """Check shapes, types and the range 0..1 of every channel."""
    expect(isinstance(trace_map, TraceMap), f"it gave {type(trace_map).__name__}, not a TraceMap")
    height, width = sheet.image.shape[:2]
    trace = trace_map.trace
    expect(
        trace.ndim == 3 and trace.shape[1:] == (height, width * trace_map.columns_per_px),
        f"its trace has shape {trace.shape} on a sheet of {height} x {width}",
    )
    for name in ("trace", "hidden", "text", "rules"):
        channel = getattr(trace_map, name)
        if channel is None:
            continue
        expect(channel.dtype == np.float32, f"its {name} is {channel.dtype}, not float32")
        expect(np.isfinite(channel).all(), f"its {name} is not finite")
        expect(channel.min() >= 0 and channel.max() <= 1, f"its {name} leaves 0..1")
        if name != "trace":
            expect(channel.shape == (height, width), f"its {name} has shape {channel.shape}")


def sound_strips(strips: Strips) -> None:
    """Check that strips have an extent, finite numbers and known names."""
    expect(isinstance(strips, Strips), f"it gave {type(strips).__name__}, not Strips")
    for strip in strips.strips:
        numbers = (strip.x_start_px, strip.x_end_px, strip.zero_px, strip.start_s)
        expect(np.isfinite(numbers).all(), f"{strip} is not finite")
        expect(strip.x_start_px < strip.x_end_px, f"{strip} has no length")
        expect(strip.top_px <= strip.bottom_px, f"{strip} is upside down")
    expect(strips.calibration.gain_mm_per_mv > 0, "its gain is not positive")
    expect(strips.calibration.speed_mm_per_s > 0, "its paper speed is not positive")


def sound_traces(strips: Strips, traces: Traces) -> None:
    """Check that every trace is of a strip and has as many confidences as rows."""
    expect(isinstance(traces, Traces), f"it gave {type(traces).__name__}, not Traces")
    for trace in traces.traces:
        expect(0 <= trace.strip < len(strips.strips), f"there is no strip {trace.strip}")
        expect(trace.step_px > 0, f"its step is {trace.step_px} px")
        expect(trace.y_px.shape == trace.confidence.shape, "rows and confidences differ in number")
        expect(not np.isinf(trace.y_px).any(), "it gave infinite rows")
        sure = trace.confidence
        expect(np.isfinite(sure).all(), "its confidence is not finite")
        expect(sure.size == 0 or (sure.min() >= 0 and sure.max() <= 1), "confidence leaves 0..1")


def sound_recording(recording: Recording) -> None:
    """Check that the twelve leads are there, finite or NaN, with reasons where not ok."""
    expect(isinstance(recording, Recording), f"it gave {type(recording).__name__}")
    names = [lead.name for lead in recording.leads]
    expect(names[:12] == list(LEADS), f"its first leads are {names[:12]}")
    expect(len(set(names)) == len(names), f"two of its leads share a name: {names}")
    for lead in recording.leads:
        expect(lead.samples_mv.dtype == np.float32, f"{lead.name} is {lead.samples_mv.dtype}")
        expect(not np.isinf(lead.samples_mv).any(), f"{lead.name} is infinite somewhere")
        expect(lead.confidence.shape == lead.samples_mv.shape, f"{lead.name}: confidence is short")
        ok = lead.status is LeadStatus.OK
        expect(ok or lead.reasons, f"{lead.name} is {lead.status} without a reason")
        empty = not np.isfinite(lead.samples_mv).any()
        expect(not (ok and empty), f"{lead.name} is ok, but holds nothing")


def sound_files(result: Digitized, files: object) -> None:
    """Check that files are bytes under plain names that begin with the page's name."""
    expect(hasattr(files, "items"), f"it gave {type(files).__name__}, not a mapping")
    for name, content in dict(files).items():  # type: ignore[call-overload]
        expect(isinstance(content, bytes), f"{name} is {type(content).__name__}, not bytes")
        expect("/" not in name and "\\" not in name, f"{name} is no plain file name")
        expect(name.startswith(result.page.name), f"{name} does not begin with the page's name")


def sound_layout(layout: Layout) -> None:
    """Check that the cells of each row follow each other or start at once, and leads are known."""
    expect(isinstance(layout, Layout), f"it gave {type(layout).__name__}, not a Layout")
    expect(layout.rows and all(layout.rows), "it has an empty row")
    expect(0 <= layout.rhythm_rows < len(layout.rows), f"it has {layout.rhythm_rows} rhythm rows")
    for row in layout.rows:
        together = all(cell.start_s == row[0].start_s for cell in row)
        for cell, after in zip(row, (*row[1:], None), strict=True):
            expect(cell.duration_s > 0, f"{cell} lasts no time")
            expect(cell.lead is None or cell.lead.lstrip("-") in LEADS, f"{cell.lead} is no lead")
            end_s = cell.start_s + cell.duration_s
            follows = together or after is None or abs(after.start_s - end_s) < 1e-9
            expect(follows, f"a gap follows {cell}")


def sound_case(case: Case) -> None:
    """Check page, leads and truth; the curves of a synthetic page lie on its picture."""
    expect(isinstance(case, Case), f"it gave {type(case).__name__}, not a Case")
    sound_page(case.page)
    leads = case.leads.leads_mv
    expect(set(leads) & set(LEADS), "its truth holds none of the twelve leads")
    sizes = {name: samples.shape for name, samples in leads.items()}
    expect(len(set(sizes.values())) == 1, f"its leads are not all as long: {sizes}")
    expect(any(np.isfinite(x).any() for x in leads.values()), "its truth holds no sample")
    expect(not any(np.isinf(x).any() for x in leads.values()), "its truth is infinite somewhere")
    if case.truth is None:
        return
    height, width = case.page.image.shape[:2]
    for strip in case.truth.strips:
        expect(strip.lead in LEADS, f"{strip.lead} is no lead")
        x, y = case.truth.paper_map.to_page(strip.centerline_mm.astype(np.float64)).T
        inside = (x > -0.5) & (x < width - 0.5) & (y > -0.5) & (y < height - 0.5)
        expect(inside.mean() > 0.5, f"most of {strip.lead} lies outside the picture")
