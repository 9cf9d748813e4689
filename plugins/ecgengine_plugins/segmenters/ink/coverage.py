"""Measure the pen's coverage of every pixel of a sheet, by linear unmixing of colors.

The color farthest from paper may be a table's, a tear's or a hole's: ink is what differs from the
paper around it as much as from all of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.sheet import PaperGrid, Sheet
from ecgengine_kernels.ink import (
    bridge_rows,
    clear_rows,
    project,
    row_medians,
    tile_quantiles,
    unmix,
)
from ecgengine_plugins.paper.runs import runs
from ecgengine_plugins.paper.scales import USUAL_PEN_MM
from ecgengine_plugins.segmenters.ink import tuning
from ecgengine_plugins.segmenters.ink.colors import Projection, ink_color, paper_color, project_ink
from ecgengine_plugins.segmenters.ink.gridlines import LineMask
from ecgengine_plugins.segmenters.ink.pen import Pen, measure_pen, measure_width
from ecgengine_plugins.segmenters.ink.rules import take_frame

# Pixels whose colors are looked at: enough for a quantile of 0.9995, and fast.
_SAMPLE_PX = 50_000


@dataclass(frozen=True, slots=True)
class PenCoverage:
    """How far pens cover each pixel of a sheet, whatever they drew.

    Attributes:
        cover: (H, W) float32 in 0..1, without the lines along the page's edges.
        frame: (H, W) float32, those lines.
        hidden: (H, W) where a trace could lie unseen.
        unseen: (H, W) where lines are too dark to tell ink from them.
        bands: (H, W) where grid lines show.
        margin: (H, W) where the page is not paper.
        pen_px: width of the pen.
        scale: pixels per millimeter.
    """

    cover: NDArray[np.float32]
    frame: NDArray[np.float32]
    hidden: NDArray[np.bool_]
    unseen: NDArray[np.bool_]
    bands: NDArray[np.bool_]
    margin: NDArray[np.bool_]
    scale: float
    _pen: Pen
    _lines: tuple[NDArray[np.float32], NDArray[np.float32]]

    @property
    def pen_px(self) -> float:
        """Width of the pen as first measured, or the usual one."""
        return self._pen.width_px if self._pen.width_px is not None else USUAL_PEN_MM * self.scale

    def width_of(self, trace: NDArray[np.float32]) -> float | None:
        """Measure the pen's width on the traces alone; None where there are too few."""
        refined = measure_width(trace, *self._lines, self.scale)
        return refined if refined is not None else self._pen.width_px


def measure_coverage(sheet: Sheet) -> PenCoverage | None:
    """Unmix ink, paper and grid; None for a sheet without ink."""
    image = np.ascontiguousarray(sheet.image)
    rows, columns = _line_masks(sheet)
    scale = 0.5 * (sheet.px_per_mm_x + sheet.px_per_mm_y)
    strokes = _stand_out(image, scale)
    projection = _projection(image, rows, columns, strokes)
    if projection is None:
        return None
    ground = _ground(image, projection, rows, columns, scale)
    lines = ground.row_lines.mean(axis=1), ground.column_lines.mean(axis=0)
    opacity = 1.0
    for _ in range(2):
        cover, unseen = ground.unmix(opacity)
        frame = take_frame(cover, max(2, round(tuning.FRAME_MM * scale)))
        pen = measure_pen(cover, strokes, *lines, scale)
        opacity = pen.opacity
        if opacity >= tuning.OPAQUE:
            break
    np.minimum(cover / pen.full, 1, out=cover)
    width = pen.width_px if pen.width_px is not None else USUAL_PEN_MM * scale
    hidden = _repair(cover, unseen, ground, width)
    across, down = ground.row_bands | rows.bold, ground.column_bands | columns.bold
    bands = across[:, None] | down
    return PenCoverage(cover, frame, hidden, unseen, bands, _margin(ground), scale, pen, lines)


