from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine.data.hints import Hints
from ecgengine.data.page import Page
from ecgengine.data.sheet import Sheet
from ecgengine.errors import NoEcgFoundError
from ecgengine_plugins.rectifiers.grid.rectifier import GridRectifier
from ecgengine_plugins.rectifiers.options import GridOptions

if TYPE_CHECKING:
    from conftest import Paper

RED, PINK, ORANGE, BLUE = (255, 80, 80), (255, 215, 220), (255, 180, 90), (120, 140, 255)
GREEN, GRAY, BLACK = (120, 220, 130), (180, 180, 180), (60, 60, 60)


def rectify(
    image: NDArray[np.uint8],
    hints: Hints | None = None,
    dpi: tuple[float, float] | None = None,
) -> Sheet:
    page = Page(image, "page", "page.png", dpi=dpi)
    return next(GridRectifier(GridOptions()).rectify(page, hints or Hints()))


def check(paper: Paper, sheet: Sheet, most_mm: float = 0.04) -> None:
    """The sheet's grid is where it was drawn, at its true scale to 0.03 percent."""
    assert sheet.scale_source == "grid"
    assert np.abs(paper.errors_mm(sheet, paper.covered)).max() < most_mm
    ends = sheet.page_map.to_page(np.array([[0.0, 0.0], [1000.0, 0.0], [0.0, 1000.0]]))
    moved = (ends[1:] - ends[0]) @ paper.matrix[:, :2].T
    scale = np.array([moved[0, 0] * sheet.px_per_mm_x, moved[1, 1] * sheet.px_per_mm_y]) / 1000
    assert np.abs(scale - 1).max() < 3e-4 * max(1.0, 150.0 * sheet.px_per_mm_x / paper.width)


@pytest.mark.parametrize(
    ("px_per_mm", "color"),
    [
        ((3.17, 3.17), RED),
        ((4.37, 4.37), ORANGE),
        ((5.94, 5.94), PINK),
        ((7.874, 7.874), BLUE),
        ((9.1, 9.1), BLACK),
        ((11.811, 11.811), GREEN),
        ((15.3, 15.3), GRAY),
        ((23.62, 23.62), RED),
        ((7.75, 7.44), RED),
    ],
)
def test_an_upright_page_is_its_own_sheet_at_any_scale_and_color(
    paper: type[Paper], px_per_mm: tuple[float, float], color: tuple[int, int, int]
) -> None:
    width = min(1800, int(220 * px_per_mm[0]))
    drawn = paper(width=width, height=int(0.6 * width), px_per_mm=px_per_mm, color=color, noise=2)
    sheet = rectify(drawn.image)
    assert sheet.image is drawn.image
    assert sheet.px_per_mm_x == pytest.approx(px_per_mm[0], rel=3e-4)
    assert sheet.px_per_mm_y == pytest.approx(px_per_mm[1], rel=3e-4)
    assert sheet.grid is not None
    assert (sheet.grid.minor_mm, sheet.grid.major_mm) == (1.0, 5.0)
    assert sheet.confidence > 0.8
    assert sheet.residual_mm < 0.02
    check(drawn, sheet)


@pytest.mark.parametrize("angle_deg", [-14.5, -3.3, 0.31, 1.2, 14.0])
def test_a_turned_page_is_laid_upright(paper: type[Paper], angle_deg: float) -> None:
    drawn = paper(px_per_mm=(6.3, 6.3), angle_deg=angle_deg, noise=4)
    sheet = rectify(drawn.image)
    assert sheet.px_per_mm_x == pytest.approx(6.3, rel=1e-3)
    check(drawn, sheet)


@pytest.mark.parametrize(
    ("light", "dotted", "minor_mm"), [(0.0, False, None), (0.6, True, 1.0), (0.3, False, 1.0)]
)
def test_dotted_faint_and_five_millimeter_grids(
    paper: type[Paper], light: float, dotted: bool, minor_mm: float | None
) -> None:
    drawn = paper(px_per_mm=(7.9, 7.9), width=1900, light=light, dotted=dotted, color=GRAY)
    sheet = rectify(drawn.image)
    assert sheet.grid is not None
    assert (sheet.grid.minor_mm, sheet.grid.major_mm) == (minor_mm, 5.0)
    assert sheet.px_per_mm_x == pytest.approx(7.9, rel=3e-4)
    check(drawn, sheet)


def test_lines_of_one_weight_are_a_millimeter_apart(paper: type[Paper]) -> None:
    sheet = rectify(paper(light=1.0, beats=0).image)
    assert sheet.grid is not None
    assert (sheet.grid.minor_mm, sheet.grid.major_mm) == (1.0, None)
    assert sheet.px_per_mm_x == pytest.approx(5.0, rel=3e-4)


def test_a_grid_may_cover_a_part_of_the_page(paper: type[Paper]) -> None:
    drawn = paper(px_per_mm=(6.8, 6.8), covered=(0.05, 0.4, 0.95, 0.95), color=PINK)
    check(drawn, rectify(drawn.image))


@pytest.mark.parametrize("period", [7.9, 8.0, 8.1])
def test_the_blocks_of_a_jpeg_are_no_grid(paper: type[Paper], period: float) -> None:
    drawn = paper(px_per_mm=(period, period), width=1700, jpeg=50, color=PINK)
    sheet = rectify(drawn.image)
    assert sheet.px_per_mm_x == pytest.approx(period, rel=3e-4)


