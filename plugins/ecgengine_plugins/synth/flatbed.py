"""Scan a printed sheet, in color, in gray, or in black and white."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ecgengine.geometry.paper_map import PaperMap
from ecgengine_kernels.scanning import count_dots, digitize
from ecgengine_plugins.synth.feeding import feed
from ecgengine_plugins.synth.noise import make_grain
from ecgengine_plugins.synth.picture import Leaf, Shot
from ecgengine_plugins.synth.screens import scattered
from ecgengine_plugins.synth.warping import warp

_BED_MM = 3.0
_BLACK = 256
_TONES = 4 * 256 + 2 * _BLACK
_SCREEN = 256
_DENSE = 230
_NINTHS = np.rint(254 * np.linspace(1, 0, 10)).astype(np.uint8)
_BILEVEL = np.array([255] * 5 + [0] * 5, np.uint8)


def scan(leaf: Leaf, random: Generator, *, px_per_mm: float, black_and_white: bool = False) -> Shot:
    """Scan a sheet under a lid, or through a feeder.

    Args:
        leaf: the printed sheet; it is pressed flat, and the lid shows where paper is missing.
        random: the only source of randomness.
        px_per_mm: resolution of the scan.
        black_and_white: the scanner decides between black and white at thrice the resolution, or
            gives stretched grays.
    """
    height, width = leaf.image.shape[:2]
    sheet_mm = (width / leaf.px_per_mm, height / leaf.px_per_mm)
    margin_mm = random.uniform(-2.5, 2.5) if random.random() < 0.7 else 0.0
    size_px = (
        round((sheet_mm[0] + margin_mm) * px_per_mm),
        round((sheet_mm[1] + margin_mm) * px_per_mm),
    )
    paper_map = feed(random, size_px, px_per_mm, sheet_mm, leaf.relief)
    lid = random.uniform(225, 255) if random.random() < 0.8 else random.uniform(15, 60)
    bed = _on_bed(leaf, round(lid), random, gray=black_and_white)
    # The bed shows around the sheet, so that its corner lies left of and above the sheet's.
    shifted = PaperMap(paper_map.nodes_mm + _bed_px(leaf) / leaf.px_per_mm, paper_map.step_px)
    seen = warp(bed, leaf.px_per_mm, shifted, size_px, (round(lid),) * bed.shape[2])
    _soil(seen, random)
    seen = _focus(seen, random)
    if not black_and_white:
        quality = int(random.integers(80, 98))
        image = _sense(seen, random, stretch=random.random() < 0.5)
        return Shot(image, paper_map, quality, leaf.missing)
    kind = random.choice(["fine", "plain", "gray"], p=[0.76, 0.07, 0.17])
    if kind == "gray":
        image = _sense(seen[:, :, None], random, stretch=True)[:, :, 0]
    else:
        image = _decide(seen, random, fine=kind == "fine")
    image = np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2RGB), np.uint8)
    return Shot(image, paper_map, missing=leaf.missing)


def _bed_px(leaf: Leaf) -> int:
    return round(_BED_MM * leaf.px_per_mm)


def _on_bed(leaf: Leaf, lid: int, random: Generator, *, gray: bool) -> NDArray[np.uint8]:
    """Give the sheet with a strip of lid around it, on which its edges throw shadows."""
    image = cv2.cvtColor(leaf.image, cv2.COLOR_RGB2GRAY) if gray else leaf.image
    bed_px = _bed_px(leaf)
    values = (lid,) * 3
    bed = np.asarray(
        cv2.copyMakeBorder(image, *(bed_px,) * 4, cv2.BORDER_CONSTANT, value=values), np.uint8
    )
    bed = bed if bed.ndim == 3 else bed[:, :, None]
    if leaf.missing is not None:
        bed[bed_px:-bed_px, bed_px:-bed_px][leaf.missing > 127] = lid
    # The lamp travels on one side of the sensor: two edges throw shadows, and one is the longer.
    for side in random.permutation(4)[:2]:
        reach = int(random.integers(2, max(bed_px // 2, 3)))
        dark = 1 - random.uniform(0.05, 0.5) * np.linspace(1, 0, reach) ** 2
        turned = np.rot90(bed, side)
        strip = turned[:, bed_px - reach : bed_px]
        strip[...] = np.rint(strip * dark[None, ::-1, None]).astype(np.uint8)
    return bed


def _focus(seen: NDArray[np.uint8], random: Generator) -> NDArray[np.uint8]:
    """Blur by the lens, and sharpen as scanner drivers do."""
    soft = cv2.GaussianBlur(seen, (5, 5), random.uniform(0.35, 0.7))
    if random.random() < 0.5:
        wide = cv2.GaussianBlur(soft, (7, 7), 1.2)
        amount = random.uniform(0.2, 0.9)
        soft = cv2.addWeighted(soft, 1 + amount, wide, -amount, 0)
    return np.asarray(soft, np.uint8)


def _sense(seen: NDArray[np.uint8], random: Generator, *, stretch: bool) -> NDArray[np.uint8]:
    """Give (H, W, C) values as the sensor sees them: light, tone curve and noise.

    With `stretch`, grays are spread until paper is white.
    """
    height, width, channels = seen.shape
    low = random.uniform(0, 65) + random.normal(0, 3, channels)
    high = random.uniform(242, 254) + random.normal(0, 1.5, channels)
    if stretch:
        high += random.uniform(4, 20)
    light = (np.arange(_TONES) - _BLACK)[:, None] / (4 * 255)
    tone = low + (high - low) * np.clip(light, 0, 1) ** random.uniform(0.85, 1.2)
    grain = make_grain(random, (width, height), blur_px=random.uniform(0.3, 0.8), color=0.3)
    rows, columns = _light(random, height), _light(random, width)
    across = rows if random.random() < 0.5 else columns
    for at in random.integers(0, across.size, random.poisson(0.8)):
        across[at : at + random.integers(1, 4)] *= 1 + random.normal(0, 0.03)
    return digitize(
        seen,
        rows,
        columns,
        _lag(random, channels),
        np.ascontiguousarray(np.rint(np.clip(tone, 0, 255)).astype(np.uint8).T),
        _BLACK,
        grain.patch,
        grain.places,
        random.uniform(0.4, 2.0),
    )


def _lag(random: Generator, channels: int) -> NDArray[np.int32]:
    """Give (C,) 256ths of a pixel by which the sensor's rows for each color miss the others."""
    miss = min(random.exponential(0.15), 0.5) * random.uniform(-1, 1, channels)
    # On average they miss nothing, so that the map stays exact.
    lag: NDArray[np.int32] = np.rint(256 * (miss - miss.mean())).astype(np.int32)
    return lag


