"""Cut training material for the sheet network: crops of flat sheets, and what is on them."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.sheet import Sheet
from ecgengine.errors import UnreadableInputError
from ecgengine.geometry.flattening import resample_sheet
from ecgengine.truth.case import Case, PageTruth
from ecgengine.truth.true_sheet import true_sheet
from ecgengine_kernels.drawing import draw_curve
from ecgengine_plugins.networks.sheet.window import PEN_MM

_RULE_MM = 0.35
_SCALES_PX_PER_MM = (5.2, 9.2)
_SCALE_SPREAD = 0.07
_SEEN_SHARE = 0.6
_EMPTY_LEVEL = 1.5
_EMPTY_KEPT = 0.25


def truth_of(case: Case) -> PageTruth:
    """Give what a synthetic page tells of itself; raises UnreadableInputError without truth."""
    if case.truth is None:
        raise UnreadableInputError(
            f"the page {case.name} has no truth: make the pages with `ecgengine synth`"
        )
    return case.truth


def crops_of(
    case: Case, random: np.random.Generator, *, size_px: int, count: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Cut up to `count` squares from a synthetic page laid flat by its truth, near its own scale.

    Most squares hold a trace. Gives (N, S, S, 3) RGB and (N, S, S, 3) coverage by the trace, by
    rules and by text. Raises UnreadableInputError for a page without truth or masks.
    """
    if case.truth is None or "text" not in case.truth.masks:
        raise UnreadableInputError(
            f"the page {case.name} has no masks: make the pages with `ecgengine synth --masks`"
        )
    scale = case.truth.px_per_mm * float(random.uniform(1 - _SCALE_SPREAD, 1 + _SCALE_SPREAD))
    truth = replace(case.truth, px_per_mm=float(np.clip(scale, *_SCALES_PX_PER_MM)))
    sheet = true_sheet(case.page, truth)
    seen = _seen(case, sheet)
    targets = _targets(truth, sheet, seen)
    height, width = seen.shape
    images: list[NDArray[np.uint8]] = []
    found: list[NDArray[np.uint8]] = []
    for _ in range(4 * count):
        if len(images) == count or min(height, width) < size_px:
            break
        top = int(random.integers(height - size_px + 1))
        left = int(random.integers(width - size_px + 1))
        place = slice(top, top + size_px), slice(left, left + size_px)
        empty = targets[place][..., 0].mean() < _EMPTY_LEVEL
        if seen[place].mean() < _SEEN_SHARE or (empty and random.random() > _EMPTY_KEPT):
            continue
        images.append(sheet.image[place])
        found.append(targets[place])
    shape = (0, size_px, size_px, 3)
    return (
        np.stack(images) if images else np.zeros(shape, np.uint8),
        np.stack(found) if found else np.zeros(shape, np.uint8),
    )


def _seen(case: Case, sheet: Sheet) -> NDArray[np.bool_]:
    """Mark what of the sheet the picture shows; beyond it resampling gives white."""
    height, width = sheet.image.shape[:2]
    black = np.zeros_like(case.page.image)
    return resample_sheet(black, sheet.page_map, width, height)[..., 0] < 128


def _targets(truth: PageTruth, sheet: Sheet, seen: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Draw on the flat sheet what the network is to find there, sharp and whole."""
    height, width = seen.shape
    scale = sheet.px_per_mm_x
    trace, rules = np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint8)
    for strip in truth.strips:
        points = strip.centerline_mm.astype(np.float64) * scale - 0.5
        first = strip.x_mm * scale - 0.5
        last = first + strip.duration_s * truth.calibration.speed_mm_per_s * scale
        draw_curve(trace, np.ascontiguousarray(points), PEN_MM * scale, first, last)
    for rule in (*truth.rules_mm, *truth.pulses_mm):
        points = rule.astype(np.float64) * scale - 0.5
        draw_curve(rules, np.ascontiguousarray(points), _RULE_MM * scale, -np.inf, np.inf)
    page_text = np.repeat(truth.masks["text"][..., None], 3, axis=2)
    text = resample_sheet(page_text, sheet.page_map, width, height)[..., 0]
    # Separators stand in the text's mask; they are rules here.
    text = np.where(seen, cv2.subtract(text, rules), 0).astype(np.uint8)
    return np.stack([trace, rules, text], axis=-1)
