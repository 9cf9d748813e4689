from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgengine.geometry.paper_map import PaperMap

STEP_PX = 16.0


def curled(seed: int = 0, bend_mm: float = 2.0) -> PaperMap:
    """A tilted, turned and bent sheet in a picture of 800 x 600."""
    random = np.random.default_rng(seed)
    r, c = np.mgrid[:39, :52] * STEP_PX
    turn = random.uniform(-0.3, 0.3)
    x = 0.12 * (c * np.cos(turn) + r * np.sin(turn)) + bend_mm * np.sin(r / 140)
    y = 0.12 * (r * np.cos(turn) - c * np.sin(turn)) + bend_mm * np.cos(c / 170)
    return PaperMap(np.stack([x, y], axis=-1), STEP_PX)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.floats(0, 3))
def test_there_and_back_again(seed: int, bend_mm: float) -> None:
    paper_map = curled(seed, bend_mm)
    points = np.random.default_rng(seed).uniform((0, 0), (800, 600), (200, 2))
    back = paper_map.to_page(paper_map.to_paper(points))
    np.testing.assert_allclose(back, points, atol=1e-4)


def test_a_flat_map_needs_no_dense_lattice() -> None:
    flat = PaperMap(np.array([[[1.0, 2], [11, 2]], [[1, 12], [11, 12]]]), 100.0)
    np.testing.assert_allclose(flat.to_paper(np.array([[50.0, 200]])), [[6.0, 22.0]])
    np.testing.assert_allclose(flat.to_page(np.array([[6.0, 22.0]])), [[50.0, 200]], atol=1e-4)


def test_points_without_a_place_are_nan() -> None:
    page = curled().to_page(np.array([[np.nan, 3.0], [10.0, 10.0]]))
    assert np.isnan(page[0]).all()
    assert np.isfinite(page[1]).all()


def test_the_map_of_a_flat_sheet_leads_back_to_the_page() -> None:
    paper_map = curled(3)
    px_per_mm = 8.0
    page_map = paper_map.page_map(px_per_mm, 60.0, 40.0)
    sheet = np.random.default_rng(1).uniform((100, 100), (380, 220), (50, 2))
    expected = paper_map.to_page((sheet + 0.5) / px_per_mm)
    assert np.abs(page_map.to_page(sheet) - expected).max() < 0.2


def test_read_lattice_keeps_nan_and_goes_on_beyond_the_edges() -> None:
    flat = PaperMap(np.array([[[0.0, 0], [10, 0]], [[0, 10], [10, 10]]]), 10.0)
    mapped = flat.to_paper(np.array([[-5.0, 25.0], [np.nan, 1.0]]))
    assert mapped[0] == pytest.approx([-5.0, 25.0])
    assert np.isnan(mapped[1]).all()
