"""Find the orientation of a sheet from its print: words first, then calibration pulses."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.sheet import GridFit, PaperGrid, Sheet
from ecgengine.errors import NoEcgFoundError
from ecgengine.geometry.page_map import PageMap
from ecgengine_plugins.paper.lettering.print_marks import (
    Orientation,
    darkness_at,
    find_marks,
    ink_limit,
)
from ecgengine_plugins.rectifiers import tuning

UPRIGHT = Orientation(0)
OTHERS = (*map(Orientation, (2, 1, 3)), *(Orientation(quarters, True) for quarters in range(4)))

# A pulse is 10 mm high and 5 mm wide; its surroundings, 1 mm, are empty.
PULSE_PX_PER_MM = 4.0
PULSE_TALL, PULSE_WIDE, PULSE_BESIDE = 40, 20, 4

UNKNOWN = "Nothing readable says which way up the page is; it was taken as it stands."


def stand_upright(name: str, sheet: Sheet) -> Sheet:
    """Turn the sheet of a page by quarters so that its print can be read.

    Where nothing can be read it stays as it is, with a note. Raises NoEcgFoundError for a
    mirrored page.
    """
    turn = find_orientation(sheet)
    if turn is None:
        return replace(sheet, notes=(*sheet.notes, UNKNOWN))
    if turn.mirrored:
        raise NoEcgFoundError(
            f"{name}: the page is mirrored, its words can only be read in a mirror. Flip the "
            "picture from left to right and digitize it again."
        )
    return turned(sheet, turn.quarters)


def find_orientation(sheet: Sheet) -> Orientation | None:
    """Find how a sheet must be held to be read; None where nothing tells."""
    marks = find_marks(sheet)
    names, characters = marks.read(UPRIGHT)
    if names >= tuning.MANY_NAMES:
        return UPRIGHT
    read = {turn: sum(marks.read(turn)) for turn in OTHERS} | {UPRIGHT: names + characters}
    best, second = sorted(read, key=lambda turn: -read[turn])[:2]
    fewest = tuning.FEWEST_MIRRORED if best.mirrored else tuning.FEWEST
    if read[best] >= max(fewest, tuning.AHEAD * read[second] + 1):
        return best
    return _by_pulses(sheet)


def _by_pulses(sheet: Sheet) -> Orientation | None:
    """Find which way calibration pulses stand, 10 mm high and 5 mm wide."""
    darkness = darkness_at(sheet, PULSE_PX_PER_MM)
    ink = np.asarray(darkness > ink_limit(darkness, sheet, tuning.DARK_SHARE), dtype=np.float32)
    stroke, empty = _pulse()
    if min(ink.shape) < max(stroke.shape):
        return None
    bold = cv2.dilate(ink, np.ones((3, 3), np.uint8))
    likeness = [
        float(
            (
                cv2.matchTemplate(bold, _held(stroke, quarters), cv2.TM_CCORR)
                - cv2.matchTemplate(ink, _held(empty, quarters), cv2.TM_CCORR)
            ).max()
        )
        for quarters in range(4)
    ]
    best, second = np.argsort(likeness)[-1:-3:-1]
    if likeness[best] < tuning.LIKE_PULSE or likeness[second] > tuning.UNLIKE_PULSE:
        return None
    return Orientation(int(best))


def _held(pulse: NDArray[np.float32], quarters: int) -> NDArray[np.float32]:
    """A pulse as it lies on a sheet that must be turned by quarters to the left."""
    return np.ascontiguousarray(np.rot90(pulse, -quarters))


def _pulse() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights of a pulse's strokes, and of what must be empty within and beside it."""
    left, right = PULSE_BESIDE, PULSE_BESIDE + PULSE_WIDE
    stroke = np.zeros((PULSE_TALL + 4, right + PULSE_BESIDE + 1), np.float32)
    inside, beside = np.zeros_like(stroke), np.zeros_like(stroke)
    stroke[2:-2, [left, right]] = 1
    stroke[2, left : right + 1] = 1
    inside[6:, left + 4 : right - 3] = 1
    beside[6:-6, : left - 2] = beside[6:-6, right + 3 :] = 1
    empty = tuning.INSIDE_COST * inside / inside.sum() + tuning.BESIDE_COST * beside / beside.sum()
    return stroke / stroke.sum(), empty


def turned(sheet: Sheet, quarters: int) -> Sheet:
    """Turn a sheet by quarters to the left, with its map and its grid."""
    for _ in range(quarters):
        sheet = _quarter(sheet)
    return sheet


def _quarter(sheet: Sheet) -> Sheet:
    """Turn a sheet by a quarter to the left: its right edge becomes its top."""
    image = np.ascontiguousarray(np.rot90(sheet.image))
    height = image.shape[0]
    old = sheet.page_map
    rows, columns = old.nodes_px.shape[:2]
    # The nodes need not end where the sheet does, so they are read anew from its new top on.
    y = height - 1 - np.arange(columns) * old.step_x_px
    points = np.stack(np.meshgrid(y, np.arange(rows) * old.step_y_px, indexing="ij"), axis=-1)
    nodes = old.to_page(points.reshape(-1, 2)).reshape(columns, rows, 2)
    grid = sheet.grid
    if grid is not None:
        period_px = (grid.major_mm or grid.minor_mm or 5.0) * sheet.px_per_mm_x
        origin_y_px = (height - 1 - grid.origin_x_px) % period_px
        grid = PaperGrid(grid.origin_y_px, origin_y_px, grid.minor_mm, grid.major_mm)
    fit = sheet.grid_fit
    return replace(
        sheet,
        image=image,
        px_per_mm_x=sheet.px_per_mm_y,
        px_per_mm_y=sheet.px_per_mm_x,
        page_map=PageMap(nodes, old.step_y_px, old.step_x_px),
        grid=grid,
        grid_fit=fit and GridFit(np.rot90(fit.residual_mm), np.rot90(fit.seen)),
    )
