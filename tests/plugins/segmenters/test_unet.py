from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from ecgengine.data.sheet import Sheet
from ecgengine.testing import material
from ecgengine_plugins.segmenters import unet
from ecgengine_plugins.segmenters.options import UnetOptions
from ecgengine_plugins.segmenters.unet import UnetSegmenter


@pytest.fixture(scope="module")
def segmenter() -> UnetSegmenter:
    return UnetSegmenter(UnetOptions(threads=1))


def sample_sheet() -> Sheet:
    return material.sheet_of(material.sample().page)


def agreement(found: np.ndarray, true: np.ndarray) -> float:
    return float(2 * (found * true).sum() / ((found**2).sum() + (true**2).sum()))


def test_traces_rules_and_text_are_told_apart(segmenter: UnetSegmenter) -> None:
    sheet, exact = sample_sheet(), material.sample_trace_map()
    found = segmenter.segment(sheet)
    assert agreement(found.trace[0], exact.trace[0]) > 0.85
    assert exact.text is not None
    assert exact.rules is not None
    assert found.text is not None
    on_text = found.trace[0][(exact.text > 0.5) & (exact.trace[0] == 0)]
    assert on_text.mean() < 0.15
    assert found.pen_width_px == pytest.approx(unet.PEN_MM * material.PX_PER_MM)


def test_tiles_leave_no_seams(segmenter: UnetSegmenter, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = sample_sheet()
    whole = segmenter.segment(sheet).trace
    monkeypatch.setattr(unet, "_TILE_PX", 416)
    parted = segmenter.segment(sheet).trace
    assert np.abs(whole - parted).max() < 0.05
    assert np.abs(whole - parted).mean() < 1e-4


@pytest.mark.parametrize("factor", [0.45, 1.5])
def test_sheets_of_other_scales_are_read_at_a_known_one(
    segmenter: UnetSegmenter, factor: float
) -> None:
    sheet, exact = sample_sheet(), material.sample_trace_map()
    size = round(sheet.image.shape[1] * factor), round(sheet.image.shape[0] * factor)
    image = np.asarray(cv2.resize(sheet.image, size, interpolation=cv2.INTER_AREA), np.uint8)
    scale = material.PX_PER_MM * factor
    scaled = replace(sheet, image=image, px_per_mm_x=scale, px_per_mm_y=scale)
    found = segmenter.segment(scaled).trace[0]
    assert found.shape == image.shape[:2]
    true = cv2.resize(exact.trace[0], size, interpolation=cv2.INTER_AREA)
    assert agreement(found, true) > 0.6
