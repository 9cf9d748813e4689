"""Checks of the group `accuracy`: how near a stage comes on the sample page, given perfect input.

The floors are generous: they tell a stage that works from one that does not. What a good one
reaches is for benchmarks to say.
"""

from __future__ import annotations

import numpy as np

from ecgengine.data.page import Page
from ecgengine.data.recording import Recording
from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Strips
from ecgengine.data.tracemap import TraceMap
from ecgengine.data.traces import Traces
from ecgengine.testing import material
from ecgengine.testing.results import expect

SCALE_TOLERANCE = 2e-3
EXTRACTION_FLOOR_DB = 10.0
ASSEMBLY_TOLERANCE_MV = 0.02


def accurate_page(page: Page) -> None:
    """Expect ink that stays 100 levels darker than paper."""
    ink = material.sample_trace_map().trace[0]
    gray = page.image.mean(axis=2)
    contrast = float(np.median(gray[ink == 0]) - np.median(gray[ink == 1]))
    expect(contrast > 100, f"the trace is only {contrast:.0f} levels darker than paper")


def accurate_sheet(sheet: Sheet) -> None:
    """Expect a scale that is right to two parts in a thousand across the whole page."""
    for axis, per_mm in enumerate((sheet.px_per_mm_x, sheet.px_per_mm_y)):
        ends = np.zeros((2, 2))
        ends[:, axis] = np.array([20.0, 180.0]) * per_mm
        page_px = np.linalg.norm(np.diff(sheet.page_map.to_page(ends), axis=0))
        error = float(page_px) / (160 * material.PX_PER_MM) - 1
        axis_name = "xy"[axis]
        expect(abs(error) < SCALE_TOLERANCE, f"px/mm along {axis_name} is off by {error:+.2%}")


def accurate_trace_map(trace_map: TraceMap) -> None:
    """Expect nine tenths of the pen found, and little else."""
    trace = trace_map.trace.max(axis=0)
    if trace_map.columns_per_px > 1:
        trace = trace.reshape(trace.shape[0], -1, trace_map.columns_per_px).max(axis=2)
    ink = material.sample_trace_map().trace[0]
    if trace_map.meaning == "ink":
        found = float(trace[ink == 1].mean())
        expect(found > 0.8, f"it finds {found:.0%} of the pen's pixels")
    for strip in material.sample_strips().strips:
        x, y = material.curve(strip)
        columns = np.rint(x).astype(np.intp)
        rows = np.rint(y).astype(np.intp)
        reach = np.arange(-4, 5)
        near = trace[rows[:, None] + reach, columns[:, None]].max(axis=1) > 0.3
        expect(near.mean() > 0.9, f"it loses {1 - near.mean():.0%} of lead {strip.lead}")
    stray = float(trace[ink == 0].sum() / max(trace.sum(), 1.0))
    expect(stray < 0.3, f"{stray:.0%} of what it marks is no trace")


def accurate_strips(strips: Strips) -> None:
    """Expect every lead of the sample page where it was drawn."""
    expected = material.sample_strips().strips
    found = {(strip.lead, strip.rhythm): strip for strip in strips.strips}
    for strip in expected:
        match = found.get((strip.lead, strip.rhythm))
        expect(match is not None, f"it does not find lead {strip.lead}")
        if match is None:
            return
        off_px = abs(match.x_start_px - strip.x_start_px)
        expect(off_px < material.PX_PER_MM / 2, f"{strip.lead} starts {off_px:.1f} px off")
        off_px = abs(match.zero_px - strip.zero_px)
        expect(off_px < material.PX_PER_MM / 2, f"the zero of {strip.lead} is {off_px:.1f} px off")


def accurate_traces(traces: Traces) -> None:
    """Expect curves whose error is ten decibels below the signal."""
    strips = material.sample_strips().strips
    read = {trace.strip: trace for trace in traces.traces}
    signal, error = 0.0, 0.0
    for index, strip in enumerate(strips):
        expect(index in read, f"it does not read lead {strip.lead}")
        trace = read[index]
        x, y = material.curve(strip)
        got = trace.at(x, trace.y_px)
        got = np.where(np.isfinite(got), got, strip.zero_px)
        signal += float(np.sum((y - strip.zero_px) ** 2))
        error += float(np.sum((y - got) ** 2))
    reached = 10 * np.log10(signal / max(error, 1e-9))
    expect(reached > EXTRACTION_FLOOR_DB, f"it reaches {reached:.1f} dB on a page without noise")


def accurate_recording(recording: Recording) -> None:
    """Expect millivolts that differ by no more than interpolation does."""
    truth = material.sample().truth
    for name, expected in truth.leads_mv.items():
        got = recording.full_mv(name)
        count = min(got.size, expected.size)
        both = np.isfinite(got[:count]) & np.isfinite(expected[:count])
        held = float(both.sum() / np.isfinite(expected).sum())
        expect(held > 0.98, f"{name} holds only {held:.0%} of what is printed")
        rms = float(np.sqrt(np.mean((got[:count][both] - expected[:count][both]) ** 2)))
        expect(rms < ASSEMBLY_TOLERANCE_MV, f"{name} is {rms:.3f} mV off (RMS)")
