"""How well a stroke is read: real leads drawn alone, read back, scored against the truth.

Run `python benchmarks/stroke.py`; records come from the folder that ECGENGINE_DATA names.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path

import numba
import numpy as np
from numpy.typing import NDArray
from record import DATA, parser, save

from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Calibration, Strip, Strips
from ecgengine.data.tracemap import TraceMap
from ecgengine.geometry.page_map import PageMap
from ecgengine.plugins.stages import Extractor
from ecgengine_kernels.resample import resample_cubic
from ecgengine_plugins.extractors.column import ColumnExtractor
from ecgengine_plugins.extractors.options import ColumnOptions, ViterbiOptions
from ecgengine_plugins.extractors.viterbi.extractor import ViterbiExtractor

OVERSAMPLING = 16
SEGMENT_S = 2.5
RECORD_HZ = 1000.0
OUTPUT_HZ = 500.0
MM_PER_S = 25.0
MM_PER_MV = 10.0


@numba.njit(cache=True)
def draw_line(
    x_px: NDArray[np.float64],
    y_px: NDArray[np.float64],
    radius_px: float,
    width: int,
    height: int,
    oversampling: int,
) -> NDArray[np.float32]:
    """Draw a polyline with a round pen: the share of oversampled points within its radius."""
    fine = np.zeros((height * oversampling, width * oversampling), np.bool_)
    for i in range(x_px.size - 1):
        x0, y0 = (x_px[i] + 0.5) * oversampling - 0.5, (y_px[i] + 0.5) * oversampling - 0.5
        x1, y1 = (x_px[i + 1] + 0.5) * oversampling - 0.5, (y_px[i + 1] + 0.5) * oversampling - 0.5
        r = radius_px * oversampling
        dx, dy = x1 - x0, y1 - y0
        length = dx * dx + dy * dy
        left, right = math.floor(min(x0, x1) - r), math.ceil(max(x0, x1) + r)
        top, bottom = math.floor(min(y0, y1) - r), math.ceil(max(y0, y1) + r)
        for v in range(max(0, top), min(height * oversampling - 1, bottom) + 1):
            for u in range(max(0, left), min(width * oversampling - 1, right) + 1):
                t = 0.0
                if length > 0:
                    t = min(max(((u - x0) * dx + (v - y0) * dy) / length, 0.0), 1.0)
                if (u - x0 - t * dx) ** 2 + (v - y0 - t * dy) ** 2 <= r * r:
                    fine[v, u] = True
    ink = np.zeros((height, width), np.float32)
    for v in range(height * oversampling):
        for u in range(width * oversampling):
            if fine[v, u]:
                ink[v // oversampling, u // oversampling] += 1.0
    return ink / np.float32(oversampling * oversampling)


def read_record(record: Path) -> NDArray[np.float64]:
    """The twelve leads of PTB s0010_re in mV, 1000 Hz, (12, N), low-pass 150 Hz."""
    raw = np.fromfile(record, dtype="<i2").reshape(-1, 12).T / 2000.0
    taps = np.arange(-100, 101)
    low_pass = np.sinc(taps * 0.3) * 0.3 * np.hamming(taps.size)
    low_pass /= low_pass.sum()
    return np.array([np.convolve(lead, low_pass, mode="same") for lead in raw])


def segments(record: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Three stretches of 2.5 s of each lead, 1000 Hz, with the sample that ends them."""
    count = int(SEGMENT_S * RECORD_HZ)
    starts = [int(s * RECORD_HZ) for s in (2.0, 5.0, 8.0)]
    return [lead[s : s + count + 1] - np.median(lead) for lead in record for s in starts]


@dataclass(frozen=True)
class Drawing:
    """A lead drawn alone: its ink, and where time zero and zero millivolts are."""

    ink: NDArray[np.float32]
    x0_px: float
    zero_px: float
    px_per_mm: float


def draw_segment(segment_mv: NDArray[np.float64], px_per_mm: float, pen_mm: float) -> Drawing:
    """Draw a segment at 25 mm/s and 10 mm/mV as 8-bit anti-aliased ink."""
    margin = 2.0 * px_per_mm
    x0 = margin + 0.37
    x = x0 + np.arange(segment_mv.size) / RECORD_HZ * MM_PER_S * px_per_mm
    y = -segment_mv * MM_PER_MV * px_per_mm
    zero = margin - y.min() + 0.21
    width, height = math.ceil(x[-1] + margin), math.ceil(y.max() + zero + margin)
    ink = draw_line(x, y + zero, pen_mm * px_per_mm / 2, width, height, OVERSAMPLING)
    return Drawing(np.round(ink * 255).astype(np.float32) / 255, x0, zero, px_per_mm)


