from __future__ import annotations

import numpy as np
import pytest

from ecgengine_kernels.pen import undo_pen


def dilated(curve, radius):
    """Edges of a curve of rows drawn with a round pen, on whole columns."""
    reach = int(radius)
    offsets = np.arange(-reach, reach + 1)
    arc = np.sqrt(radius**2 - offsets**2)
    padded = np.pad(curve, reach, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, offsets.size)
    return (windows - arc).min(axis=1), (windows + arc).max(axis=1)


def test_matches_the_morphological_opening():
    rng = np.random.default_rng(0)
    upper, lower = dilated(np.cumsum(rng.normal(0, 1.5, 80)), 3.2)
    from_upper, from_lower = undo_pen(upper, lower, 3.2)
    offsets = np.arange(-3, 4)
    arc = np.sqrt(3.2**2 - offsets**2)
    for x in range(3, 77):
        assert from_upper[x] == pytest.approx((upper[x + offsets] + arc).max())
        assert from_lower[x] == pytest.approx((lower[x + offsets] - arc).min())


def test_each_edge_shows_its_own_peaks():
    up = np.zeros(41)
    up[20] = -30.0
    upper, lower = dilated(up, 3.2)
    from_upper, from_lower = undo_pen(upper, lower, 3.2)
    assert from_upper[20] == pytest.approx(-30.0)
    assert from_lower[20] == pytest.approx(0.0, abs=0.2)
    assert (from_upper <= up + 1e-9).all()
    assert (from_lower >= up - 1e-9).all()


def test_a_column_far_from_any_edge_is_unknown():
    edges = np.full(20, np.nan)
    edges[3] = 1.0
    from_upper, from_lower = undo_pen(edges, edges + 4.0, 2.0)
    assert np.isfinite(from_upper[1:6]).all()
    assert np.isnan(from_upper[6:]).all()
    assert np.isnan(from_lower[6:]).all()