@dataclass(frozen=True, slots=True)
class _Ground:
    """Darkness (H, W) of a sheet and of what lies under its ink, in tiles.

    `row_lines` is (H, tiles) and `column_lines` (tiles, W); the bands are the rows and columns
    where lines show.
    """

    dark: NDArray[np.float32]
    paper: NDArray[np.float32]
    row_lines: NDArray[np.float32]
    column_lines: NDArray[np.float32]
    row_bands: NDArray[np.bool_]
    column_bands: NDArray[np.bool_]
    tile_px: int
    line_tile_px: int

    def unmix(self, opacity: float) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Give the coverage (H, W) by ink of this opacity, and where lines are too dark to tell."""
        lines, tiles = (self.row_lines, self.column_lines), (self.tile_px, self.line_tile_px)
        return unmix(self.dark, self.paper, *lines, *tiles, opacity, tuning.LEAST_ROOM)


def _line_masks(sheet: Sheet) -> tuple[LineMask, LineMask]:
    height, width = sheet.image.shape[:2]
    grid = sheet.grid or PaperGrid(0.0, 0.0, None, None)
    minor, major = grid.minor_mm, grid.major_mm
    return (
        LineMask.of_axis(height, grid.origin_y_px, sheet.px_per_mm_y, minor, major),
        LineMask.of_axis(width, grid.origin_x_px, sheet.px_per_mm_x, minor, major),
    )


def _projection(
    image: NDArray[np.uint8], rows: LineMask, columns: LineMask, strokes: NDArray[np.bool_]
) -> Projection | None:
    """Measure the colors of paper, ink and lines on a sample of the sheet."""
    free_rows, free_columns = np.flatnonzero(~rows.near), np.flatnonzero(~columns.near)
    if free_rows.size * free_columns.size == 0:
        free_rows, free_columns = np.arange(rows.near.size), np.arange(columns.near.size)
    step = max(1, int(np.sqrt(free_rows.size * free_columns.size / _SAMPLE_PX)))
    sampled = np.ix_(free_rows[::step], free_columns[::step])
    sample = image[sampled].reshape(-1, 3)
    paper = paper_color(sample)
    ink = ink_color(sample, paper, strokes[sampled].ravel())
    if ink is None:
        return None
    lines = [
        np.median(pixels[np.flatnonzero(mask.near)[:: mask.near.size // 128 + 1], ::16], axis=1)
        for mask, pixels in ((rows, image), (columns, image.transpose(1, 0, 2)))
        if mask.near.any()
    ]
    return project_ink(paper, ink, np.concatenate(lines) if lines else np.zeros((0, 3)))


def _stand_out(image: NDArray[np.uint8], scale: float) -> NDArray[np.bool_]:
    """Tell (H, W) where strokes may be: what differs from paper, and as much from all around.

    Holes, tears and tables beyond the paper's edge may be darker than any ink, or lighter than
    stained paper by more than ink is darker. Ink is dark unless the picture is and thin things that
    are light stand out more, as on some monitors.
    """
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    side = 2 * round(0.5 * tuning.BROADEST_MM * scale) + 1
    square = np.ones((side, side), np.uint8)
    paper = np.float32(np.median(gray))
    darker = cv2.subtract(cv2.morphologyEx(gray, cv2.MORPH_CLOSE, square), gray)
    if paper <= tuning.DIM_LEVEL:
        lighter = cv2.subtract(gray, cv2.morphologyEx(gray, cv2.MORPH_OPEN, square))
        dark, light = (
            float(np.quantile(each[::4, ::4], tuning.CONTRAST_QUANTILE))
            for each in (darker, lighter)
        )
        if light > dark:
            return np.asarray(lighter >= tuning.STANDS_OUT * (gray - paper)) & (gray > paper)
    return np.asarray(darker >= tuning.STANDS_OUT * (paper - gray)) & (gray < paper)


def _ground(
    image: NDArray[np.uint8],
    projection: Projection,
    rows: LineMask,
    columns: LineMask,
    scale: float,
) -> _Ground:
    """Measure paper and lines."""
    dark, levels = project(image, projection.weights, projection.offset)
    tile = max(8, round(tuning.PAPER_TILE_MM * scale))
    paper = _filled(tile_quantiles(levels, ~rows.near, ~columns.near, tile, tuning.PAPER_QUANTILE))
    line_tile = max(16, round(tuning.LINE_TILE_MM * scale))
    lines, bands = [], []
    for mask, turned, level in (
        (rows, levels, paper),
        (columns, np.ascontiguousarray(levels.T), np.ascontiguousarray(paper.T)),
    ):
        medians = row_medians(turned, mask.near, line_tile)
        local = _resample(level, medians.shape, tile, line_tile)
        excess, shows = mask.excess(np.nan_to_num(medians), local)
        lines.append(excess)
        bands.append(shows)
    across, down = lines[0], np.ascontiguousarray(lines[1].T)
    return _Ground(dark, paper, across, down, bands[0], bands[1], tile, line_tile)


def _margin(ground: _Ground) -> NDArray[np.bool_]:
    """Tell where the page is not paper: dark tiles from its edges inward, and one around (H, W)."""
    dark = np.pad((ground.paper > tuning.DARK_PAPER).astype(np.uint8), 1, constant_values=1)
    _, labels = cv2.connectedComponents(dark, connectivity=4)
    outside = ((labels == labels[0, 0]) & (dark > 0)).astype(np.uint8)
    if not outside[1:-1, 1:-1].any():
        return np.zeros(ground.dark.shape, np.bool_)
    outside[[0, -1]] = outside[:, [0, -1]] = 0
    tiles = cv2.dilate(outside, np.ones((3, 3), np.uint8))[1:-1, 1:-1]
    height, width = ground.dark.shape
    whole = np.repeat(np.repeat(tiles, ground.tile_px, axis=0), ground.tile_px, axis=1)
    return whole[:height, :width].astype(np.bool_)


def _filled(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
    """Replace tiles without a free pixel by the median of the others."""
    bad = np.isnan(tiles)
    if bad.all():
        return np.zeros_like(tiles)
    tiles[bad] = np.median(tiles[~bad])
    return tiles


def _resample(
    paper: NDArray[np.float32], shape: tuple[int, ...], tile: int, line_tile: int
) -> NDArray[np.float32]:
    """Read the paper's tiles at every row (axis 0) and the middle of every line tile (axis 1)."""
    y = np.clip((np.arange(shape[0]) + 0.5) / tile - 0.5, 0, paper.shape[0] - 1)
    x = np.clip((np.arange(shape[1]) + 0.5) * line_tile / tile - 0.5, 0, paper.shape[1] - 1)
    map_x, map_y = np.meshgrid(x.astype(np.float32), y.astype(np.float32))
    return np.asarray(cv2.remap(paper, map_x, map_y, cv2.INTER_LINEAR), dtype=np.float32)