def read_drawing(drawing: Drawing, extractor: Extractor) -> NDArray[np.float64]:
    """Read a drawing back: (N,) mV at 500 Hz."""
    height, width = drawing.ink.shape
    image = np.repeat(np.round(255 * (1 - drawing.ink)).astype(np.uint8)[..., None], 3, axis=2)
    px_per_mm = drawing.px_per_mm
    page_map = PageMap.affine(np.eye(2, 3), width, height)
    sheet = Sheet(image, px_per_mm, px_per_mm, page_map, "given")
    end = drawing.x0_px + SEGMENT_S * MM_PER_S * px_per_mm
    strip = Strip("II", 0, False, drawing.x0_px, end, drawing.zero_px, 0.0, height - 1.0, 0.0)
    strips = Strips((strip,), None, Calibration(MM_PER_MV, MM_PER_S, "given", "given"))
    traces = extractor.extract(sheet, TraceMap(drawing.ink[None]), strips).traces
    count = int(SEGMENT_S * OUTPUT_HZ)
    if not traces:
        return np.full(count, np.nan)
    trace = traces[0]
    first = (drawing.x0_px - trace.x0_px) / trace.step_px
    step = MM_PER_S * px_per_mm / OUTPUT_HZ / trace.step_px
    y = resample_cubic(trace.y_px, first, step, count)
    return (drawing.zero_px - y) / (MM_PER_MV * px_per_mm)


def energies(segment_mv: NDArray[np.float64], read_mv: NDArray[np.float64]) -> tuple[float, float]:
    """Signal and error energy of one segment, each about its mean; NaN reads as zero."""
    true = segment_mv[:-1:2]
    error = np.nan_to_num(read_mv) - true
    return float(((true - true.mean()) ** 2).sum()), float(((error - error.mean()) ** 2).sum())


def decibels(pairs: list[tuple[float, float]]) -> float:
    """10 log10 of summed signal over summed error."""
    return 10.0 * math.log10(sum(p[0] for p in pairs) / sum(p[1] for p in pairs))


def limit(record_segments: list[NDArray[np.float64]], px_per_mm: float, cubic: bool) -> float:
    """What is reached when each pixel column gives its true value, interpolated to 500 Hz."""
    pairs = []
    for segment in record_segments:
        px_per_sample = MM_PER_S * px_per_mm / RECORD_HZ
        columns = np.arange(int(px_per_sample * (segment.size - 1)) + 1)
        values = np.interp(columns / px_per_sample, np.arange(segment.size), segment)
        count = int(SEGMENT_S * OUTPUT_HZ)
        step = MM_PER_S * px_per_mm / OUTPUT_HZ
        if cubic:
            read = resample_cubic(values, 0.0, step, count)
        else:
            read = np.interp(np.arange(count) * step, columns, values)
        pairs.append(energies(segment, read))
    return decibels(pairs)


def main() -> None:
    arguments = parser(__doc__).parse_args()
    record = DATA / "records" / "ptb_wfdb_python" / "s0010_re.dat"
    record_segments = segments(read_record(record))
    extractors: dict[str, Extractor] = {
        "column": ColumnExtractor(ColumnOptions()),
        "viterbi": ViterbiExtractor(ViterbiOptions()),
    }
    rows: dict[str, dict[str, float]] = {}
    for px_per_mm in (4.0, 6.0, 8.0, 12.0):
        row = rows.setdefault(f"{px_per_mm:g}", {})
        row["linear limit"] = limit(record_segments, px_per_mm, cubic=False)
        row["cubic limit"] = limit(record_segments, px_per_mm, cubic=True)
        for pen_mm in (0.15, 0.2, 0.3, 0.4, 0.5, 0.6):
            drawings = [draw_segment(s, px_per_mm, pen_mm) for s in record_segments]
            for name, extractor in extractors.items():
                began = time.perf_counter()
                reads = [read_drawing(d, extractor) for d in drawings]
                spent_ms = 1000 * (time.perf_counter() - began) / len(drawings)
                pairs = [energies(s, r) for s, r in zip(record_segments, reads, strict=True)]
                row[f"{name} {pen_mm}"] = decibels(pairs)
                row[f"{name} {pen_mm} worst"] = min(decibels([pair]) for pair in pairs)
                row[f"{name} {pen_mm} ms"] = spent_ms
    words = "PTB s0010_re, 36 stretches of 2.5 s, each drawn alone"
    save(arguments.name, rows, words, [record])


if __name__ == "__main__":
    main()
