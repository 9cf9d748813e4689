from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest

from ecgengine.data.look import CELL_MM, Look, Words
from ecgengine.data.sheet import Sheet
from ecgengine.data.tracemap import TraceMap
from ecgengine.plugins.kinds import SEGMENTER
from ecgengine.plugins.manager import PluginManager
from ecgengine_plugins.networks.options import NetworkRunning
from ecgengine_plugins.segmenters import hooks
from ecgengine_plugins.segmenters.ink.coverage import PenCoverage, measure_coverage
from ecgengine_plugins.segmenters.unet import UnetSegmenter

BLACK = (0, 0, 0)
RED = ((250, 215, 215), (235, 60, 60))
EVERYWHERE = (0.0, 1000.0, 0.0, 1000.0)
ALL = np.s_[:, :]
Box = tuple[float, float, float, float]
"""Top, bottom, left and right in mm."""


@dataclass(frozen=True)
class Reader:
    """A page network that sees what it is told."""

    seen: Look

    def look(self, sheet: Sheet) -> Look:
        return self.seen


def seen(sheet: Sheet, **boxes: Box) -> Look:
    """A look that is sure of boxes of `trace`, `separators` or `pulses`."""
    height, width = (
        round(side / scale / CELL_MM)
        for side, scale in zip(
            sheet.image.shape[:2], (sheet.px_per_mm_y, sheet.px_per_mm_x), strict=True
        )
    )
    maps = {
        name: np.zeros((height, width), np.float32) for name in ("trace", "separators", "pulses")
    }
    for name, box in boxes.items():
        top, bottom, left, right = (round(side / CELL_MM) for side in box)
        maps[name][top:bottom, left:right] = 1
    nothing = np.zeros((0, 3), np.float32)
    words = Words(np.zeros((0, 4)), np.zeros((0, 12)))
    zero_mm = np.zeros((height, width), np.float32)
    return Look(maps["trace"], zero_mm, maps["separators"], maps["pulses"], nothing, nothing, words)


def segmented(sheet: Sheet, look: Look) -> tuple[TraceMap, PenCoverage]:
    ink = measure_coverage(sheet)
    assert ink is not None
    return UnetSegmenter(Reader(look)).segment(sheet), ink


