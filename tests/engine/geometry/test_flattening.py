from __future__ import annotations

import numpy as np

from ecgengine.data.page import Page
from ecgengine.data.strips import Calibration
from ecgengine.geometry.flattening import resample_sheet
from ecgengine.geometry.page_map import PageMap
from ecgengine.geometry.paper_map import PaperMap
from ecgengine.truth.case import PageTruth
from ecgengine.truth.true_sheet import true_sheet

PX_PER_MM = 6.0
PAPER_MM = (60.0, 40.0)


def turned(angle: float = 0.2) -> tuple[Page, PageTruth]:
    """A picture of turned paper whose color says where one is on it."""
    step = 20.0
    r, c = np.mgrid[:21, :27] * step
    x = ((c - 200) * np.cos(angle) + (r - 120) * np.sin(angle)) / PX_PER_MM + 30
    y = ((r - 120) * np.cos(angle) - (c - 200) * np.sin(angle)) / PX_PER_MM + 20
    paper_map = PaperMap(np.stack([x, y], axis=-1), step)
    rows, columns = np.mgrid[:300, :400]
    paper = paper_map.to_paper(np.stack([columns.ravel(), rows.ravel()], axis=1).astype(float))
    image = np.zeros((300, 400, 3), np.uint8)
    image[..., :2] = np.clip(paper * 4, 0, 250).reshape(300, 400, 2)
    calibration = Calibration(10.0, 25.0)
    truth = PageTruth("made", calibration, PAPER_MM, PX_PER_MM, (1.0, 5.0), 0.3, paper_map, ())
    return Page(image, "page", "page.png"), truth


def test_a_sheet_laid_flat_by_its_truth_shows_the_paper_in_place() -> None:
    page, truth = turned()
    sheet = true_sheet(page, truth)
    height, width = sheet.image.shape[:2]
    assert (width, height) == (360, 240)
    rows, columns = np.mgrid[30:210, 60:300]
    seen = sheet.image[30:210, 60:300, :2] / 4
    assert np.abs(seen[..., 0] - (columns + 0.5) / PX_PER_MM).max() < 0.5
    assert np.abs(seen[..., 1] - (rows + 0.5) / PX_PER_MM).max() < 0.5
    assert sheet.grid is not None
    assert (sheet.px_per_mm_x, sheet.scale_source) == (PX_PER_MM, "given")


def test_beyond_the_page_all_is_white() -> None:
    image = np.zeros((20, 30, 3), np.uint8)
    shifted = PageMap.affine(np.array([[1.0, 0, -10], [0, 1, 0]]), 30, 20)
    flat = resample_sheet(image, shifted, 30, 20)
    assert (flat[:, :8] == 255).all()
    assert (flat[:, 12:] == 0).all()


def test_a_tall_page_that_is_only_shifted_keeps_every_pixel() -> None:
    image = np.random.default_rng(0).integers(0, 255, (300, 40, 3), np.uint8)
    shifted = PageMap.affine(np.array([[1.0, 0, 5], [0, 1, 7]]), 35, 293)
    np.testing.assert_array_equal(resample_sheet(image, shifted, 35, 293), image[7:, 5:])