def test_lines_snapped_to_pixels_average_out(paper: type[Paper]) -> None:
    drawn = paper(px_per_mm=(7.874, 7.874), width=2000, height=1200, snapped=True)
    sheet = rectify(drawn.image)
    assert sheet.image is drawn.image
    assert sheet.px_per_mm_x == pytest.approx(7.874, rel=1e-4)
    check(drawn, sheet, most_mm=0.05)


def test_warped_paper_is_laid_flat(paper: type[Paper]) -> None:
    drawn = paper(px_per_mm=(7.0, 7.0), width=1500, angle_deg=0.4, warp_mm=0.4, noise=3)
    sheet = rectify(drawn.image)
    errors = drawn.errors_mm(sheet, (0.03, 0.03, 0.97, 0.97))
    assert np.sqrt((errors**2).mean()) < 0.02
    assert np.abs(errors).max() < 0.1


def test_a_very_fine_scan_is_reduced(paper: type[Paper]) -> None:
    drawn = paper(px_per_mm=(20.0, 20.0), width=2000, height=1400, angle_deg=1.0)
    sheet = rectify(drawn.image)
    assert sheet.px_per_mm_x == pytest.approx(12.0, rel=1e-3)
    check(drawn, sheet)


def test_a_given_scale_wins_and_the_grid_still_aligns(paper: type[Paper]) -> None:
    drawn = paper(px_per_mm=(6.0, 6.0), angle_deg=2.0)
    sheet = rectify(drawn.image, Hints(px_per_mm=(6.06, 6.0)))
    assert sheet.scale_source == "given"
    assert sheet.px_per_mm_x == pytest.approx(6.06, rel=1e-3)
    turned = sheet.page_map.to_page(np.array([[0.0, 0.0], [100.0, 0.0]]))
    angle = np.degrees(np.arctan2(*(turned[1] - turned[0])[::-1]))
    assert angle == pytest.approx(2.0, abs=0.05)


def test_a_given_scale_that_no_line_has_is_obeyed(paper: type[Paper]) -> None:
    drawn = paper(px_per_mm=(6.0, 6.0))
    sheet = rectify(drawn.image, Hints(px_per_mm=(9.7, 9.7)))
    assert (sheet.scale_source, sheet.px_per_mm_x, sheet.grid) == ("given", 9.7, None)


def nothing(kind: str) -> NDArray[np.uint8]:
    rng = np.random.default_rng(1)
    if kind == "blank":
        return np.full((800, 1000, 3), 250, dtype=np.uint8)
    if kind == "noise":
        return rng.integers(0, 256, (700, 900, 3), dtype=np.uint8)
    if kind == "photo":
        layers = [
            cv2.resize(rng.normal(0, 60 / 1.7**k, (2**k, 2**k)), (900, 700)) for k in range(1, 9)
        ]
        return np.repeat(np.clip(sum(layers) + 128, 0, 255)[..., None], 3, 2).astype(np.uint8)
    if kind == "text":
        image = np.full((900, 1100, 3), 255, dtype=np.uint8)
        for row in range(34):
            words = "".join(rng.choice(list("abcdefgh ijklm nopqrst"), 60))
            cv2.putText(image, words, (30, 40 + 25 * row), 0, 0.7, (0, 0, 0), 2)
        return image
    height, width = (int(n) for n in kind.split("x"))
    return np.zeros((height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("kind", ["blank", "noise", "photo", "text", "1x1", "1x300", "60x2"])
def test_what_is_no_ecg_is_refused_whatever_dpi_it_claims(kind: str) -> None:
    with pytest.raises(NoEcgFoundError, match="--px-per-mm"):
        rectify(nothing(kind), dpi=(200.0, 200.0) if kind != "text" else None)


def test_the_page_is_left_untouched(paper: type[Paper]) -> None:
    drawn = paper(angle_deg=1.5)
    before = drawn.image.copy()
    rectify(drawn.image)
    assert np.array_equal(before, drawn.image)


def test_real_renders_and_exports(data_dir: Path) -> None:
    known = {
        "pairs/kaggle_46930936/46930936-0001.png": (7.874, 7.874),
        "pairs/kit_samples_distorted/handwritten__00002_hr-0.png": (7.874, 7.874),
        "pairs/device_vector_pdf/GE_MUSE_FICTITIOUS_EKG_p1_300dpi.png": (11.811, 11.811),
    }
    for name, scale in known.items():
        image = cv2.cvtColor(cv2.imread(str(data_dir / name)), cv2.COLOR_BGR2RGB)
        sheet = rectify(image.astype(np.uint8))
        assert sheet.image.shape == image.shape, name
        assert (sheet.px_per_mm_x, sheet.px_per_mm_y) == pytest.approx(scale, rel=2e-4), name


def test_a_real_scan_with_a_slipping_feed_comes_out_even(data_dir: Path) -> None:
    path = data_dir / "pairs/kaggle_46930936/46930936-0004.png"
    image = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB).astype(np.uint8)
    sheet = rectify(image)
    assert sheet.grid is not None
    again = rectify(sheet.image)
    assert again.px_per_mm_x == pytest.approx(sheet.px_per_mm_x, rel=5e-4)
    assert again.residual_mm < 0.05
    assert sheet.residual_mm < 0.03
