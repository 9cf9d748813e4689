"""Make one synthetic page: a recording, its print, the picture of it, and the truth of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.layout import LEADS, Layout
from ecgengine.data.page import Page
from ecgengine.data.source import Source
from ecgengine.data.strips import Calibration
from ecgengine.ecg.beats import heart_rate_bpm
from ecgengine.ecg.signals import Signals, read_signals
from ecgengine.errors import UnreadableInputError
from ecgengine.truth.case import Case, PageTruth
from ecgengine_plugins.synth.arrangement import draw_arrangement
from ecgengine_plugins.synth.drawing import Drawn, draw_page
from ecgengine_plugins.synth.free_style import draw_free_style
from ecgengine_plugins.synth.heart import beat, draw_heart, draw_odd_heart
from ecgengine_plugins.synth.messenger import send
from ecgengine_plugins.synth.picture import Shot
from ecgengine_plugins.synth.sources import take_picture
from ecgengine_plugins.synth.style import Style, draw_style
from ecgengine_plugins.synth.warping import warp

_FS_HZ = 500.0
_SECONDS = 10.0
_MOST_LONG_RECORDS = 6
_SENT = 0.3


@dataclass(frozen=True, slots=True)
class Recipe:
    """What one case is made from; equal recipes give equal cases.

    Attributes:
        name: name of the case.
        seed: seed of all its choices.
        source: what kind of picture it becomes.
        layout: arrangement of its leads; of a free arrangement, one that it may come from.
        records: files of recordings to choose from; empty for a made-up heart.
        masks: whether the truth holds masks.
        folded: share of photos whose sheet was folded and opened again.
        free: whether its leads are arranged freely.
    """

    name: str
    seed: tuple[int, ...]
    source: Source
    layout: Layout
    records: Sequence[Path] = ()
    masks: bool = False
    folded: float = 0.0
    free: bool = False


def make_case(recipe: Recipe) -> Case:
    """Make a case; each part draws from a random stream of its own."""
    heart, looks, drawing, taking, arranging, sending = np.random.default_rng(recipe.seed).spawn(6)
    if recipe.free:
        arrangement = draw_arrangement(arranging, recipe.layout)
        seconds = max(arrangement.layout.duration_s, _SECONDS)
        record, ecg = _free_recording(recipe.records, seconds, heart)
        style = draw_free_style(looks, arrangement, ecg)
    else:
        record, ecg = _recording(recipe.records, heart)
        style = draw_style(looks, recipe.layout, _rate(ecg))
    drawn = draw_page(style, ecg, drawing)
    shot = take_picture(drawn.sheet, recipe.source, taking, folded=recipe.folded)
    if recipe.free and sending.random() < _SENT:
        shot = send(shot, sending)
    file, suffix, image = _encode(shot)
    return Case(
        name=recipe.name,
        page=Page(image, recipe.name, f"{recipe.name}{suffix}"),
        leads=drawn.leads,
        source=recipe.source,
        layout=style.layout,
        truth=_truth(record, style, drawn, shot, masks=recipe.masks),
        file=file,
    )


def _recording(records: Sequence[Path], random: np.random.Generator) -> tuple[str, Signals]:
    """Read a stretch of one of the records at 500 Hz, or let a made-up heart beat."""
    if not records:
        return "made up", beat(draw_heart(random), _SECONDS, _FS_HZ, random)
    for index in random.permutation(len(records)):
        found = _stretch(read_signals(records[int(index)]).at(_FS_HZ), _SECONDS, random)
        if found is not None:
            return records[int(index)].stem, found
    raise UnreadableInputError(
        f"none of the {len(records)} records holds twelve leads of {_SECONDS:g} s without gaps: "
        "name a folder that has some"
    )


def _free_recording(
    records: Sequence[Path], seconds: float, random: np.random.Generator
) -> tuple[str, Signals]:
    """Read a stretch of a record; a made-up heart beats where none of a few is long enough."""
    for index in random.permutation(len(records))[:_MOST_LONG_RECORDS]:
        found = _stretch(read_signals(records[int(index)]).at(_FS_HZ), seconds, random)
        if found is not None:
            return records[int(index)].stem, found
    return "made up", beat(draw_odd_heart(random), seconds, _FS_HZ, random)


def _stretch(signals: Signals, seconds: float, random: np.random.Generator) -> Signals | None:
    """Cut the seconds of a page from somewhere in a recording; None when it does not hold them."""
    size = round(seconds * _FS_HZ)
    if not set(LEADS) <= set(signals.leads_mv):
        return None
    spare = min(len(signals.leads_mv[name]) for name in LEADS) - size
    if spare < 0:
        return None
    first = int(random.integers(spare + 1))
    leads = {name: signals.leads_mv[name][first : first + size] for name in LEADS}
    whole = all(np.isfinite(samples).all() for samples in leads.values())
    return Signals(_FS_HZ, leads) if whole else None


def _rate(ecg: Signals) -> float:
    rate = heart_rate_bpm(ecg.leads_mv["II"], ecg.fs_hz)
    return rate if np.isfinite(rate) else 0.0


def _encode(shot: Shot) -> tuple[bytes, str, NDArray[np.uint8]]:
    """Give the file of a picture, its suffix, and the image that a reader finds in it."""
    bgr = shot.image[:, :, ::-1]
    if shot.jpeg_quality is None:
        red, green, blue = (shot.image[:, :, k] for k in range(3))
        gray = np.array_equal(red, green) and np.array_equal(red, blue)
        ok, data = cv2.imencode(".png", red if gray else bgr, [cv2.IMWRITE_PNG_COMPRESSION, 1])
        image = shot.image
    else:
        ok, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, shot.jpeg_quality])
        decoded = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB)
        image = np.asarray(decoded, dtype=np.uint8)
    if not ok:
        raise RuntimeError("OpenCV could not encode the page")
    return data.tobytes(), ".png" if shot.jpeg_quality is None else ".jpg", image


def _truth(record: str, style: Style, drawn: Drawn, shot: Shot, *, masks: bool) -> PageTruth:
    return PageTruth(
        record=record,
        calibration=Calibration(style.gain_mm_per_mv, style.speed_mm_per_s, "given", "given"),
        paper_mm=style.paper_mm,
        px_per_mm=_scale(shot),
        grid_mm=style.grid.periods_mm,
        pen_mm=style.pen_mm,
        paper_map=shot.paper_map,
        strips=drawn.strips,
        rules_mm=drawn.rules_mm,
        pulses_mm=drawn.pulses_mm,
        average_beats_mm=drawn.average_beats_mm,
        words=drawn.words,
        masks=_masks(drawn, shot) if masks else {},
    )


def _scale(shot: Shot) -> float:
    """Give the picture's scale in its middle, in pixels per millimeter."""
    height, width = shot.image.shape[:2]
    middle = np.array([[width / 2, height / 2]])
    square = middle + np.array([[0, 0], [1, 0], [0, 1]])
    origin, right, below = shot.paper_map.to_paper(square)
    (ax, ay), (bx, by) = right - origin, below - origin
    return float(1 / np.sqrt(abs(ax * by - ay * bx)))


def _masks(drawn: Drawn, shot: Shot) -> dict[str, NDArray[np.uint8]]:
    """See what covers the paper, layer by layer, as the picture does; missing paper has nothing."""
    height, width = shot.image.shape[:2]
    sheet = drawn.sheet
    text = np.maximum(sheet.text, sheet.marks)
    layers = {"trace": sheet.trace, "grid": sheet.grid, "text": text}
    if shot.missing is not None:
        layers = {name: np.where(shot.missing > 127, 0, layer) for name, layer in layers.items()}
    return {
        name: warp(layer, sheet.px_per_mm, shot.paper_map, (width, height), (0,))
        for name, layer in layers.items()
    }
