from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import combinations, pairwise

import numpy as np

from ecgengine.data.layout import LEADS
from ecgengine.ecg.signals import Signals
from ecgengine.truth.case import Box
from ecgengine_plugins.paper.layouts import LAYOUTS
from ecgengine_plugins.synth.arrangement import Arrangement, draw_arrangement
from ecgengine_plugins.synth.drawing import Drawn, draw_page
from ecgengine_plugins.synth.free_style import draw_free_style
from ecgengine_plugins.synth.heart import beat, draw_odd_heart
from ecgengine_plugins.synth.style import Style

PAGES = 120


@cache
def recording() -> Signals:
    random = np.random.default_rng(1)
    return beat(draw_odd_heart(random), 40.0, 500.0, random)


@cache
def made() -> tuple[tuple[Arrangement, Style, Drawn], ...]:
    pages = []
    for seed in range(PAGES):
        random = np.random.default_rng(seed)
        arrangement = draw_arrangement(random, LAYOUTS[seed % len(LAYOUTS)])
        # Coarse prints hold the same truth and are soon drawn.
        style = replace(draw_free_style(random, arrangement, recording()), px_per_mm=4.0)
        pages.append((arrangement, style, draw_page(style, recording(), random)))
    return tuple(pages)


def meet(one: Box, other: Box) -> bool:
    return all(
        min(one[k + 2], other[k + 2]) - max(one[k], other[k]) > 0.1 for k in (0, 1)
    )  # fmt: skip


def test_everything_stands_on_the_paper() -> None:
    for _, style, page in made():
        width, height = style.paper_mm
        curves = [*page.pulses_mm, *page.average_beats_mm]
        curves += [strip.centerline_mm for strip in page.strips]
        for curve in curves:
            assert curve[:, 0].min() > 1
            assert curve[:, 0].max() < width - 1
        for word in page.words:
            x0, y0, x1, y1 = word.box_mm
            assert min(x0, y0) > 0.4
            assert x1 < width - 0.4
            assert y1 < height - 0.4
        out = [s for s in page.strips if np.ptp(np.clip(s.centerline_mm[:, 1], 0, height)) == 0]
        assert not out


def test_words_do_not_meet() -> None:
    for _, _, page in made():
        boxes = [word.box_mm for word in page.words]
        assert not any(meet(one, other) for one, other in combinations(boxes, 2))


def test_strips_of_a_row_stand_side_by_side_and_at_their_seconds() -> None:
    for arrangement, style, page in made():
        cells = [cell for row in arrangement.layout.rows for cell in row]
        for strip, cell in zip(page.strips, cells, strict=True):
            assert (strip.start_s, strip.duration_s) == (cell.start_s, cell.duration_s)
            assert abs(strip.centerline_mm[0, 0] - strip.x_mm) < 0.06
        for before, strip in pairwise(page.strips):
            if before.row == strip.row:
                end_mm = before.x_mm + before.duration_s * style.speed_mm_per_s
                assert abs(strip.x_mm - end_mm - arrangement.gap_mm) < 1e-6


def test_leads_are_as_long_as_they_are_printed() -> None:
    seen = set()
    for arrangement, _, page in made():
        kind = arrangement.layout.name.partition("-")[2]
        leads = page.leads.leads_mv
        known = {name: int(np.isfinite(samples).sum()) for name, samples in leads.items()}
        if kind == "goes-on":
            (count,) = known.values()
            assert abs(count - arrangement.layout.duration_s * 500) <= len(page.strips)
            seen.add(kind)
        elif kind == "together" and not arrangement.layout.rhythm_rows:
            assert set(known) == set(LEADS)
            assert all(np.isfinite(samples[0]) for samples in leads.values())
            seen.add(kind)
    assert seen == {"goes-on", "together"}


def test_average_beats_are_drawn_and_named_but_are_no_strips() -> None:
    pages = [page for page in made() if page[0].average != "none"]
    assert pages
    for arrangement, style, page in pages:
        assert len(page.average_beats_mm) == 12
        assert len(page.strips) == sum(len(row) for row in arrangement.layout.rows)
        if style.name_mm:
            assert sum(word.means in LEADS for word in page.words) > len(page.strips) + 8
        heights = [np.ptp(curve[:, 1]) for curve in page.average_beats_mm]
        assert max(heights) > 1.5


def test_pages_without_a_grid_have_usual_scales() -> None:
    bare = [style for _, style, _ in made() if style.grid.kind == "none"]
    assert 0.04 < len(bare) / PAGES < 0.22
    assert {(style.speed_mm_per_s, style.gain_mm_per_mv) for style in bare} == {(25.0, 10.0)}


def test_styles_differ_widely() -> None:
    styles = [style for _, style, _ in made()]
    for choice, least in (("pulse", 4), ("name_place", 5), ("separator", 6), ("footer_place", 3)):
        assert len({getattr(style, choice) for style in styles}) == least, choice
    assert {style.gain_mm_per_mv for style in styles} == {5.0, 10.0, 20.0}
    told = {means for style in styles for _, means in style.footer}
    assert told == {"", "25 mm/s", "50 mm/s", "5 mm/mV", "10 mm/mV", "20 mm/mV"}
    texts = {text for style in styles for text, _ in style.footer}
    assert {"25 мм/с", "25mm/s", "25 mm/s", "Limb:"} <= texts
    assert 0.15 < np.mean([not style.footer for style in styles]) < 0.4
    assert 0.04 < np.mean([style.name_mm == 0 for style in styles]) < 0.2


def test_each_panel_has_a_grid_of_its_own() -> None:
    for arrangement, style, page in made():
        if arrangement.panel_rows and style.grid.kind != "none":
            boxes = style.grid.boxes_mm
            panels = len(style.zeros_mm) // arrangement.panel_rows
            assert len(boxes) == panels * len(arrangement.layout.rows[0])
            for strip in page.strips:
                inside = [
                    x0 <= strip.x_mm <= x1 and y0 <= strip.zero_mm <= y1 for x0, y0, x1, y1 in boxes
                ]
                assert sum(inside) == 1
