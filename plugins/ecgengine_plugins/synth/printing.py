"""Print a sheet: flat layers become ink on paper."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ecgengine_kernels.printing import average_screen, lay_ink
from ecgengine_plugins.synth.noise import make_grain
from ecgengine_plugins.synth.picture import Leaf, Print
from ecgengine_plugins.synth.screens import Screen, clustered, scattered
from ecgengine_plugins.synth.warping import compose

_SIDE = 64
_PARTS = 3
_LEVELS = 64
_STEP_PX = 128


@dataclass(frozen=True, slots=True)
class _Printer:
    """How a printer renders coverage.

    Attributes:
        screen: halftone thresholds, `_PARTS` to a pixel.
        depth: how much of the screen's structure shows; 0 lays ink down evenly.
        spread_px: standard deviation of the blur that spreading ink makes.
        gain: growth of dots; 1 for none.
        solid: reflectance of full coverage relative to the paper.
        bands: standard deviation of density from row to row.
        mottle: standard deviation of density from pixel to pixel.
        specks_per_cm2: stray dots of toner.
    """

    screen: Screen
    depth: float
    spread_px: float
    gain: float
    solid: float
    bands: float
    mottle: float
    specks_per_cm2: float

    def shares(self) -> NDArray[np.float32]:
        """Give what share 0..1 of a pixel is covered, by coverage asked for and place."""
        even = np.linspace(0, 255, _LEVELS)[:, None, None]
        dots = average_screen(self.screen, _PARTS, _LEVELS)
        return ((even + self.depth * (dots - even)) / 255).astype(np.float32)

    def curve(self) -> NDArray[np.float32]:
        """Give the coverage asked for by each pixel value."""
        blank = np.linspace(0, 1, 256)
        return np.clip(1.04 * (1 - blank**self.gain), 0, 1).astype(np.float32)


def print_out(sheet: Print, random: Generator, *, black_and_white: bool = False) -> Leaf:
    """Print a sheet by inkjet, by laser, or by a cart's thermal head on paper with a grid.

    Args:
        sheet: the flat layers.
        random: the only source of randomness.
        black_and_white: everything is printed in black dots.
    """
    printer = _choose(random, sheet.px_per_mm, black_and_white=black_and_white)
    flat: NDArray[np.uint8] = compose(replace(sheet, paper_rgb=(255.0, 255.0, 255.0)))
    if black_and_white:
        gray = cv2.cvtColor(flat, cv2.COLOR_RGB2GRAY)
        flat = np.asarray(cv2.cvtColor(gray, cv2.COLOR_GRAY2RGB), np.uint8)
    reach = 2 * int(np.ceil(2 * printer.spread_px)) + 1
    flat = np.asarray(cv2.GaussianBlur(flat, (reach, reach), printer.spread_px), np.uint8)
    grain = make_grain(random, sheet.size_px, blur_px=0.7, color=0)
    texture = np.arange(-128, 128)[:, None] * (random.uniform(0.002, 0.008) / 16)
    paper = np.clip(np.array(sheet.paper_rgb) * (1 + texture), 0, 255)
    image = lay_ink(
        flat,
        printer.curve(),
        _density(random, flat.shape[:2], printer.bands),
        _STEP_PX,
        printer.shares(),
        random.integers(0, _SIDE, (4, 2)),
        1 - printer.solid,
        paper.astype(np.float32),
        grain.patch,
        grain.places,
        printer.mottle,
    )
    _scatter(image, random, printer.specks_per_cm2 / (10 * sheet.px_per_mm) ** 2)
    return Leaf(image, sheet.px_per_mm)


def _choose(random: Generator, px_per_mm: float, *, black_and_white: bool) -> _Printer:
    scale = px_per_mm / 8
    kind = random.choice(["inkjet", "laser", "cart"], p=[0.4, 0.4, 0.2])
    if kind == "cart" and not black_and_white:
        # The grid comes from a printing press; a thermal head has no screen, and fades.
        return _Printer(
            screen=np.zeros((_SIDE * _PARTS,) * 2, np.uint8),
            depth=0.0,
            spread_px=scale * random.uniform(0.4, 0.7),
            gain=random.uniform(1.0, 1.3),
            solid=random.uniform(0.05, 0.22),
            bands=random.uniform(0.0, 0.03),
            mottle=random.uniform(0.02, 0.06),
            specks_per_cm2=0.0,
        )
    # Black dots are coarser than the mixed ones of color printers, and grow more.
    depth = random.uniform(0.6, 1.0) if black_and_white else random.uniform(0.2, 0.7)
    gain = random.uniform(1.3, 2.3) if black_and_white else random.uniform(1.1, 1.8)
    if kind == "laser":
        return _Printer(
            screen=clustered(random, _SIDE * _PARTS, _PARTS * scale * random.uniform(1.4, 2.4)),
            depth=depth,
            spread_px=scale * random.uniform(0.3, 0.45),
            gain=gain,
            solid=random.uniform(0.04, 0.14),
            bands=random.uniform(0.0, 0.02),
            mottle=random.uniform(0.01, 0.04),
            specks_per_cm2=random.exponential(2.0),
        )
    return _Printer(
        screen=scattered(random, _SIDE * _PARTS, scale * random.uniform(1.2, 2.2)),
        depth=depth,
        spread_px=scale * random.uniform(0.35, 0.65),
        gain=gain,
        solid=random.uniform(0.08, 0.22),
        bands=random.uniform(0.005, 0.04),
        mottle=random.uniform(0.01, 0.05),
        specks_per_cm2=0.0,
    )


def _density(random: Generator, shape: tuple[int, int], bands: float) -> NDArray[np.float32]:
    """Give (height, S) shares of ink that take: slowly uneven toner, and bands along rows."""
    height, width = shape
    columns = (width + _STEP_PX - 1) // _STEP_PX + 1
    faded = random.uniform(0.02, 0.25) if random.random() < 0.3 else 0.02
    clouds = np.abs(random.standard_normal((5, 6), dtype=np.float32))
    even = 1 - faded * cv2.resize(clouds, (columns, height), interpolation=cv2.INTER_LINEAR)
    rows = random.standard_normal(height // 2 + 1, dtype=np.float32).repeat(2)[:height]
    density = even * (1 - bands * np.abs(rows))[:, None]
    return np.clip(density, 0.3, 1.0).astype(np.float32)


def _scatter(image: NDArray[np.uint8], random: Generator, specks_per_px: float) -> None:
    """Drop specks of toner, most of them smaller than a pixel, onto an image in place."""
    height, width = image.shape[:2]
    count = random.poisson(specks_per_px * height * width)
    y, x = random.integers(0, height, count), random.integers(0, width, count)
    clear = 1 - random.uniform(0.1, 0.9, count) ** 2
    image[y, x] = np.rint(image[y, x] * clear[:, None]).astype(np.uint8)
