from __future__ import annotations

from dataclasses import replace
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
from ecgengine_plugins.rectifiers.mesh.rectifier import MeshRectifier
from ecgengine_plugins.rectifiers.mesh.tracking import track_grids
from ecgengine_plugins.rectifiers.options import GridOptions, MeshOptions

if TYPE_CHECKING:
    from conftest import Paper

RED, GRAY = (255, 120, 120), (170, 170, 170)
SIZE = (1300, 1000)
CREASED, CREASED_HALF_PX, CREASES_PX = (800, 500), 200, 48


def mesh() -> MeshRectifier:
    return MeshRectifier(MeshOptions(), GridRectifier(GridOptions()))


def rectify(image: NDArray[np.uint8], hints: Hints | None = None) -> Sheet:
    page = Page(image, "page", "page.png")
    return next(mesh().rectify(page, hints or Hints()))


class Photo:
    """A drawn paper seen from aside, curled, on a dark table."""

    def __init__(
        self,
        paper: Paper,
        turn_deg: float,
        tilt: float,
        curl_px: float,
        crease_px: float = 0.0,
    ) -> None:
        self.paper, self.curl_px, self.crease_px = paper, curl_px, crease_px
        turn = np.radians(turn_deg)
        cos, sin = np.cos(turn), np.sin(turn)
        here = np.array([[1, 0, -SIZE[0] / 2], [0, 1, -SIZE[1] / 2], [0, 0, 1]])
        turned = np.array([[cos, sin, 0], [-sin, cos, 0], [tilt, tilt / 2, 1]])
        there = np.array([[1, 0, paper.width / 2], [0, 1, paper.height / 2], [0, 0, 1]])
        self.matrix = there @ turned @ here
        y, x = np.mgrid[: SIZE[1], : SIZE[0]].astype(np.float64)
        points = self.on_drawing(np.column_stack([x.ravel(), y.ravel()])).astype(np.float32)
        across, down = points.T.reshape(2, *x.shape)
        picture = cv2.remap(paper.image, across, down, cv2.INTER_LINEAR, borderValue=(50, 40, 30))
        shade = 0.7 + 0.3 * x / SIZE[0]
        noise = np.random.default_rng(5).normal(0, 2, picture.shape)
        self.image = np.clip(picture * shade[..., None] + noise, 0, 255).astype(np.uint8)

    def on_drawing(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pixels of the drawn paper at (N, 2) points of the picture."""
        bent = points + self.curl_px * np.sin(points[:, ::-1] / 160)
        folded = np.abs(points[:, ::-1] / CREASES_PX % 2 - 1) - 0.5
        creased = np.clip(1.5 - np.abs(points - CREASED) / CREASED_HALF_PX, 0, 1).prod(axis=1)
        bent = bent + self.crease_px * folded * creased[:, None]
        seen = np.column_stack([bent, np.ones(len(bent))]) @ self.matrix.T
        return np.asarray(seen[:, :2] / seen[:, 2:])

    def errors_mm(self, sheet: Sheet) -> NDArray[np.float64]:
        """(N, 2) distances of the sheet's heavy grid from the drawn one, all over the paper."""
        assert sheet.grid is not None
        height, width = sheet.image.shape[:2]
        x = np.arange(sheet.grid.origin_x_px, width, 5 * sheet.px_per_mm_x)
        y = np.arange(sheet.grid.origin_y_px, height, 5 * sheet.px_per_mm_y)
        lines = np.stack(np.meshgrid(x, y), axis=-1)
        drawn = self.on_drawing(sheet.page_map.to_page(lines.reshape(-1, 2)))
        paper = drawn @ self.paper.matrix[:, :2].T + self.paper.matrix[:, 2]
        number = np.indices(lines.shape[:2])[::-1].reshape(2, -1).T
        away = paper - 5 * number
        # One count holds for the whole sheet.
        away -= 5 * np.round(np.median(away, axis=0) / 5)
        on_paper = (drawn > 40) & (drawn < [self.paper.width - 40, self.paper.height - 40])
        return np.asarray(away[on_paper.all(axis=1)])


@pytest.mark.parametrize(
    ("turn_deg", "tilt", "curl_px"),
    [(0.0, 0.0, 6.0), (14.0, 1e-4, 0.0), (-19.0, -1e-4, 6.0)],
)
def test_a_photo_is_laid_flat_to_less_than_a_tenth_of_a_millimeter(
    paper: type[Paper], turn_deg: float, tilt: float, curl_px: float
) -> None:
    photo = Photo(paper(color=RED), turn_deg, tilt, curl_px)
    sheet = rectify(photo.image)
    errors = np.abs(photo.errors_mm(sheet))
    assert len(errors) > 1000
    assert np.quantile(errors, 0.98) < 0.08
    assert errors.max() < 0.3
    assert sheet.confidence > 0.9
    assert sheet.grid is not None
    assert (sheet.grid.minor_mm, sheet.grid.major_mm) == (1.0, 5.0)


def test_lines_are_counted_across_creases(paper: type[Paper]) -> None:
    photo = Photo(paper(color=RED), 8.0, 5e-5, 4.0, crease_px=8.0)
    errors = np.linalg.norm(photo.errors_mm(rectify(photo.image)), axis=1)
    assert np.quantile(errors, 0.98) < 0.25
    assert errors.max() < 0.6


def test_a_hole_and_a_stain_are_bridged(paper: type[Paper]) -> None:
    drawn = paper(color=GRAY, light=0.5)
    cv2.circle(drawn.image, (400, 300), 60, (60, 50, 40), -1)
    cv2.rectangle(drawn.image, (600, 500), (760, 620), (90, 60, 30), -1)
    photo = Photo(drawn, 8.0, 5e-5, 4.0)
    sheet = rectify(photo.image)
    errors = np.abs(photo.errors_mm(sheet))
    assert np.quantile(errors, 0.98) < 0.1
    assert errors.max() < 0.5


def test_five_millimeter_lines_alone_are_enough(paper: type[Paper]) -> None:
    photo = Photo(paper(color=GRAY, light=0.0, line_mm=0.25), -9.0, 5e-5, 5.0)
    sheet = rectify(photo.image)
    assert np.quantile(np.abs(photo.errors_mm(sheet)), 0.98) < 0.08
    assert sheet.grid is not None
    assert sheet.grid.minor_mm is None
    assert sheet.px_per_mm_x == pytest.approx(5.0, rel=0.1)


@pytest.mark.parametrize("curl_px", [0.0, 6.0])
def test_lines_that_were_drawn_on_whole_pixels_bend_no_paper(
    paper: type[Paper], curl_px: float
) -> None:
    # A heavy line every 26.5 pixels, snapped: each second one is drawn 0.09 mm off its place.
    photo = Photo(paper(color=RED, px_per_mm=(5.3, 5.3), snapped=True), 14.0, 1e-4, curl_px)
    errors = photo.errors_mm(rectify(photo.image))
    away = np.linalg.norm(errors - np.median(errors, axis=0), axis=1)
    assert np.median(away) < 0.01
    assert np.quantile(away, 0.95) < 0.025


def test_the_table_is_cut_off(paper: type[Paper]) -> None:
    photo = Photo(paper(color=RED, width=900, height=700), 10.0, 0.0, 0.0)
    sheet = rectify(photo.image)
    sides = np.array(sheet.image.shape[1::-1]) / sheet.px_per_mm_x
    assert np.abs(sides - np.array([180.0, 140.0])).max() < 6.0
    assert np.mean(sheet.image.max(axis=-1) < 70) < 0.03


@pytest.mark.parametrize("sure", [True, False])
def test_a_flat_page_is_left_to_the_grid(
    paper: type[Paper], monkeypatch: pytest.MonkeyPatch, sure: bool
) -> None:
    image = paper(px_per_mm=(7.874, 7.874)).image
    page = Page(image, "page", "page.png")
    flat = next(GridRectifier(GridOptions()).rectify(page, Hints()))
    if sure:
        monkeypatch.delattr("ecgengine_plugins.rectifiers.mesh.rectifier.track_grids")
    else:
        monkeypatch.setattr(GridRectifier, "rectify_flat", lambda self, page: None)
    sheet = rectify(image)
    assert sheet.image is image
    assert sheet.px_per_mm_x == flat.px_per_mm_x
    assert sheet.grid == flat.grid
    assert sheet.grid_fit is not None
    assert sheet.grid_fit.seen.mean() > 0.9
    assert np.nanmax(sheet.grid_fit.residual_mm) < 0.05


def test_what_the_grid_rectifier_misses_is_not_flat(
    paper: type[Paper], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Page(paper().image, "page", "page.png")
    rectifier = mesh()
    flat = next(rectifier.rectify(page, Hints()))
    missed = replace(flat, residual_mm=0.08)
    monkeypatch.setattr(rectifier._grid, "rectify", lambda page, hints: iter([missed]))
    monkeypatch.setattr(rectifier._grid, "rectify_flat", lambda page: missed)
    sheet = next(rectifier.rectify(page, Hints()))
    assert sheet is not missed
    assert sheet.residual_mm < 0.01


def test_each_region_tells_whether_its_grid_was_seen(paper: type[Paper]) -> None:
    drawn = paper(color=GRAY, light=0.5)
    drawn.image[200:420, 250:560] = (60, 50, 40)
    sheet = rectify(Photo(drawn, 8.0, 5e-5, 4.0).image)
    fit = sheet.grid_fit
    assert fit is not None
    hidden, seen = np.array([fit.seen.argmin(), fit.seen.argmax()])
    assert fit.seen.flat[hidden] < 0.2
    assert fit.seen.flat[seen] == 1.0
    assert fit.residual_mm.flat[seen] < 0.05
    assert fit.trust.flat[hidden] < 0.9 < fit.trust.flat[seen]
    row, column = np.unravel_index(hidden, fit.seen.shape)
    height, width = sheet.image.shape[:2]
    x = np.array([(column + 0.5) * width / fit.seen.shape[1]])
    y = np.array([(row + 0.5) * height / fit.seen.shape[0]])
    assert sheet.grid_trust(x, y) == fit.trust.flat[hidden]
    assert sheet.image[int(y[0]), int(x[0])].max() < 100


def test_a_given_scale_is_obeyed(paper: type[Paper]) -> None:
    photo = Photo(paper(color=RED), 3.0, 0.0, 0.0)
    assert rectify(photo.image, Hints(px_per_mm=(10.0, 10.0))).scale_source == "given"


@pytest.mark.parametrize("kind", ["noise", "text", "small"])
def test_a_picture_without_a_grid_is_refused(kind: str) -> None:
    random = np.random.default_rng(2)
    image = np.full((900, 1200, 3), 235, np.uint8)
    if kind == "noise":
        image = random.integers(0, 256, image.shape).astype(np.uint8)
    elif kind == "text":
        for row in range(40, 880, 26):
            line = "".join(random.choice(list("abcdefghij klmno")) for _ in range(70))
            cv2.putText(image, line, (20, row), 0, 0.6, (30, 30, 30), 1)
    else:
        image = image[:20, :20]
    with pytest.raises(NoEcgFoundError, match="--px-per-mm"):
        rectify(np.ascontiguousarray(image))


@pytest.mark.parametrize(("period_px", "found"), [(4.0, False), (8.0, True)])
def test_lines_as_near_as_pixels_of_a_screen_are_no_grid(period_px: float, found: bool) -> None:
    y, x = np.mgrid[:900, :1200]
    waves = [np.cos(np.pi * place / period_px) ** 4 for place in (x, y)]
    noise = np.random.default_rng(2).normal(0, 3, (900, 1200))
    picture = np.clip(200 - 30 * np.maximum(*waves) + noise, 0, 255).astype(np.uint8)
    assert bool(track_grids(np.repeat(picture[..., None], 3, axis=2))) == found


@pytest.mark.parametrize("pixel_px", [2.7, 3.3, 4.3])
def test_a_grid_is_followed_under_a_stronger_raster(paper: type[Paper], pixel_px: float) -> None:
    photo = Photo(paper(color=(255, 190, 190), light=0.5), 4.0, 5e-5, 0.0)
    y, x = np.mgrid[: SIZE[1], : SIZE[0]].astype(np.float64)
    across = photo.on_drawing(np.column_stack([x.ravel(), y.ravel()]))[:, 0].reshape(x.shape)
    raster = 20 * np.cos(2 * np.pi * across / pixel_px) - 20
    screen = np.clip(photo.image + raster[..., None], 0, 255).astype(np.uint8)
    errors = np.abs(photo.errors_mm(rectify(screen)))
    assert len(errors) > 1000
    assert errors.max() < 0.12


def two_sheets(paper: type[Paper]) -> NDArray[np.uint8]:
    """A larger sheet of paper beside a smaller one that lies at another angle."""
    large = Photo(paper(color=RED), 6.0, 0.0, 3.0).image
    small = Photo(paper(color=GRAY, width=700, height=600, seed=3), -11.0, 0.0, 2.0).image
    return np.ascontiguousarray(np.hstack([small, large]))


def test_of_several_sheets_each_can_be_had_the_largest_first(paper: type[Paper]) -> None:
    picture = two_sheets(paper)
    first, second = mesh().rectify(Page(picture, "page", "page.png"), Hints())
    assert any("the largest was taken (--all" in note for note in first.notes)
    assert any("sheet 2 of the 2" in note for note in second.notes)
    for sheet, size_mm in ((first, (220, 170)), (second, (140, 120))):
        sides = np.array(sheet.image.shape[1::-1]) / sheet.px_per_mm_x
        assert np.abs(sides - size_mm).max() < 12
    middles = [
        sheet.page_map.to_page(np.array([sheet.image.shape[1::-1]]) / 2)[0, 0]
        for sheet in (first, second)
    ]
    assert middles[0] > SIZE[0] > middles[1]


def test_lines_of_text_beside_a_grid_are_no_sheet(paper: type[Paper]) -> None:
    random = np.random.default_rng(2)
    report = np.full((1900, 1200, 3), 252, np.uint8)
    report[500:1350, 50:1150] = paper(color=RED, angle_deg=0.4).image
    for row in [*range(60, 480, 34), *range(1400, 1880, 34)]:
        line = "".join(random.choice(list("abcdefghij klmno")) for _ in range(70))
        cv2.putText(report, line, (60, row), 0, 0.8, (30, 30, 30), 2)
    (only,) = track_grids(report)
    sides = np.ptp(only.outline(), axis=0)
    assert np.abs(sides - (1100, 850)).max() < 80


def test_a_grid_beyond_a_gap_is_the_same_sheet(paper: type[Paper]) -> None:
    page = paper(color=RED, width=1800, angle_deg=0.5)
    page.image[:, 1000:1250] = 255
    (only,) = track_grids(page.image)
    assert np.ptp(only.outline()[:, 0]) > 1700
    assert only.residual_mm < 0.02


def test_woven_cloth_beside_a_sheet_is_no_sheet(paper: type[Paper]) -> None:
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    threads = np.maximum(*(np.cos(np.pi * place / 7.0) ** 6 for place in (x + 0.3 * y, y)))
    cloth = np.repeat((150 - 40 * threads).astype(np.uint8)[..., None], 3, axis=2)
    picture = np.hstack([Photo(paper(color=RED), 6.0, 0.0, 3.0).image, cloth])
    assert len(track_grids(picture)) == 1


def test_dots_of_heavy_lines_that_are_lost_here_and_there_are_no_mesh(data_dir: Path) -> None:
    page = data_dir / "images_only" / "mendeley_cardiac_patients" / "MI(122).jpg"
    image = cv2.imread(str(page))
    assert image is not None
    sheet = rectify(image[..., ::-1].copy())
    assert sheet.image.shape[0] > 0.9 * image.shape[0]
    assert sheet.px_per_mm_y == pytest.approx(7.95, rel=0.003)
