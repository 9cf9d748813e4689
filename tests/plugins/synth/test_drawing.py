from __future__ import annotations

import numpy as np
import pytest

from ecgengine.data.layout import LEADS
from ecgengine.truth.sample import make_ecg
from ecgengine_plugins.paper.layouts import LAYOUTS
from ecgengine_plugins.synth.drawing import Drawn, draw_page
from ecgengine_plugins.synth.letters import word
from ecgengine_plugins.synth.style import Style, draw_style

BY_NAME = {layout.name: layout for layout in LAYOUTS}


def drawn(name: str, seed: int = 1) -> tuple[Style, Drawn]:
    random = np.random.default_rng(seed)
    style = draw_style(random, BY_NAME[name], 72.0)
    return style, draw_page(style, make_ecg(), random)


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_layout_prints_its_leads_where_the_truth_says(name: str, seed: int) -> None:
    style, page = drawn(name, seed)
    layout = BY_NAME[name]
    assert [s.row for s in page.strips] == [
        row for row, cells in enumerate(layout.rows) for _ in cells
    ]
    trace = page.sheet.trace
    height, width = trace.shape
    for strip in page.strips:
        assert strip.x_mm == pytest.approx(
            style.left_mm + strip.start_s * style.speed_mm_per_s, abs=1e-9
        )
        points = strip.centerline_mm * style.px_per_mm - 0.5
        x, y = np.rint(points).astype(int).T
        inside = (x > 0) & (x < width - 1) & (y > 0) & (y < height - 1)
        assert inside.mean() > 0.9
        # The pen covers the pixel in which its center lies, or where it is thin one beside it.
        ink = np.maximum.reduce([trace[y[inside] + k, x[inside]] for k in (-1, 0, 1)])
        assert np.mean(ink > 60) > 0.99


def test_the_truth_is_what_is_printed() -> None:
    style, page = drawn("3x4+1")
    ecg = make_ecg()
    assert set(page.leads.leads_mv) == set(LEADS)
    known = {name: np.flatnonzero(np.isfinite(x)) for name, x in page.leads.leads_mv.items()}
    quarter = style.seconds / 4 * 500
    assert known["II"].size == style.seconds * 500
    assert (known["V1"][0], known["V1"].size) == (quarter * 2, quarter)
    np.testing.assert_array_equal(
        page.leads.leads_mv["V1"][known["V1"]], ecg.leads_mv["V1"][known["V1"]]
    )


def test_gain_zero_line_and_sign_turn_millimeters_into_millivolts() -> None:
    style, page = drawn("6x2-cabrera")
    strip = next(s for s in page.strips if s.inverted)
    assert strip.lead == "aVR"
    mv = -(strip.zero_mm - strip.centerline_mm[:, 1]) / style.gain_mm_per_mv
    printed = page.leads.leads_mv["aVR"]
    np.testing.assert_allclose(mv, printed[np.isfinite(printed)], atol=1e-4)


def test_lead_names_stand_in_their_boxes() -> None:
    for seed in range(1, 6):
        style, page = drawn("3x4", seed)
        for strip in page.strips:
            if strip.name_box_mm is None:
                assert style.name_mm == 0
                continue
            x0, y0, x1, y1 = np.rint(np.array(strip.name_box_mm) * style.px_per_mm).astype(int)
            assert page.sheet.text[max(y0, 0) : y1, x0:x1].max() > 128


def test_paper_speed_and_gain_stand_in_their_boxes() -> None:
    found = 0
    for seed in range(1, 9):
        style, page = drawn("3x4", seed)
        scale = style.px_per_mm
        texts = f"{style.speed_mm_per_s:g} mm/s", f"{style.gain_mm_per_mv:g} mm/mV"
        told = [each for each in page.words if each.means not in LEADS]
        assert tuple(each.means for each in told) == (texts if style.footer else ())
        for each in told:
            x0, y0, x1, y1 = np.rint(np.array(each.box_mm) * scale).astype(int)
            mask = word(each.means, style.font, round(2.6 * scale, 2))
            written = page.sheet.text[y0:y1, x0:x1]
            rows, columns = (min(a, b) for a, b in zip(mask.shape, written.shape, strict=True))
            alike = np.corrcoef(mask[:rows, :columns].ravel(), written[:rows, :columns].ravel())
            # Letters of dots are laid out a fraction of a dot apart from those of a whole line.
            assert alike[0, 1] > (0.5 if style.font == "dots" else 0.9)
            found += 1
    assert found >= 8


def test_rhythm_strips_beside_lead_ii_have_names_of_their_own() -> None:
    _, page = drawn("3x4+3")
    assert {"V1_rhythm", "V5_rhythm"} <= set(page.leads.leads_mv)


def test_one_seed_one_page() -> None:
    first, second = (drawn("3x4+1", 5) for _ in range(2))
    assert first[0] == second[0]
    for layer in ("trace", "text", "grid", "marks"):
        np.testing.assert_array_equal(
            getattr(first[1].sheet, layer), getattr(second[1].sheet, layer)
        )


def test_styles_differ_widely() -> None:
    styles = [
        draw_style(np.random.default_rng(seed), BY_NAME["3x4+1"], 72.0) for seed in range(300)
    ]
    for choice in ("pulse", "separator", "name_place", "font", "ends", "paper_mm"):
        assert len({getattr(style, choice) for style in styles}) >= 3, choice
    assert {style.speed_mm_per_s for style in styles} == {25.0, 50.0}
    assert {style.gain_mm_per_mv for style in styles} == {5.0, 10.0, 20.0}
    assert {style.grid.kind for style in styles} == {"lines", "dots", "heavy", "none"}
    pens = [style.pen_mm for style in styles]
    assert min(pens) >= 0.15
    assert max(pens) <= 0.6
    for style in styles:
        right_mm = style.left_mm + style.seconds * style.speed_mm_per_s
        assert style.left_mm > 3
        assert right_mm < style.paper_mm[0]
        assert 0 < style.zeros_mm[0] < style.zeros_mm[-1] < style.paper_mm[1]


def test_separators_and_pulses_are_told_apart_from_leads() -> None:
    for seed in range(1, 12):
        style, page = drawn("3x4+1", seed)
        assert len(page.pulses_mm) == (0 if style.pulse == "none" else 4)
        for pulse in page.pulses_mm:
            assert np.ptp(pulse[:, 1]) == pytest.approx(style.gain_mm_per_mv, abs=1e-4)
        if style.separator == "line":
            assert len(page.rules_mm) == 9
