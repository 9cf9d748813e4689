from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine_plugins.rectifiers.grid import tuning
from ecgengine_plugins.rectifiers.grid.warp import WarpedPlane, fit_feed, fit_plane, fit_warp

SIZE = (2000.0, 1500.0)


def points() -> NDArray[np.float64]:
    x, y = np.meshgrid(np.linspace(20, 1980, 50), np.linspace(20, 1480, 28))
    return np.column_stack([x.ravel(), y.ravel()])


def test_a_plane_is_found_among_outliers() -> None:
    rng = np.random.default_rng(0)
    at = points()
    values = at @ [0.127, -0.001] + 3 + rng.normal(0, 0.01, len(at))
    wrong = rng.random(len(at)) < 0.4
    values[wrong] += rng.uniform(-2.5, 2.5, wrong.sum())
    plane = fit_plane(at, values, np.ones(len(at)))
    assert plane == pytest.approx([0.127, -0.001, 3.0], rel=1e-3, abs=5e-3)
    assert np.abs(WarpedPlane(plane, SIZE)(at) - at @ [0.127, -0.001] - 3).max() < 5e-3


def test_a_warp_is_followed_and_noise_is_not() -> None:
    rng = np.random.default_rng(1)
    at = points()
    noise = rng.normal(0, 0.03, len(at))
    wave = 0.3 * np.sin(at[:, 0] / 350) * np.cos(at[:, 1] / 500)
    flat = WarpedPlane(np.zeros(3), SIZE, fit_warp(at, noise, np.ones(len(at)), SIZE, 10))
    bent = WarpedPlane(np.zeros(3), SIZE, fit_warp(at, wave + noise, np.ones(len(at)), SIZE, 10))
    assert np.sqrt(np.mean(flat(at) ** 2)) < 0.01
    assert np.sqrt(np.mean((bent(at) - wave) ** 2)) < 0.015


def test_a_slip_of_the_feed_stays_sharp() -> None:
    rng = np.random.default_rng(2)
    at = points()
    places = np.unique(at[:, 0])
    snapped = rng.normal(0, 0.03, len(places))[np.searchsorted(places, at[:, 0])]
    step = np.where(at[:, 0] > 1210, 0.5, 0.0)
    residual = step + snapped + rng.normal(0, 0.02, len(at))
    feed = fit_feed(at, residual, np.ones(len(at)), 0, places, tuning.KINK_COST)
    error = feed(at) - step
    assert np.abs(error).max() < 0.1
    assert np.sqrt(np.mean(error**2)) < 0.025
