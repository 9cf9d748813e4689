from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgengine.data.layout import Cell, Layout
from ecgengine.ecg.metrics import (
    MIN_DB,
    cut_to_windows,
    printed_windows,
    ratio_db,
    score_lead,
    score_page,
    total_db,
)

FS_HZ = 100.0


def bump(at: int, size: int = 200) -> np.ndarray:
    return np.exp(-(((np.arange(size) - at) / 4.0) ** 2))


def test_a_perfect_reading_is_capped_at_sixty_decibels() -> None:
    score = score_lead(bump(100), bump(100), FS_HZ)
    assert score.noise_power == 0
    assert score.db == 60
    assert score.pearson_r == pytest.approx(1)


def test_worked_example_of_noise() -> None:
    truth = np.array([1.0, -1.0, 1.0, -1.0])
    reading = np.array([1.0, -1.0, 1.0, -0.6])
    # The offset 0.1 is taken off: errors 0.1, 0.1, 0.1, -0.3; power 4 over 0.12.
    score = score_lead(reading, truth, fs_hz=1.0)
    assert score.offset_mv == pytest.approx(0.1)
    assert score.signal_power == pytest.approx(4)
    assert score.noise_power == pytest.approx(0.12)
    assert score.rmse_mv == pytest.approx(np.sqrt(0.03))
    assert score.db == pytest.approx(10 * np.log10(4 / 0.12))


def test_an_offset_costs_nothing() -> None:
    score = score_lead(bump(100) + 0.7, bump(100), FS_HZ)
    assert score.offset_mv == pytest.approx(0.7)
    assert score.db == 60


@pytest.mark.parametrize("late", [-20, -3, 0, 7, 20])
def test_a_shift_within_200_ms_is_undone(late: int) -> None:
    score = score_lead(bump(100 + late), bump(100), FS_HZ)
    assert score.shift_samples == -late
    # Only the samples that were shifted out are lost, and they hold next to nothing.
    assert score.db > 30


def test_a_shift_beyond_200_ms_is_not_undone() -> None:
    score = score_lead(bump(100 + 35), bump(100), FS_HZ)
    assert score.db < 0


def test_samples_shifted_out_count_as_zero() -> None:
    truth = bump(50) + 1.0
    score = score_lead(np.concatenate([truth[10:], np.zeros(10)]), truth, FS_HZ)
    assert score.shift_samples == 10
    # Ten samples of 1 mV have no counterpart; what came in at the end is as wrong.
    assert score.noise_power > 9


def test_equal_maxima_take_the_smallest_shift() -> None:
    truth = np.tile([1.0, 0.0, -1.0, 0.0], 50)
    reading = np.zeros(200)
    assert score_lead(reading, truth, FS_HZ).shift_samples == 0


@pytest.mark.parametrize("reading", [None, np.full(200, np.nan), np.full(200, 0.3)])
def test_a_missing_or_level_lead_scores_as_zeros(reading: np.ndarray | None) -> None:
    truth = bump(100)
    truth = truth - truth.mean()
    score = score_lead(reading, truth, FS_HZ)
    assert score.noise_power == pytest.approx(score.signal_power)
    assert score.db == pytest.approx(0, abs=1e-6)
    assert np.isnan(score.pearson_r)


def test_unread_samples_count_as_zero() -> None:
    truth = np.ones(100)
    truth[::2] = -1
    reading = truth.copy()
    reading[:20] = np.nan
    score = score_lead(reading, truth, FS_HZ)
    assert score.noise_power == pytest.approx(20)
    assert score.db == pytest.approx(10 * np.log10(100 / 20))


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="one rate"):
        score_lead(np.zeros(3), np.zeros(4), FS_HZ)


def test_qrs_error_is_the_largest_height_difference() -> None:
    truth = sum(bump(at, 2000) for at in (250, 750, 1250, 1750))
    reading = truth.copy()
    reading[700:800] *= 0.75
    score = score_lead(reading, truth, fs_hz=500.0)
    assert score.qrs_error_mv == pytest.approx(0.25, abs=0.01)


def test_a_page_sums_energies_over_leads() -> None:
    tall, small = 3 * bump(100), bump(100)
    page = score_page({"I": tall}, {"I": tall, "II": small - small.mean()}, FS_HZ)
    power = float(((small - small.mean()) ** 2).sum())
    assert page.ratio == pytest.approx((float((tall**2).sum()) + power) / power)
    assert list(page.leads) == ["I", "II"]


def test_a_page_is_scored_where_its_truth_is() -> None:
    truth = np.full(400, np.nan)
    truth[100:300] = bump(100)
    reading = np.full(400, 9.0)
    reading[100:300] = bump(100)
    assert score_page({"V1": reading}, {"V1": truth}, FS_HZ).db == 60
    assert score_page({"V1": reading[:150]}, {"V1": truth}, FS_HZ).db < 3
    assert score_page({"V1": reading}, {"V1": np.full(400, np.nan)}, FS_HZ).leads == {}


def test_the_total_averages_ratios_and_not_decibels() -> None:
    assert total_db([1.0, 999.0]) == pytest.approx(10 * np.log10(500))
    assert total_db([0.0, 0.0]) == MIN_DB
    assert np.isnan(total_db([]))


def test_decibels_have_a_floor() -> None:
    assert ratio_db(0) == MIN_DB
    assert ratio_db(1e-50) == MIN_DB
    assert ratio_db(100) == pytest.approx(20)


def test_windows_of_a_layout_take_the_long_lead_two() -> None:
    layout = Layout(
        name="1x2+1",
        rows=(
            (Cell("II", 0.0, 2.5), Cell("-aVR", 2.5, 2.5)),
            (Cell(None, 0.0, 5.0),),
            (Cell(None, 0.0, 5.0),),
        ),
        rhythm_rows=2,
        default_rhythm=("II", "aVR"),
    )
    assert printed_windows(layout) == {"II": (0.0, 5.0), "aVR": (2.5, 5.0)}


def test_cutting_blanks_what_is_not_printed() -> None:
    cut = cut_to_windows({"I": np.ones(10), "V1": np.ones(10)}, {"I": (0.2, 0.5)}, 10.0)
    assert list(cut) == ["I"]
    assert np.flatnonzero(np.isfinite(cut["I"])).tolist() == [2, 3, 4]


@given(st.integers(-20, 20), st.floats(-3, 3), st.integers(0, 2**32 - 1), st.integers(120, 300))
def test_best_shift_agrees_with_full_correlation(
    late: int, offset: float, seed: int, size: int
) -> None:
    random = np.random.default_rng(seed)
    truth = np.convolve(random.standard_normal(size + 40), np.hanning(9), mode="same")
    reading = np.roll(truth, late)[20 : 20 + size] + offset
    truth = truth[20 : 20 + size]
    score = score_lead(reading, truth, FS_HZ)
    full = np.correlate(truth - truth.mean(), reading - reading.mean(), mode="full")
    lags = np.arange(-(size - 1), size)
    allowed = np.abs(lags) <= 20
    assert full[allowed].max() == pytest.approx(full[lags == score.shift_samples][0])
