"""Make training material for the page network: whole flat sheets, and as lines what is on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.errors import UnreadableInputError
from ecgengine.geometry.flattening import resample_sheet
from ecgengine.geometry.page_map import PageMap
from ecgengine.truth.case import Case, PageTruth
from ecgengine_plugins.networks.page.window import FINE_CELLS_PER_MM, PX_PER_MM, WORDS
from ecgengine_plugins.training.pages import Samples, truth_of

Kind = Literal["strip", "separator", "pulse"]

_KINDS: tuple[Kind, ...] = ("strip", "separator", "pulse")
_STEP_PX = 16
_SCALE_SPREAD, _STRETCH_SPREAD, _MOST_SCALE = 0.02, 0.005, 0.05
_TURN_SPREAD, _MOST_TURN = 0.25, 0.5
_MARGINS_MM = (-6.0, 14.0)
_INK_NEAR_MM = 1.0
_UNIT_MM = 0.01
_JPEG_QUALITY = 95
_NOWHERE_PX = -1e4


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a sheet.

    Attributes:
        kind: what it is.
        points_mm: (N, 2) float32, sheet (x, y) of the pen's center, in mm from the upper left.
        zero_mm: two points of the zero line of a strip, (2, 2) float32; NaN for other kinds.
    """

    kind: Kind
    points_mm: NDArray[np.float32]
    zero_mm: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class MarkedSheet:
    """A flat sheet at the network's scale, and what is on it.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        inked: (h, w) bool in fine cells, where the picture shows ink of the pen near by.
        lines: in the order in which they were drawn.
        words: (N, 5) float32, index in the vocabulary and box (x0, y0, x1, y1) in mm.
    """

    image: NDArray[np.uint8]
    inked: NDArray[np.bool_]
    lines: tuple[Line, ...]
    words: NDArray[np.float32]


def sheet_of(case: Case, random: np.random.Generator) -> MarkedSheet:
    """Lay a synthetic page flat by its truth, with the small errors that rectifiers make.

    Scale, angle and edges are a little off. Raises UnreadableInputError for a page without truth or
    masks.
    """
    truth = truth_of(case)
    if "trace" not in truth.masks:
        raise UnreadableInputError(
            f"the page {case.name} has no masks: make the pages with `ecgengine synth --masks`"
        )
    frame = _Frame.drawn(truth.paper_mm, random)
    width, height = (int(side) * round(PX_PER_MM) for side in frame.size_mm)
    page_map = _page_map(truth, frame, 2 * width, 2 * height)
    image = _flat(case.page.image, page_map, width, height)
    # Beyond the page resampling gives white: bare paper must be white here, too.
    bare = 255 - np.repeat(truth.masks["trace"][..., None], 3, axis=2)
    ink = 255 - _flat(bare, page_map, width, height)[..., 0]
    near = np.ones(2 * (2 * round(_INK_NEAR_MM * PX_PER_MM) + 1,))
    part = round(PX_PER_MM / FINE_CELLS_PER_MM)
    inked = cv2.dilate(ink, near)[part // 2 :: part, part // 2 :: part] > 0
    nowhere = np.full((2, 2), np.nan, np.float32)
    lines = []
    for strip in truth.strips:
        zero = np.array([[0, strip.zero_mm], [truth.paper_mm[0], strip.zero_mm]])
        lines.append(Line("strip", frame.moved(strip.centerline_mm), frame.moved(zero)))
    others: dict[Kind, tuple[NDArray[np.float32], ...]]
    others = {"separator": truth.rules_mm, "pulse": truth.pulses_mm}
    for kind, curves in others.items():
        lines += [Line(kind, frame.moved(curve), nowhere) for curve in curves]
    return MarkedSheet(image, inked, tuple(lines), _words(truth, frame))


def crop_of(sheet: MarkedSheet, x_mm: int, y_mm: int, size_mm: int) -> MarkedSheet:
    """Cut a square of a sheet from whole mm on, with the words that have their middles in it.

    Beyond the sheet's edges its outermost pixels go on.
    """
    corner = np.array([x_mm, y_mm], np.float32)
    lines = tuple(
        replace(line, points_mm=line.points_mm - corner, zero_mm=line.zero_mm - corner)
        for line in sheet.lines
    )
    words = sheet.words - np.concatenate([[0], corner, corner]).astype(np.float32)
    middle = (words[:, 1:3] + words[:, 3:5]) / 2
    image = _square(sheet.image, x_mm, y_mm, size_mm, round(PX_PER_MM))
    inked = _square(sheet.inked.astype(np.uint8), x_mm, y_mm, size_mm, FINE_CELLS_PER_MM) > 0
    inside = ((middle > 0) & (middle < size_mm)).all(axis=1)
    return MarkedSheet(image, inked, lines, words[inside])


def _square(
    layer: NDArray[np.uint8], x_mm: int, y_mm: int, size_mm: int, scale: int
) -> NDArray[np.uint8]:
    left, top, size = (each * scale for each in (x_mm, y_mm, size_mm))
    cut = layer[top : top + size, left : left + size]
    lower, right = (size - side for side in cut.shape[:2])
    return np.asarray(cv2.copyMakeBorder(cut, 0, lower, 0, right, cv2.BORDER_REPLICATE), np.uint8)


def packed(sheet: MarkedSheet) -> bytes:
    """Give the bytes that a sheet is kept in, its picture as JPEG and its lines to 0.01 mm."""
    full = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    settings = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY, *full]
    points = [line.points_mm for line in sheet.lines]
    buffer = BytesIO()
    np.savez_compressed(
        buffer,
        image=cv2.imencode(".jpg", sheet.image[..., ::-1], settings)[1],
        inked=np.packbits(sheet.inked, axis=1),
        kinds=np.array([_KINDS.index(line.kind) for line in sheet.lines], np.uint8),
        sizes=np.array([len(each) for each in points], np.int32),
        points=np.rint(np.concatenate(points) / _UNIT_MM).astype(np.int32),
        zeros=np.stack([line.zero_mm for line in sheet.lines]),
        words=sheet.words,
    )
    return buffer.getvalue()


