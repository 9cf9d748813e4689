from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ecgengine.data.layout import LEADS
from ecgengine.data.sheet import Sheet
from ecgengine.data.tracemap import TraceMap
from ecgengine.geometry.page_map import PageMap
from ecgengine_plugins.paper.ink import Ink, gather
from ecgengine_plugins.paper.lettering.words import find_words, read_names, read_scales

SHAPE = (120, 500)


def written(text: str, size_px: int = 26, bold: int = 0) -> Ink:
    """A sheet at 8 px/mm with words printed on it."""
    drawing = Image.new("L", SHAPE[::-1])
    face = ImageFont.load_default(size_px)
    ImageDraw.Draw(drawing).text((30, 40), text, fill=255, font=face, stroke_width=bold)
    return sheet_with(np.asarray(drawing, dtype=np.float32) / 255)


def sheet_with(marks: NDArray[np.float32]) -> Ink:
    height, width = SHAPE
    page_map = PageMap.affine(np.array([[1.0, 0, 0], [0, 1.0, 0]]), width, height)
    sheet = Sheet(np.full((height, width, 3), 255, np.uint8), 8.0, 8.0, page_map, "grid")
    trace = np.zeros((1, height, width), np.float32)
    return gather(sheet, TraceMap(trace, pen_width_px=2.5, text=marks))


@pytest.mark.parametrize("size_px", [16, 26, 40])
@pytest.mark.parametrize("bold", [0, 1])
@pytest.mark.parametrize("lead", LEADS)
def test_reads_every_lead_name(lead: str, size_px: int, bold: int) -> None:
    names = read_names(find_words(written(lead, size_px, bold)))
    assert [name.lead for name in names] == [lead]
    x0, y0, x1, y1 = names[0].box_px
    assert 28 <= x0 < x1 < 140
    assert 38 <= y0 < y1 < 100


def test_reads_upper_case_augmented_leads() -> None:
    assert [name.lead for name in read_names(find_words(written("AVF")))] == ["aVF"]


@pytest.mark.parametrize("text", ["Male", "60 kg", "V8", "AF", "1990", "IV", "VI7", "Sex"])
def test_other_words_are_no_lead_names(text: str) -> None:
    assert read_names(find_words(written(text))) == []


@pytest.mark.parametrize(
    ("text", "gain", "speed"),
    [
        ("25mm/s", None, 25.0),
        ("50 mm/s", None, 50.0),
        ("12.5mm/s", None, 12.5),
        ("10mm/mV", 10.0, None),
        ("25mm/s  10mm/mV", 10.0, 25.0),
        ("Weight 60 kg", None, None),
    ],
)
def test_reads_speed_and_gain(text: str, gain: float | None, speed: float | None) -> None:
    assert read_scales(find_words(written(text))) == (gain, speed)


def test_a_blank_sheet_has_no_words() -> None:
    assert find_words(sheet_with(np.zeros(SHAPE, np.float32))) == []
