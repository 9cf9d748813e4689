"""Lay a page without a grid flat by its outline, its pulses, its resolution or its format.

All of that is right to a percent only, so the length of the rows sets the time
(`matchers/timeline.py`).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.page import Page
from ecgengine.data.sheet import ScaleSource, Sheet
from ecgengine.geometry.flattening import resample_sheet
from ecgengine.geometry.page_map import PageMap
from ecgengine_plugins.paper.peaks import summit
from ecgengine_plugins.paper.pulses.without_grid import (
    LEAST_CONTRAST,
    NARROWEST_PAGE_MM,
    WIDEST_PAGE_MM,
    find_pulses,
    stroke_darkness,
)
from ecgengine_plugins.rectifiers.grid import tuning
from ecgengine_plugins.rectifiers.grid.feeding import MM_PER_INCH
from ecgengine_plugins.rectifiers.grid.outline import PAPERS_MM, lay_outline_flat

SKEW_SIDE_PX, SKEW_BANDS = 1600, 32
SKEW_STEP_DEG = 0.1
SEEN = "No grid was seen; the scale is"


def lay_bare(page: Page, max_px_per_mm: float) -> Sheet | None:
    """Give a page without a grid the scale that something else on it tells; None where nothing.

    A photo is laid flat by the outline of its paper. Other pages are taken to lie flat; their rows
    are turned level.
    """
    outlined = lay_outline_flat(page.image, max_px_per_mm)
    if outlined is not None:
        return outlined
    size_px = (page.image.shape[1], page.image.shape[0])
    level = level_rows(page.image)
    pulses = find_pulses(level[0])
    if pulses is not None and _plausible(size_px, pulses.px_per_mm):
        note = f"{SEEN} that of {pulses.pulses} calibration pulses."
        confidence = 0.6 if pulses.pulses > 1 else 0.4
        return as_it_is(level, pulses.px_per_mm, "pulse", confidence, note)
    if not _has_ink_on_paper(page.image):
        return None
    if page.dpi is not None:
        claimed = (page.dpi[0] / MM_PER_INCH, page.dpi[1] / MM_PER_INCH)
        if _plausible(size_px, claimed):
            note = f"{SEEN} the {page.dpi[0]:g} dpi of the file."
            return as_it_is(level, claimed, "dpi", 0.3, note)
    paper_mm = find_format(size_px)
    if paper_mm is None:
        return None
    scale = (size_px[0] / paper_mm[0], size_px[1] / paper_mm[1])
    note = f"{SEEN} that of a sheet of {paper_mm[0]:g} x {paper_mm[1]:g} mm that fills the picture."
    return as_it_is(level, scale, "paper", 0.3, note)


def find_format(size_px: tuple[int, int]) -> tuple[float, float] | None:
    """Find the usual paper, (across, down) mm, that has the shape of a whole picture, if any."""
    shape = np.log(size_px[0] / size_px[1])
    papers = [size for paper in PAPERS_MM for size in (paper, paper[::-1])]
    away = [abs(shape - np.log(across / down)) for across, down in papers]
    best = int(np.argmin(away))
    return papers[best] if away[best] < tuning.FORMAT_SLACK else None


def find_skew_deg(darkness: NDArray[np.float32]) -> float:
    """Find how far the rows of (H, W) strokes are turned clockwise, degrees.

    Level rows and lines of text make the sums along them most unequal (W. Postl, "Detection of
    linear oblique structures and skew scan in digitized documents", 1986).
    """
    factor = max(1.0, max(darkness.shape) / SKEW_SIDE_PX)
    size = round(darkness.shape[1] / factor), round(darkness.shape[0] / factor)
    small = cv2.resize(darkness, size, interpolation=cv2.INTER_AREA).astype(np.float32, copy=False)
    angles = np.arange(
        -tuning.MOST_SKEW_DEG, tuning.MOST_SKEW_DEG + SKEW_STEP_DEG / 2, SKEW_STEP_DEG
    )
    # Rows of a page that lies on its side run down, and turn the other way when transposed.
    level, upright = _inequality(small, angles), _inequality(small.T, -angles)
    unequal = level if np.ptp(level) >= np.ptp(upright) else upright
    best = int(np.argmax(unequal))
    if not 0 < best < angles.size - 1:
        return 0.0
    return float(angles[best] + SKEW_STEP_DEG * summit(*unequal[best - 1 : best + 2]))


def _inequality(small: NDArray[np.float32], angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of squared sums along lines turned clockwise by (N,) angles, of (H, W) strokes."""
    height, width = small.shape
    bands = cv2.resize(small, (SKEW_BANDS, height), interpolation=cv2.INTER_AREA)
    centers = (np.arange(SKEW_BANDS) + 0.5) * width / SKEW_BANDS - width / 2
    rows = np.arange(height)
    found = []
    for angle in angles:
        slope = np.tan(np.radians(angle))
        sums = sum(
            np.interp(rows + slope * center, rows, band)
            for center, band in zip(centers, bands.T, strict=True)
        )
        found.append(float(np.square(sums).sum()))
    return np.array(found)


def _plausible(size_px: tuple[int, int], px_per_mm: tuple[float, float]) -> bool:
    """Tell whether a scale is one that ECG paper is pictured at."""
    if not all(tuning.FEWEST_PX_PER_MM <= scale <= tuning.MOST_PX_PER_MM for scale in px_per_mm):
        return False
    side_mm = max(size_px[0] / px_per_mm[0], size_px[1] / px_per_mm[1])
    return bool(NARROWEST_PAGE_MM <= side_mm <= WIDEST_PAGE_MM)


def _has_ink_on_paper(image: NDArray[np.uint8]) -> bool:
    """Tell a page with a little dark ink from an empty one and from a picture of something."""
    dark = _ink_darkness(image)
    inked, empty = float((dark > 0.5).mean()), float((dark < 0.2).mean())
    return tuning.LEAST_INK < inked < tuning.MOST_INK and empty > tuning.LEAST_PAPER


def _ink_darkness(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Darkness of ink, 0 for paper to 1 for the darkest ink; a colored grid has little.

    All zero where nothing on the page is much darker than the paper.
    """
    bright = cv2.max(cv2.max(image[..., 0], image[..., 1]), image[..., 2])
    paper, ink = (float(q) for q in np.percentile(bright[::4, ::4], [80, 0.2]))
    if paper - ink < LEAST_CONTRAST:
        return np.zeros(bright.shape, dtype=np.float32)
    dark = (paper - bright.astype(np.float32)) / (paper - ink)
    return np.asarray(np.clip(dark, 0.0, 1.0), dtype=np.float32)


def level_rows(image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], PageMap]:
    """Turn an (H, W, 3) page that was laid on askew until its rows run level; with the map back."""
    height, width = image.shape[:2]
    skew_deg = find_skew_deg(stroke_darkness(image))
    if abs(skew_deg) < tuning.LEAST_SKEW_DEG:
        return image, PageMap.affine(np.eye(2, 3), width, height)
    middle = ((width - 1) / 2, (height - 1) / 2)
    turn = np.asarray(cv2.getRotationMatrix2D(middle, -skew_deg, 1.0), dtype=np.float64)
    page_map = PageMap.affine(turn, width, height)
    return resample_sheet(image, page_map, width, height), page_map


def as_it_is(
    level: tuple[NDArray[np.uint8], PageMap],
    px_per_mm: tuple[float, float],
    source: ScaleSource,
    confidence: float,
    note: str,
) -> Sheet:
    """Take a page whose rows are level (see `level_rows`) for a flat sheet of the given scale."""
    image, page_map = level
    return Sheet(
        image=image,
        px_per_mm_x=float(px_per_mm[0]),
        px_per_mm_y=float(px_per_mm[1]),
        page_map=page_map,
        scale_source=source,
        confidence=confidence,
        notes=(note,),
    )
