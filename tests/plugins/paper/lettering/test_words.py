from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ecgengine.data.layout import LEADS
from ecgengine_plugins.paper.boxes import component_boxes
from ecgengine_plugins.paper.lettering.glyphs import normalized, similarities
from ecgengine_plugins.paper.lettering.words import Word, join_words, read_names

SHAPE = (120, 500)


def written(text: str, size_px: int = 26, bold: int = 0) -> list[Word]:
    """Words printed on a sheet."""
    drawing = Image.new("L", SHAPE[::-1])
    face = ImageFont.load_default(size_px)
    ImageDraw.Draw(drawing).text((30, 40), text, fill=255, font=face, stroke_width=bold)
    cover = np.asarray(drawing, dtype=np.float32) / 255
    boxes = component_boxes((cover > 0.35).astype(np.uint8))
    pixels = np.stack([normalized(cover[y : y + h, x : x + w]) for x, y, w, h in boxes])
    _, _, across, down = boxes.T
    return join_words(boxes, similarities(pixels, np.log(across / down)))


@pytest.mark.parametrize("size_px", [16, 26, 40])
@pytest.mark.parametrize("bold", [0, 1])
@pytest.mark.parametrize("lead", LEADS)
def test_reads_every_lead_name(lead: str, size_px: int, bold: int) -> None:
    names = read_names(written(lead, size_px, bold))
    assert [name.lead for name in names] == [lead]
    x0, y0, x1, y1 = names[0].box_px
    assert 28 <= x0 < x1 < 140
    assert 38 <= y0 < y1 < 100


def test_reads_upper_case_augmented_leads() -> None:
    assert [name.lead for name in read_names(written("AVF"))] == ["aVF"]


@pytest.mark.parametrize("text", ["Male", "60 kg", "V8", "AF", "1990", "IV", "VI7", "Sex"])
def test_other_words_are_no_lead_names(text: str) -> None:
    assert read_names(written(text)) == []
