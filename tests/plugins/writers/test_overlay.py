from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from ecgengine.data.traces import Traces
from ecgengine.geometry.page_map import PageMap
from ecgengine_plugins.writers.options import OverlayOptions
from ecgengine_plugins.writers.overlay import OverlayWriter


def picture(result: Any, **options: Any) -> np.ndarray:
    files = OverlayWriter(OverlayOptions(**options)).render(result)
    assert list(files) == ["page_overlay.png"]
    decoded = cv2.imdecode(np.frombuffer(files["page_overlay.png"], np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    return decoded[:, :, ::-1].astype(int)


def one_level_trace(made_up: Any) -> Any:
    strips = made_up.strips()
    trace = made_up.traces(strips).traces[2]
    trace = replace(trace, y_px=np.full_like(trace.y_px, 200.25))
    return made_up.digitized(strips, Traces((trace,)))


def test_it_is_drawn_through_the_map_on_the_page(made_up: Any) -> None:
    result = one_level_trace(made_up)
    moved = PageMap.affine(np.array([[1.0, 0, 20], [0, 1.0, 50]]), 2100, 1000)
    page = replace(result.page, image=np.full((1200, 2200, 3), 100, dtype=np.uint8))
    drawn = picture(replace(result, page=page, sheet=replace(result.sheet, page_map=moved)))
    assert drawn.shape == (1200, 2200, 3)
    # V1 begins 5 s = 1000 px after x = 40 and lies at y = 200.25; the map adds (20, 50).
    column = np.abs(drawn[:, 1200] - (100 + 155 // 2)).sum(axis=1)
    rows = np.flatnonzero(column > 20)
    center = (rows * column[rows]).sum() / column[rows].sum()
    assert center == pytest.approx(250.25, abs=0.3)
    assert (drawn[600, 100] == 177).all()


def test_doubt_is_red_and_gaps_are_not_drawn(made_up: Any) -> None:
    result = one_level_trace(made_up)
    (trace,) = result.traces.traces
    confidence = trace.confidence.copy()
    confidence[:400] = 0.1
    y_px = trace.y_px.copy()
    y_px[600:800] = np.nan
    traces = Traces((replace(trace, confidence=confidence, y_px=y_px),))
    drawn = picture(replace(result, traces=traces))
    doubted, gap, sure = drawn[200, 1140], drawn[200, 1390], drawn[200, 1500]
    assert doubted[0] > doubted[1] + 100
    assert (gap == 255).all()
    assert sure[0] < sure[2] + 100


def test_the_page_fades_as_told(made_up: Any) -> None:
    result = one_level_trace(made_up)
    page = replace(result.page, image=np.zeros((1000, 2100, 3), dtype=np.uint8))
    assert (picture(replace(result, page=page), fade=0.0)[800, 100] == 0).all()
    assert (picture(replace(result, page=page), fade=1.0)[800, 100] == 255).all()
