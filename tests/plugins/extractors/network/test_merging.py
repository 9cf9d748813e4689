from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Calibration, Strip, Strips
from ecgengine.data.tracemap import TraceMap
from ecgengine.data.traces import Trace, Traces
from ecgengine.geometry.page_map import PageMap
from ecgengine_plugins.extractors.network import tuning
from ecgengine_plugins.extractors.network.merging import (
    apart_px,
    ink_under,
    with_ends,
    without_jumps,
)

PX_PER_MM = 8.0
WIDTH_PX = 400.0
SHEET = Sheet(
    image=np.full((200, 420, 3), 255, np.uint8),
    px_per_mm_x=PX_PER_MM,
    px_per_mm_y=PX_PER_MM,
    page_map=PageMap.affine(np.eye(3)[:2], 420, 200),
    scale_source="given",
)
STRIP = Strip(
    lead="II", row=0, rhythm=False, x_start_px=10.0, x_end_px=10.0 + WIDTH_PX, zero_px=100.0,
    top_px=0.0, bottom_px=200.0, start_s=0.0,
)  # fmt: skip
COARSE_PX, FINE_PX = 0.5, 0.25


def strips_of(strip: Strip) -> Strips:
    return Strips((strip,), "3x4", Calibration())


def columns(step_px: float) -> np.ndarray:
    return STRIP.x_start_px + np.arange(0.0, WIDTH_PX, step_px)


def trace(y_px: np.ndarray, step_px: float, sure: float | np.ndarray) -> Trace:
    confidence = np.broadcast_to(np.float32(sure), y_px.shape)
    return Trace(0, STRIP.x_start_px, step_px, y_px, confidence.astype(np.float32))


def wave(step_px: float, moved_px: float = 0.0) -> np.ndarray:
    """A level line with one steep wave of 60 px at x = 150."""
    return 100.0 - np.clip(60 - 20 * np.abs(columns(step_px) - moved_px - 150), 0, None)


@pytest.mark.parametrize("moved_px", [-0.9, 0.0, 0.9])
def test_steep_waves_a_moment_apart_are_not_apart(moved_px: float) -> None:
    away = apart_px(
        trace(wave(FINE_PX), FINE_PX, 1.0), trace(wave(COARSE_PX, moved_px), COARSE_PX, 1.0)
    )
    assert away.max() < 3.0


def test_curves_lie_apart_by_their_distance() -> None:
    level = np.full(columns(COARSE_PX).size, 100.0)
    away = apart_px(trace(level - 7, COARSE_PX, 1.0), trace(level, COARSE_PX, 1.0))
    np.testing.assert_allclose(away, 7.0)
    assert np.isnan(
        apart_px(trace(level, COARSE_PX, 1.0), trace(level * np.nan, COARSE_PX, 1.0))
    ).all()


def astray(leap: float) -> Trace:
    """A reading that followed a line 30 px away for 10 mm, and came back by a leap."""
    x = columns(COARSE_PX)
    off = (x > 200) & (x < 200 + 10 * PX_PER_MM)
    sure = np.where(off & ~np.roll(off, -1), leap, 0.95)
    return trace(np.where(off, 130.0, 100.0), COARSE_PX, sure)


def inked(*rows: float) -> TraceMap:
    """A map with level lines of ink."""
    coverage = np.zeros((1, *SHEET.image.shape[:2]), np.float32)
    coverage[0, [int(row) for row in rows]] = 0.9
    return TraceMap(coverage, pen_width_px=3.0)


@pytest.mark.parametrize(
    ("leap", "fits", "rows", "mended"),
    [
        (0.0, 0.9, (100, 130), True),
        (0.3, 0.9, (100, 130), False),
        (0.0, 0.6, (100, 130), False),
        (0.0, 0.6, (100,), True),
        (0.3, 0.6, (100,), False),
    ],
)
def test_a_fit_is_read_where_the_network_leapt_back_if_it_or_nothing_explains_the_ink(
    leap: float, fits: float, rows: tuple[float, ...], mended: bool
) -> None:
    read = astray(leap)
    fit = trace(np.full(columns(FINE_PX).size, 101.0), FINE_PX, fits)
    (told,) = without_jumps(Traces((read,)), Traces((fit,)), SHEET, inked(*rows)).traces
    off = read.y_px > 115
    assert np.all(told.y_px[off] == (101.0 if mended else 130.0))
    far = (read.x_px < 190) | (read.x_px > 220 + 10 * PX_PER_MM)
    assert np.all(told.y_px[far] == 100.0)
    assert told.confidence[off][0] == pytest.approx(fits if mended else 0.95)