def _light(random: Generator, length: int) -> NDArray[np.float32]:
    """Give (length,) shares of light along one side of the glass: dimmer toward the ends."""
    place = np.linspace(-1, 1, length) - random.uniform(-0.3, 0.3)
    return (1 - random.uniform(0, 0.04) * np.abs(place) ** 3).astype(np.float32)


def _decide(seen: NDArray[np.uint8], random: Generator, *, fine: bool) -> NDArray[np.uint8]:
    """Give (H, W) decisions between black and white; `fine` ones are averages of 3 x 3."""
    height, width = seen.shape
    if random.random() < 0.3:
        # An adaptive threshold compares with the brightness around.
        around = cv2.blur(seen, (61, 61))
        seen = np.asarray(cv2.divide(seen, around, scale=240), np.uint8)
    white = np.percentile(seen[::16, ::16], 80) * random.uniform(0.96, 1.0)
    black = white * random.uniform(0.38, 0.6)
    cover = np.clip((white - np.arange(256)) / (white - black), 0, 1)
    screen = scattered(random, _SCREEN, random.uniform(1.6, 2.8))
    block = _SCREEN // 4
    places = random.integers(0, _SCREEN, (-(-height // block), -(-width // block), 2))
    levels = cv2.LUT(seen, np.rint(255 * cover).astype(np.uint8))
    padded = np.asarray(cv2.copyMakeBorder(levels, 1, 1, 1, 1, cv2.BORDER_REPLICATE), np.uint8)
    edge: NDArray[np.uint8] = np.rint(127 + (screen - 127.0) * random.uniform(0.1, 0.5)).astype(
        np.uint8
    )
    return count_dots(padded, screen, edge, _DENSE, places, _NINTHS if fine else _BILEVEL)


def _soil(image: NDArray[np.uint8], random: Generator) -> None:
    """Put specks of dust, and now and then a hair, on (H, W, C) pixels in place."""
    size = np.array(image.shape[1::-1])
    for x, y in random.random((random.poisson(random.exponential(12)), 2)) * size:
        gray, radius = int(random.integers(40, 190)), int(random.integers(0, 2))
        cv2.circle(image, (int(x), int(y)), radius, (gray,) * 3, cv2.FILLED)
    if random.random() < 0.2:
        turns = np.cumsum(random.normal(0, 0.15, 60)) + random.uniform(0, 2 * np.pi)
        hair = np.cumsum(np.stack([np.cos(turns), np.sin(turns)], axis=1), axis=0)
        hair = hair * random.uniform(0.3, 1.2) + random.random(2) * size
        gray, fixed = int(random.integers(60, 170)), np.rint(hair * 16).astype(np.int32)
        cv2.polylines(image, [fixed], False, (gray,) * 3, 1, cv2.LINE_AA, 4)