def assert_kept(found: TraceMap, ink: PenCoverage, drawn: np.ndarray, share: float = 1.0) -> None:
    """Drawn ink is as exact as it was measured, gray edges included; the rest is no trace."""
    trace = found.trace[0]
    np.testing.assert_allclose(trace[drawn], share * ink.cover[drawn], rtol=0, atol=1e-7)
    near = cv2.dilate(drawn.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    assert not trace[~near].any()
    assert trace[~drawn].max() < 0.05


def assert_divided(found: TraceMap, ink: PenCoverage, place: tuple[slice, slice] = ALL) -> None:
    """Ink is of a trace, of rules or of text; none is lost and none counts twice."""
    whole = found.trace[0] + found.rules - ink.frame + found.text
    np.testing.assert_allclose(whole[place], ink.cover[place], rtol=0, atol=1e-6)


def test_ink_is_trace_where_the_network_says_so_and_text_elsewhere(painter) -> None:
    painted = painter().grid(*RED).curve(180).text("V1", 100, 60).text("25 mm/s", 300, 290)
    sheet = painted.sheet(BLACK)
    # The curve lies between 12 and 25 mm, words above and below it.
    look = seen(sheet, trace=(12, 26, 0, 90))
    found, ink = segmented(sheet, look)
    band = np.s_[12 * 8 : 26 * 8]
    assert_kept(found, ink, painted.trace > 0)
    assert_divided(found, ink)
    for beyond in (np.s_[: 10 * 8], np.s_[28 * 8 :]):
        assert not found.trace[0][beyond].any()
        np.testing.assert_array_equal(found.text[beyond], ink.cover[beyond])
    assert painted.trace[band].sum() > 0.99 * painted.trace.sum()
    assert found.text[painted.other > 0.9].mean() > 0.95
    assert not found.rules.any()
    assert found.hidden is None
    assert found.look is look
    assert found.trace.dtype == found.text.dtype == np.float32
    assert found.pen_width_px == ink.width_of(found.trace[0])


@pytest.mark.parametrize(
    ("kind", "left_mm"), [("separators", 13), ("pulses", 13), ("pulses", 10.5)]
)
def test_ink_under_pulses_and_separators_is_rules(painter, kind: str, left_mm: float) -> None:
    painted = painter().grid(*RED).curve(180, first=120)
    painted.box(100, 180, 40, 42).box(100, 102, 40, 75).box(100, 180, 73, 75)
    sheet = painted.sheet(BLACK)
    # Cells of a trace may lie right beside those of a pulse.
    look = seen(sheet, trace=(10, 26, left_mm, 90), **{kind: (11, 24, 4, 10.5)})
    found, ink = segmented(sheet, look)
    place = np.s_[11 * 8 : 24 * 8, 4 * 8 : 10 * 8]
    np.testing.assert_array_equal(found.rules[place], ink.cover[place])
    assert found.rules[painted.other > 0].mean() > 0.95
    assert not found.trace[0][place].any()
    assert not found.text[place].any()


@pytest.mark.parametrize(
    ("trace", "pulse", "is_rules"),
    [
        (0.4, 0.6, True),
        (0.6, 0.4, False),
        (0.2, 0.35, True),
        (0.2, 0.25, False),
        (0.075, 1.0, True),
    ],
)
def test_ink_is_a_pulses_leg_where_that_is_likely_and_likelier_than_a_trace(
    painter, trace: float, pulse: float, is_rules: bool
) -> None:
    painted = painter().grid(*RED).curve(180, first=120).box(100, 180, 73, 75)
    sheet = painted.sheet(BLACK)
    look = seen(sheet, trace=(10, 26, 8, 90), pulses=(11, 24, 8, 10.5))
    look = replace(look, trace=look.trace * np.float32(trace), pulses=look.pulses * pulse)
    found, ink = segmented(sheet, look)
    leg = np.s_[100:181, 73:76]
    kept, other = (found.rules, found.trace[0]) if is_rules else (found.trace[0], found.rules)
    np.testing.assert_allclose(kept[leg], ink.cover[leg], atol=1e-6)
    assert not other[leg].any()
    assert_divided(found, ink)


def test_the_middle_of_a_steep_stroke_that_the_look_loses_stays_trace(painter) -> None:
    painted = painter().grid(*RED).curve(180, first=20, last=300).box(60, 180, 300, 302)
    sheet = painted.sheet(BLACK)
    look = seen(sheet, trace=(5, 26, 2, 45))
    lost = look.trace.copy()
    lost[2 * 12 : 2 * 18, 2 * 36 : 2 * 39] = 0
    found, ink = segmented(sheet, replace(look, trace=lost))
    stroke = np.s_[70:170, 300:303]
    np.testing.assert_allclose(found.trace[0][stroke], ink.cover[stroke], atol=1e-6)
    # What a trace enters at one end only, such as a letter, does not.
    lost[: 2 * 12, 2 * 36 : 2 * 39] = 0
    found, _ = segmented(sheet, replace(look, trace=lost))
    assert not found.trace[0][70:130, 300:303].any()


@pytest.mark.parametrize("right_mm", [9.5, 12, 14])
def test_a_trace_that_begins_right_after_a_leg_keeps_its_ink(painter, right_mm: float) -> None:
    painted = painter().grid(*RED).curve(180, first=76).box(100, 180, 73, 75)
    sheet = painted.sheet(BLACK)
    # Cells of the pulse reach far over the trace.
    look = seen(sheet, trace=(10, 26, 8, 90), pulses=(13, 22, 8.5, right_mm))
    found, ink = segmented(sheet, look)
    # A leg is as wide as the columns that it fills and two pixels of gray edges.
    leg = np.s_[99:182, 71:78]
    np.testing.assert_array_equal(found.rules[leg], ink.cover[leg])
    assert not found.trace[0][leg].any()
    drawn = painted.trace > 0
    drawn[:, :78] = False
    assert drawn[:, 78:82].any(axis=0).all()
    np.testing.assert_array_equal(found.trace[0][drawn], ink.cover[drawn])
    assert not found.rules[drawn].any()
    assert found.hidden is None
    assert_divided(found, ink)


@pytest.mark.parametrize("shown_mm", [(18, 26), (20, 22), (23, 25)])
@pytest.mark.parametrize("first", [350, 262, 300])
def test_a_trace_is_bridged_under_a_bar_as_far_as_its_ink_goes_on(
    painter, first: int, shown_mm: tuple[int, int]
) -> None:
    bar = np.s_[150:205, first : first + 6]
    painted = painter().grid(*RED).curve(180).box(150, 204, first, first + 5)
    sheet = painted.sheet(BLACK)
    mm = first / 8
    found, ink = segmented(
        sheet, seen(sheet, trace=(10, 26, 0, 90), separators=(*shown_mm, mm - 0.5, mm + 1.5))
    )
    around = np.s_[150:205, first - 6 : first + 12]
    bridged, true = found.trace[0][around], painted.trace[around]
    heights = np.arange(len(true), dtype=float)
    np.testing.assert_allclose(
        heights @ bridged / bridged.sum(axis=0), heights @ true / true.sum(axis=0), atol=0.7
    )
    assert (bridged.sum(axis=0) > 0.45 * true.sum(axis=0)).all()
    np.testing.assert_array_equal(found.rules[bar], ink.cover[bar])
    assert found.hidden[bar].all()
    beside = np.ones(700, np.bool_)
    beside[first - 3 : first + 9] = False
    assert not found.hidden[:, beside].any()
    drawn = (painted.trace > 0) & beside
    np.testing.assert_array_equal(found.trace[0][drawn], ink.cover[drawn])
    assert_divided(found, ink, np.s_[:, : first - 3])
    assert_divided(found, ink, np.s_[:, first + 9 :])


def test_under_a_bar_that_no_trace_enters_nothing_is_trace(painter) -> None:
    painted = painter().grid(*RED).curve(180, last=300).box(150, 204, 350, 355)
    sheet = painted.sheet(BLACK)
    look = seen(sheet, trace=(10, 26, 0, 90), separators=(18, 26, 43, 45.5))
    found, ink = segmented(sheet, look)
    bar = np.s_[146:209, 346:360]
    assert not (found.trace[0][bar] > 0.1).any()
    np.testing.assert_array_equal(found.rules[150:205, 350:356], ink.cover[150:205, 350:356])


def test_what_looks_like_a_bar_but_has_no_ink_hides_no_trace(painter) -> None:
    painted = painter().grid(*RED).curve(180)
    sheet = painted.sheet(BLACK)
    look = seen(sheet, trace=(10, 26, 0, 90), separators=(18, 26, 43, 45))
    found, ink = segmented(sheet, look)
    assert_kept(found, ink, painted.trace > 0)
    assert found.hidden is None


@pytest.mark.parametrize("kind", ["separators", "pulses"])
@pytest.mark.parametrize(("tall_mm", "taken"), [(1.0, False), (1.5, True)])
def test_what_is_shown_shorter_than_a_bar_takes_no_trace(
    painter, kind: str, tall_mm: float, taken: bool
) -> None:
    painted = painter().grid(*RED).curve(180).box(150, 204, 350, 355)
    sheet = painted.sheet(BLACK)
    look = seen(sheet, trace=(10, 27, 0, 90), **{kind: (23, 23 + tall_mm, 43, 45.5)})
    found, ink = segmented(sheet, look)
    bar = np.s_[150:205, 350:356]
    kept = found.rules if taken else found.trace[0]
    np.testing.assert_array_equal(kept[bar], ink.cover[bar])
    assert (found.hidden is not None) == (taken and kind == "separators")


def test_ink_shorter_than_half_a_millimeter_is_text(painter) -> None:
    painted = painter().grid(*RED).curve(180)
    # At 8 pixels a millimeter; apart from the trace, from each other and from the grid's lines.
    places = {(3, 3): 60, (4, 4): 140, (4, 1): 220, (5, 2): 300, (2, 5): 380, (6, 6): 460}
    for (tall, wide), x in places.items():
        painted.box(226, 225 + tall, x, x - 1 + wide)
    sheet = painted.sheet(BLACK)
    found, ink = segmented(sheet, seen(sheet, trace=EVERYWHERE))
    drawn = painted.trace > 0
    for (tall, wide), x in places.items():
        box = np.s_[226 : 226 + tall, x : x + wide]
        if max(tall, wide) > 0.5 * 8:
            drawn[box] = True
        else:
            np.testing.assert_array_equal(found.text[box], ink.cover[box])
        assert ink.cover[box].min() > 0.9
    assert_kept(found, ink, drawn)
    assert_divided(found, ink)
    assert not found.rules.any()


@pytest.mark.parametrize(
    ("probability", "kept"), [(0.03, 0.0), (0.075, 0.5), (0.12, 1.0), (0.9, 1.0)]
)
def test_what_the_network_is_unsure_of_is_kept_in_part(painter, probability, kept) -> None:
    painted = painter().grid(*RED).curve(180)
    sheet = painted.sheet(BLACK)
    look = seen(sheet, trace=EVERYWHERE)
    unsure = replace(look, trace=look.trace * np.float32(probability))
    found, ink = segmented(sheet, unsure)
    assert_kept(found, ink, painted.trace > 0, kept)
    assert_divided(found, ink)
    assert not found.rules.any()


@pytest.mark.parametrize(("x", "y"), [(8.0, 8.0), (3.5, 3.5), (12.0, 12.0), (8.0, 6.0)])
def test_cells_lie_where_the_scales_of_the_sheet_say(painter, x: float, y: float) -> None:
    painted = painter(width=round(60 * x), height=round(30 * y), px_per_mm=x)
    for mm in range(2, 58):
        left, right = round((mm + 0.25) * x), round((mm + 0.5) * x)
        painted.box(round(3 * y), round(27 * y), left, right)
    sheet = replace(painted.sheet(BLACK), px_per_mm_x=x, px_per_mm_y=y)
    found, ink = segmented(sheet, seen(sheet, trace=(10, 20, 15, 40)))
    share = found.trace[0] / np.maximum(ink.cover, 1e-6)
    inked = ink.cover > 0.5
    rows, columns = (np.arange(side) + 0.5 for side in inked.shape)
    down, across = rows[:, None] / y, columns[None] / x
    # Ink in cells beside those of a trace belongs to it, and half a millimeter farther off none.
    own = (down > 9.5) & (down < 20.5) & (across > 15) & (across < 40)
    own |= (down > 10) & (down < 20) & (across > 14.5) & (across < 40.5)
    far = (down < 9) | (down > 21) | (across < 14) | (across > 41)
    assert (share[own & inked] > 0.999).all()
    assert (share[far & inked] == 0).all()
    assert (own & inked).sum() > 100


def test_frames_of_the_page_are_rules_whatever_the_network_says(painter) -> None:
    painted = painter().grid(*RED).curve(180, first=0, last=699)
    for box in ((0, 0, 0, 699), (299, 299, 0, 699)):
        painted.box(*box)
    sheet = painted.sheet(BLACK)
    found, ink = segmented(sheet, seen(sheet, trace=EVERYWHERE))
    assert found.rules[[0, -1]].mean() > 0.95
    np.testing.assert_array_equal(found.rules, ink.frame)
    assert_kept(found, ink, painted.trace > 0)


def test_black_lines_hide_traces(painter) -> None:
    painted = painter(height=320).grid(None, BLACK, major_px=3).curve(190, pen_px=3)
    sheet = painted.sheet(BLACK)
    found, ink = segmented(sheet, seen(sheet, trace=EVERYWHERE))
    np.testing.assert_array_equal(found.hidden, ink.hidden)
    assert found.hidden.dtype == np.float32


def test_the_pen_is_that_of_the_traces_alone(painter) -> None:
    painted = painter(height=420).grid(*RED).curve(130, pen_px=2.4).curve(330, pen_px=5.0)
    sheet = painted.sheet(BLACK)
    for box, pen_px in (((2, 26, 0, 90), 2.65), ((28, 52, 0, 90), 5.15)):
        found, _ = segmented(sheet, seen(sheet, trace=box))
        assert found.pen_width_px == pytest.approx(pen_px, abs=0.1)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (200, 300)])
def test_an_empty_sheet_gives_an_empty_map_and_the_look(painter, shape: tuple[int, int]) -> None:
    sheet = painter(width=shape[1], height=shape[0]).sheet()
    look = seen(sheet, trace=EVERYWHERE)
    found = UnetSegmenter(Reader(look)).segment(sheet)
    assert found.trace.shape == (1, *shape)
    assert found.trace.dtype == np.float32
    assert not found.trace.any()
    assert found.look is look


def test_it_is_chosen_by_default_and_ink_by_name_alone() -> None:
    unet, ink = hooks.ecgengine_segmenters()
    assert (unet.name, ink.name) == ("unet", "ink")
    assert ink.priority < 0 == unet.priority
    assert unet.options is NetworkRunning
    plugins = PluginManager()
    assert plugins.select(SEGMENTER).plugin.name == "unet"
    assert plugins.select(SEGMENTER, "ink").plugin.name == "ink"