def _repair(
    cover: NDArray[np.float32], unseen: NDArray[np.bool_], ground: _Ground, pen_px: float
) -> NDArray[np.bool_]:
    """Clear the remains of lines and continue ink through lines of its own color, in place.

    Gives where a trace could lie unseen.
    """
    rows, columns = _bands(ground.row_bands), _bands(ground.column_bands)
    if rows[0].size + columns[0].size == 0:
        return unseen
    least, long = tuning.TIP_PENS * pen_px, max(3, round(tuning.REMAINS_PENS * pen_px))
    cleared = np.zeros_like(unseen)
    clear_rows(cover, cleared, *rows, least, long)
    turned = np.ascontiguousarray(cover.T)
    cleared_turned = np.ascontiguousarray(cleared.T)
    clear_rows(turned, cleared_turned, *columns, least, long)
    if unseen.any():
        upright = unseen & ~ground.row_bands[:, None]
        bridge_rows(
            turned, np.ascontiguousarray(upright.T), *columns, pen_px, tuning.SPECK_PENS * pen_px
        )
    cover[...] = turned.T
    if unseen.any():
        bridge_rows(cover, unseen, *rows, pen_px, tuning.SPECK_PENS * pen_px)
    hidden: NDArray[np.bool_] = unseen | cleared_turned.T
    return hidden


def _bands(mask: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Give the starts and stops of the True stretches."""
    bands = np.array([(run.start, run.stop) for run in runs(mask)], np.intp).reshape(-1, 2)
    return bands[:, 0].copy(), bands[:, 1].copy()
