from __future__ import annotations

import numpy as np
import pytest

from ecgengine.ecg.signals import Signals
from ecgengine.truth.sample import make_ecg, make_page


def test_limb_leads_obey_einthoven_and_goldberger() -> None:
    leads = make_ecg().leads_mv
    np.testing.assert_allclose(leads["I"] + leads["III"], leads["II"], atol=1e-12)
    np.testing.assert_allclose(leads["aVR"] + leads["aVL"] + leads["aVF"], 0, atol=1e-12)
    assert 0.5 < np.ptp(leads["II"]) < 3


def test_only_printed_seconds_are_truth() -> None:
    truth = make_page(px_per_mm=3.0).truth
    printed = {name: np.flatnonzero(np.isfinite(mv)) for name, mv in truth.leads_mv.items()}
    assert (printed["II"][0], printed["II"].size) == (0, 5000)
    assert (printed["aVL"][0], printed["aVL"].size) == (1250, 1250)
    assert (printed["V6"][0], printed["V6"].size) == (3750, 1250)


@pytest.mark.parametrize("px_per_mm", [4.0, 7.874])
def test_the_curve_lies_where_the_page_says(px_per_mm: float) -> None:
    flat = Signals(500.0, {name: np.full(5000, 0.2) for name in make_ecg().leads_mv})
    sample = make_page(px_per_mm, pen_mm=0.4, ecg=flat)
    x = round(sample.left_px + 20 * px_per_mm + 0.5 * px_per_mm)
    darkness = 255.0 - sample.page.image[:, x, 0].astype(float)
    y = sample.zero_px[3] - 0.2 * 10 * px_per_mm
    rows = np.arange(round(y) - 4, round(y) + 5)
    center = (rows * darkness[rows]).sum() / darkness[rows].sum()
    assert center == pytest.approx(y, abs=0.15)


def test_the_first_sample_lies_at_the_left_end() -> None:
    sample = make_page(8.0, pen_mm=0.2, pulse=False)
    row = sample.page.image[round(sample.zero_px[3]) - 3 : round(sample.zero_px[3]) + 4]
    dark = np.flatnonzero(row.min(axis=(0, 2)) < 100)
    assert dark[0] == pytest.approx(sample.left_px, abs=1.5)