def test_a_leap_where_both_readings_agree_changes_nothing() -> None:
    read = trace(wave(COARSE_PX), COARSE_PX, 0.0)
    fit = trace(wave(FINE_PX), FINE_PX, 1.0)
    (told,) = without_jumps(Traces((read,)), Traces((fit,)), SHEET, inked()).traces
    np.testing.assert_array_equal(told.y_px, read.y_px)
    assert without_jumps(Traces((read,)), Traces(()), SHEET, inked()).traces == (read,)


def test_a_strip_of_a_few_samples_is_read_as_well() -> None:
    few = replace(astray(0.0), y_px=np.full(5, 130.0), confidence=np.zeros(5, np.float32))
    fit = trace(np.full(columns(FINE_PX).size, 101.0), FINE_PX, 0.9)
    (told,) = without_jumps(Traces((few,)), Traces((fit,)), SHEET, inked(130)).traces
    np.testing.assert_allclose(told.y_px, 101.0)


def test_ink_is_seen_within_its_reach_at_any_resolution() -> None:
    level = trace(np.full(columns(COARSE_PX).size, 128.2), COARSE_PX, 1.0)
    assert ink_under(level, inked(130), 2.0).min() == pytest.approx(0.9)
    assert ink_under(level, inked(131), 2.0).max() == 0.0
    fine = np.zeros((1, 200, 2 * 420), np.float32)
    fine[0, 128, 2 * 100 :] = 1.0
    seen = ink_under(level, TraceMap(fine, columns_per_px=2), 1.0)
    np.testing.assert_array_equal(seen, level.x_px >= 99.5)


@pytest.mark.parametrize(
    ("sure", "strays_px", "mended"), [(0.95, 3.0, True), (0.5, 3.0, False), (0.95, 9.0, False)]
)
def test_an_end_of_a_strip_is_the_finer_readings_unless_it_strays(
    sure: float, strays_px: float, mended: bool
) -> None:
    x = columns(COARSE_PX) - STRIP.x_start_px
    outer = (x < 0.6 * PX_PER_MM) | (x > WIDTH_PX - 0.6 * PX_PER_MM)
    coarse = trace(np.where(outer, 55.0, 50.0), COARSE_PX, 0.7)
    fine = trace(np.full(columns(FINE_PX).size, 50.0 + strays_px), FINE_PX, sure)
    (read,) = with_ends(Traces((coarse,)), Traces((fine,)), SHEET, strips_of(STRIP)).traces
    end = 50.0 + strays_px if mended else 55.0
    np.testing.assert_allclose(read.y_px, np.where(outer, end, 50.0))
    assert read.confidence[0] == pytest.approx(sure if mended else 0.7)


@pytest.mark.parametrize(("inside", "at_ends", "mended"), [(0.91, 0.0, True), (0.899, 1.0, False)])
def test_a_fit_is_taken_if_it_explains_the_ink_between_the_ends(
    inside: float, at_ends: float, mended: bool
) -> None:
    def outer(step_px: float) -> np.ndarray:
        x = columns(step_px) - STRIP.x_start_px
        return (x < 0.5 * PX_PER_MM) | (x > WIDTH_PX - 0.5 * PX_PER_MM)

    sure = np.where(outer(FINE_PX), at_ends, inside)
    # Over the whole strip the mean lies on the other side of the limit.
    assert (sure.mean() > tuning.EXPLAINED) != mended
    coarse = trace(np.where(outer(COARSE_PX), 55.0, 50.0), COARSE_PX, 0.7)
    fine = trace(np.full(columns(FINE_PX).size, 50.0), FINE_PX, sure)
    (read,) = with_ends(Traces((coarse,)), Traces((fine,)), SHEET, strips_of(STRIP)).traces
    np.testing.assert_array_equal(read.y_px, 50.0 if mended else coarse.y_px)


@pytest.mark.parametrize(("lost_mm", "mended"), [(0.4, True), (1.0, False)])
def test_the_last_moments_that_the_network_lost_are_the_finer_readings(
    lost_mm: float, mended: bool
) -> None:
    last = columns(COARSE_PX) > STRIP.x_end_px - lost_mm * PX_PER_MM
    coarse = trace(np.where(last, np.nan, 50.0), COARSE_PX, 0.7)
    fine = trace(np.full(columns(FINE_PX).size, 50.0), FINE_PX, 0.95)
    (read,) = with_ends(Traces((coarse,)), Traces((fine,)), SHEET, strips_of(STRIP)).traces
    assert np.isfinite(read.y_px).all() == mended


def test_a_strip_too_short_for_an_inside_is_left_as_it_is() -> None:
    short = replace(STRIP, x_end_px=STRIP.x_start_px + 0.8 * PX_PER_MM)
    few = trace(np.full(5, 55.0), COARSE_PX, 0.7)
    fine = trace(np.full(5, 50.0), COARSE_PX, 1.0)
    (read,) = with_ends(Traces((few,)), Traces((fine,)), SHEET, strips_of(short)).traces
    np.testing.assert_array_equal(read.y_px, few.y_px)
