from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.sheet import Sheet
from ecgengine.data.tracemap import TraceMap
from ecgengine.geometry.page_map import PageMap
from ecgengine_plugins.paper.ink import Ink, gather

SCALE = 4.0
HEIGHT, WIDTH = 240, 480


def ink_of(trace: NDArray[np.float32], marks: NDArray[np.float32] | None = None) -> Ink:
    page_map = PageMap.affine(np.array([[1.0, 0, 0], [0, 1.0, 0]]), WIDTH, HEIGHT)
    sheet = Sheet(np.full((HEIGHT, WIDTH, 3), 255, np.uint8), SCALE, SCALE, page_map, "grid")
    return gather(sheet, TraceMap(trace[None], pen_width_px=2.0, text=marks))


def blank() -> NDArray[np.float32]:
    return np.zeros((HEIGHT, WIDTH), np.float32)


def test_what_runs_level_is_told_from_what_runs_steeply() -> None:
    trace = blank()
    trace[100:102, 20:200] = 1.0
    trace[60:102, 200:202] = 1.0
    ink = ink_of(trace)
    assert ink.level[100, 20:195].all()
    assert not ink.level[60:95, 200].any()


def test_frames_are_taken_out_and_hide_their_columns() -> None:
    trace = blank()
    trace[100:102, 20:150] = 1.0
    trace[10:230, 300:302] = 1.0
    ink = ink_of(trace)
    assert not ink.trace[:, 298:304].any()
    assert ink.trace[100, 20:150].all()
    assert set(np.flatnonzero(ink.hidden_columns)) == {299, 300, 301, 302}


def test_marks_count_beside_the_trace() -> None:
    trace, marks = blank(), blank()
    trace[100:102, 20:150] = 1.0
    marks[40:50, 60:70] = 0.7
    everything = ink_of(trace, marks).everything
    assert everything[45, 65] == np.float32(0.7)
    assert everything[100, 30] == 1.0


def test_columns_finer_than_the_sheet_are_brought_to_its_pixels() -> None:
    fine = np.zeros((1, HEIGHT, 2 * WIDTH), np.float32)
    fine[0, 100:102, 41] = 1.0
    page_map = PageMap.affine(np.array([[1.0, 0, 0], [0, 1.0, 0]]), WIDTH, HEIGHT)
    sheet = Sheet(np.full((HEIGHT, WIDTH, 3), 255, np.uint8), SCALE, SCALE, page_map, "grid")
    ink = gather(sheet, TraceMap(fine, columns_per_px=2, pen_width_px=2.0))
    assert np.argwhere(ink.trace).tolist() == [[100, 20], [101, 20]]
