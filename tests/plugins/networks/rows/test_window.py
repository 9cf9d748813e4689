from __future__ import annotations

import numpy as np
import pytest

from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Strip
from ecgengine.geometry.page_map import PageMap
from ecgengine_plugins.networks.rows.window import (
    MULTIPLE_PX,
    PX_PER_MM,
    row_window,
    zero_lines,
)

NODES = np.zeros((2, 2, 2))


def sheet(px_per_mm: float, image: np.ndarray) -> Sheet:
    return Sheet(image, px_per_mm, px_per_mm, PageMap(NODES, 1.0, 1.0), "given")


def strip(px_per_mm: float, zero_mm: float) -> Strip:
    return Strip(
        lead="I", row=0, rhythm=False, x_start_px=20 * px_per_mm, x_end_px=60 * px_per_mm,
        zero_px=zero_mm * px_per_mm, top_px=(zero_mm - 15) * px_per_mm,
        bottom_px=(zero_mm + 15) * px_per_mm, start_s=0.0,
    )  # fmt: skip


def dotted(px_per_mm: float) -> np.ndarray:
    """White paper of 80 x 60 mm with a black dot of 2 mm whose center is 40, 30 mm."""
    y, x = np.mgrid[: round(60 * px_per_mm), : round(80 * px_per_mm)]
    inside = np.hypot(x - 40 * px_per_mm, y - 30 * px_per_mm) < px_per_mm
    return np.repeat(np.where(inside, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


@pytest.mark.parametrize("px_per_mm", [4.0, 8.0, 8.3, 12.0])
def test_places_in_the_window_lead_back_to_the_sheet(px_per_mm: float) -> None:
    window = row_window(
        sheet(px_per_mm, dotted(px_per_mm)), [strip(px_per_mm, 32.0)], [12 * px_per_mm]
    )
    assert all(side % MULTIPLE_PX == 0 for side in window.image.shape[:2])
    known = abs(px_per_mm - 8) < 0.4
    assert window.scale_x == window.scale_y == (1.0 if known else PX_PER_MM / px_per_mm)
    dark = 255.0 - window.image[..., 0]
    row = (dark.sum(axis=1) * np.arange(dark.shape[0])).sum() / dark.sum()
    column = (dark.sum(axis=0) * np.arange(dark.shape[1])).sum() / dark.sum()
    assert row / window.scale_y + window.y0_px == pytest.approx(30 * px_per_mm, abs=0.1 * px_per_mm)
    x = column / window.scale_x + window.x0_px
    assert x == pytest.approx(40 * px_per_mm, abs=0.1 * px_per_mm)
    # Two columns of the answer lie side by side in one of the window.
    answer = window.column_of(x)
    assert window.x_of(answer) == pytest.approx(x)
    assert answer == pytest.approx(2 * column + 0.5, abs=1e-6)
    part = window.blocks(slice(1, 3))
    assert part.image.shape == (window.image.shape[0], 2 * MULTIPLE_PX, 3)
    assert part.x_of(answer - 2 * MULTIPLE_PX) == pytest.approx(x)
    np.testing.assert_array_equal(part.image, window.image[:, MULTIPLE_PX : 3 * MULTIPLE_PX])
    own, above, below = (window.zero_rows / window.scale_y + window.y0_px) / px_per_mm
    assert own == pytest.approx(32.0, abs=0.01)
    assert above == pytest.approx(12.0, abs=0.01)
    assert below == pytest.approx(32.0 + 60.0, abs=0.01)


def test_the_zero_lines_told_are_those_of_the_nearest_rows() -> None:
    assert zero_lines(100.0, [20.0, 70.0, 101.0, 125.0, 150.0]) == (100.0, 70.0, 125.0)
    assert zero_lines(10.0, [200.0], per_mm=8.0) == (10.0, 10.0 - 480.0, 200.0)
    assert zero_lines(10.0, []) == (10.0, -50.0, 70.0)
