from __future__ import annotations

import cv2
import numpy as np
import pytest

from ecgengine.data.sheet import Sheet
from ecgengine.data.traces import Trace, Traces
from ecgengine.geometry.page_map import PageMap
from ecgengine_plugins.extractors.missing_paper import missing_paper, without_missing_paper

PX_PER_MM = 8.0
LEVEL = 400.0
IDENTITY = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def sheet(shade: float = 1.0) -> Sheet:
    """A sheet with a red grid, dense black strokes and a bold letter."""
    image = np.full((800, 1600, 3), (250, 240, 235), np.uint8)
    image[::8] = image[:, ::8] = (240, 150, 150)
    for x in range(100, 700, 12):
        cv2.line(image, (x, 380), (x + 6, 300), (20, 20, 20), 4)
    cv2.putText(image, "aVR", (100, 250), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (20, 20, 20), 6)
    image = (image * shade).astype(np.uint8)
    return Sheet(image, PX_PER_MM, PX_PER_MM, PageMap.affine(IDENTITY, 1600, 800), "given")


def level() -> Traces:
    x = np.arange(0.0, 1600.0, 0.5)
    return Traces((Trace(0, 0.0, 0.5, np.full(x.size, LEVEL), np.ones(x.size, np.float32)),))


@pytest.mark.parametrize("shade", [1.0, 0.5])
def test_ink_and_shadow_are_no_hole(shade: float) -> None:
    assert not missing_paper(sheet(shade)).any()
    traces = level()
    assert without_missing_paper(traces, sheet(shade)) is traces


@pytest.mark.parametrize("radius_mm", [3.0, 10.0])
def test_what_runs_through_a_hole_was_not_read(radius_mm: float) -> None:
    torn = sheet()
    cv2.circle(torn.image, (1000, 400), round(radius_mm * PX_PER_MM), (60, 45, 40), -1)
    (trace,) = without_missing_paper(level(), torn).traces
    away_mm = np.abs(trace.x_px - 1000) / PX_PER_MM
    lost = np.isnan(trace.y_px)
    assert lost[away_mm < radius_mm - 0.2].all()
    assert not lost[away_mm > radius_mm + 1.5].any()
    np.testing.assert_array_equal(trace.confidence == 0, lost)


def test_through_a_small_hole_the_curve_is_a_bridge() -> None:
    torn = sheet()
    cv2.circle(torn.image, (1000, 400), round(2.2 * PX_PER_MM), (60, 45, 40), -1)
    (trace,) = without_missing_paper(level(), torn).traces
    assert np.isfinite(trace.y_px).all()
    assert (trace.confidence[np.abs(trace.x_px - 1000) < PX_PER_MM] == 0).all()


def test_a_stain_that_can_be_seen_through_is_no_hole() -> None:
    stained = sheet()
    stained.image[300:500, 900:1200] = stained.image[300:500, 900:1200] // 2
    assert not missing_paper(stained).any()


def test_what_was_lost_before_stays_so() -> None:
    torn = sheet()
    cv2.circle(torn.image, (1000, 400), 40, (60, 45, 40), -1)
    (trace,) = level().traces
    trace.y_px[:100] = np.nan
    (left,) = without_missing_paper(Traces((trace,)), torn).traces
    assert np.isnan(left.y_px[:100]).all()
    assert np.isfinite(left.y_px[100:1500]).all()
