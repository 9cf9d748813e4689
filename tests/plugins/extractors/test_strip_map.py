from __future__ import annotations

import numpy as np
import pytest

from ecgengine.data.strips import Calibration, Strip, Strips
from ecgengine.data.tracemap import TraceMap
from ecgengine_plugins.extractors.strip_map import strip_maps


def strips_at(*zeros_px: float, x: tuple[float, float] = (3.0, 8.0)) -> Strips:
    own = [
        Strip(None, row, False, *x, zero, zero - 2, zero + 2, 0.0)
        for row, zero in enumerate(zeros_px)
    ]
    return Strips(tuple(own), None, Calibration())


def test_a_strip_sees_its_own_columns_and_rows_and_a_reading_lies_where_they_were() -> None:
    row, column = np.mgrid[:20, :24]
    fine = (row + column / 100).astype(np.float32)[None]
    (part,) = strip_maps(TraceMap(fine, "centerline", columns_per_px=2), strips_at(8.0))
    assert (part.top_px, part.zero_row, part.step_px) == (6, 2.0, 0.5)
    rows = np.full(len(part.values), part.zero_row)
    trace = part.read(rows, np.ones(rows.size, np.float32))
    assert (trace.y_px == 8.0).all()
    assert trace.x_px[0] - part.step_px / 2 <= 3.0
    assert trace.x_px[-1] + part.step_px / 2 >= 8.0
    # What the map shows there is what stands at that place of the sheet.
    shown = part.values[np.arange(rows.size), 2]
    assert shown == pytest.approx(8 + ((trace.x_px + 0.5) * 2 - 0.5) / 100)


def test_the_channel_is_that_with_the_nearest_zero_line() -> None:
    trace = np.arange(2, dtype=np.float32)[:, None, None] * np.ones((2, 20, 12), np.float32)
    told = TraceMap(trace, row_zero_px=(14.0, 5.0))
    assert [part.values.max() for part in strip_maps(told, strips_at(5.0, 14.0))] == [1, 0]
    in_order = TraceMap(trace)
    assert [part.values.max() for part in strip_maps(in_order, strips_at(5.0, 14.0))] == [0, 1]


def test_a_strip_beside_the_map_is_left_out() -> None:
    trace = np.ones((1, 20, 12), np.float32)
    assert list(strip_maps(TraceMap(trace), strips_at(8.0, x=(30.0, 50.0)))) == []
    assert list(strip_maps(TraceMap(trace), strips_at(80.0))) == []
