"""Pages that people published and that were once read wrongly; skipped where they are absent.

What is right on them was read by eye. A statement that is not right must be for review.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from ecgengine.data.strips import Strips, TimeOrder
from ecgengine.running.settings import make_pipeline
from ecgengine_plugins.assemblers.tuning import SURE_PROBABILITY

Arranged = Callable[[str], Strips]

KIT_6X2 = ["V1", "V4", "I", "aVR", "V2", "V5", "II", "aVL", "V3", "V6", "III", "aVF", "II"]
KIT_12X1 = ["V4", "V1", "aVR", "I", "V5", "V2", "aVL", "II", "V6", "V3", "aVF", "III", "II"]
STANDARD = ["I", "aVR", "V1", "V4", "II", "aVL", "V2", "V5", "III", "aVF", "V3", "V6", "II"]


@pytest.fixture(scope="module")
def arranged(data_dir: Path) -> Arranged:
    """Decide what is on the first page of a file."""
    pipeline = make_pipeline()

    def run(name: str) -> Strips:
        path = data_dir / name
        page = next(iter(pipeline.read(path.read_bytes(), path.name, path.stem)))
        return pipeline.inspect(next(pipeline.sheets(page))).strips

    return run


def sure(probability: float) -> bool:
    return probability >= SURE_PROBABILITY


@pytest.mark.parametrize(
    ("name", "leads", "order"),
    [
        ("kit_made/6x2_003.png", KIT_6X2, TimeOrder.TOGETHER),
        ("kit_made/6x2_021.png", KIT_6X2, TimeOrder.TOGETHER),
        ("kit_made/12x1_003.png", KIT_12X1, TimeOrder.TOGETHER),
        ("kit_made/12x1_011.png", KIT_12X1, TimeOrder.TOGETHER),
    ],
)
def test_printed_names_and_beats_tell_leads_and_their_time(
    arranged: Arranged, name: str, leads: list[str], order: TimeOrder
) -> None:
    found: Strips = arranged(name)
    assert [strip.lead for strip in found.strips] == leads
    assert found.order is order
    assert min(strip.lead_probability for strip in found.strips) > 0.95
    scales = found.calibration
    assert (scales.gain_mm_per_mv, scales.speed_mm_per_s) == (10.0, 25.0)
    assert sure(scales.gain_probability)
    assert sure(scales.speed_probability)


def test_columns_of_the_same_seconds_are_told_by_their_beats(arranged: Arranged) -> None:
    found: Strips = arranged("wild/cart_simultaneous.pdf")
    assert [strip.lead for strip in found.strips] == STANDARD
    assert found.order is TimeOrder.TOGETHER
    assert min(strip.lead_probability for strip in found.strips) > 0.95
    scales = found.calibration
    assert (scales.gain_mm_per_mv, scales.speed_mm_per_s) == (10.0, 25.0)
    assert sure(scales.gain_probability)


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("wild/ecgmob.pdf", 4),
        ("wild/kardia_1l.pdf", 4),
        ("wild/one_lead_3_rows_10s.png", 3),
    ],
)
def test_rows_of_one_lead_go_on_from_each_other(arranged: Arranged, name: str, rows: int) -> None:
    found: Strips = arranged(name)
    assert found.order is TimeOrder.GOING_ON
    assert len(found.strips) == rows
    starts = [strip.start_s for strip in found.strips]
    assert starts == sorted(starts)
    assert min(b - a for a, b in pairwise(starts)) > 7
    assert found.calibration.speed_mm_per_s == 25.0
    assert all(strip.lead in (None, "I") for strip in found.strips)


def test_a_slow_heart_is_not_surely_fast_paper(arranged: Arranged) -> None:
    found: Strips = arranged("wild/slow_heart_6x2.png")
    scales = found.calibration
    assert scales.speed_mm_per_s == 25.0 or not sure(scales.speed_probability)


@pytest.mark.parametrize(
    "name", ["wild/close_up_600dpi.png", "wild/close_up_photo.jpg", "wild/faint_qrs_strip.jpg"]
)
def test_a_strip_without_print_and_pulse_is_for_review(arranged: Arranged, name: str) -> None:
    found: Strips = arranged(name)
    assert not sure(found.calibration.gain_probability)
    assert len(found.strips) == 1