def unpacked(data: bytes) -> MarkedSheet:
    """Give the sheet that such bytes hold."""
    with np.load(BytesIO(data), allow_pickle=False) as arrays:
        image = np.asarray(cv2.imdecode(arrays["image"], cv2.IMREAD_COLOR_RGB), np.uint8)
        points = (arrays["points"] * _UNIT_MM).astype(np.float32)
        parts = np.split(points, np.cumsum(arrays["sizes"])[:-1])
        lines = tuple(
            Line(_KINDS[kind], part, zero)
            for kind, part, zero in zip(arrays["kinds"], parts, arrays["zeros"], strict=True)
        )
        width = round(image.shape[1] * FINE_CELLS_PER_MM / PX_PER_MM)
        inked = np.unpackbits(arrays["inked"], axis=1)[:, :width].astype(bool)
        return MarkedSheet(image, inked, lines, arrays["words"])


def packed_sheet_of(case: Case, random: np.random.Generator) -> Samples:
    """Give (1, N) bytes of the sheet of a page."""
    return (np.frombuffer(packed(sheet_of(case, random)), np.uint8)[None],)


@dataclass(frozen=True, slots=True)
class _Frame:
    """How the paper lies on the sheet: sheet = matrix @ paper + shift_mm, in mm."""

    matrix: NDArray[np.float64]
    shift_mm: NDArray[np.float64]
    size_mm: NDArray[np.float64]

    @classmethod
    def drawn(cls, paper_mm: tuple[float, float], random: np.random.Generator) -> _Frame:
        spread = np.clip(random.normal(0, _SCALE_SPREAD), -_MOST_SCALE, _MOST_SCALE)
        scale = np.exp(spread + random.normal(0, _STRETCH_SPREAD, 2))
        angle = np.radians(np.clip(random.normal(0, _TURN_SPREAD), -_MOST_TURN, _MOST_TURN))
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        before, after = random.uniform(*_MARGINS_MM, (2, 2))
        return cls(turn * scale, before, np.array(paper_mm) * scale + before + after)

    def moved(self, points_mm: NDArray[np.floating]) -> NDArray[np.float32]:
        """Take points of the paper to the sheet."""
        return (points_mm @ self.matrix.T + self.shift_mm).astype(np.float32)

    def back(self, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take points of the sheet to the paper."""
        found: NDArray[np.float64] = (points_mm - self.shift_mm) @ np.linalg.inv(self.matrix).T
        return found


def _page_map(truth: PageTruth, frame: _Frame, width: int, height: int) -> PageMap:
    """Give the map to the page from a sheet of pixels half as large as the network's."""
    rows, columns = (-(-side // _STEP_PX) + 1 for side in (height, width))
    y, x = np.mgrid[:rows, :columns] * _STEP_PX + 0.5
    places = frame.back(np.stack([x.ravel(), y.ravel()], axis=1) / (2 * PX_PER_MM))
    nodes = truth.paper_map.to_page(places).reshape(rows, columns, 2)
    return PageMap(np.nan_to_num(nodes, nan=_NOWHERE_PX), _STEP_PX, _STEP_PX)


def _flat(
    image: NDArray[np.uint8], page_map: PageMap, width: int, height: int
) -> NDArray[np.uint8]:
    fine = resample_sheet(image, page_map, 2 * width, 2 * height)
    return np.asarray(cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _words(truth: PageTruth, frame: _Frame) -> NDArray[np.float32]:
    rows = [
        (WORDS.index(word.means), *frame.moved(np.array(word.box_mm).reshape(2, 2)).ravel())
        for word in truth.words
    ]
    return np.array(rows, np.float32).reshape(-1, 5)
