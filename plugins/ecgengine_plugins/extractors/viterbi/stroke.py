"""Measure the stroke of a page: how wide its pen is, how gray its ink, how blurred its edges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.extractors.viterbi import tuning
from ecgengine_plugins.extractors.viterbi.paths import RowPath


@dataclass(frozen=True, slots=True)
class Stroke:
    """What a level line of this page looks like.

    Attributes:
        radius_px: radius of the pen.
        full: coverage that is found in a fully covered pixel, 0 to 1.
        spread_px: width of the box that a pixel sees, 1 without blur.
    """

    radius_px: float
    full: float
    spread_px: float

    def coverage(self, ink: NDArray[np.float32]) -> NDArray[np.float32]:
        """Tell how far the pen covers each pixel, 0 to 1, from the coverage found."""
        return np.asarray(np.minimum(ink / np.float32(self.full), 1.0), dtype=np.float32)


def guess_stroke(paths: Sequence[RowPath], known_width_px: float | None) -> Stroke:
    """Measure the stroke where it is thinnest, which is where it runs level.

    A run of ink is as high as the pen is wide where the curve is level, and higher elsewhere; a
    low quantile over all columns is near the width, and a little above it on wavy curves.
    """
    runs = [(p.lower - p.upper)[~p.lost & (p.last >= p.first)] for p in paths]
    heights = np.concatenate([np.empty(0), *runs])
    if heights.size < tuning.FEWEST_COLUMNS:
        return Stroke(0.5 * (known_width_px or 2.5), 1.0, 1.0)
    thinnest, thin = np.quantile(heights, (tuning.LEVEL_QUANTILE, 4 * tuning.LEVEL_QUANTILE))
    darkest, variances = [], []
    for path in paths:
        level = (path.lower - path.upper <= thin) & ~path.lost
        for x in np.flatnonzero(level)[:200]:
            first, stop = max(int(path.first[x]) - 1, 0), int(path.last[x]) + 2
            column = path.view.ink[x, first:stop].astype(np.float64)
            rows = np.arange(column.size)
            center = (column * rows).sum() / column.sum()
            darkest.append(column.max())
            variances.append((column * (rows - center) ** 2).sum() / column.sum())
    # A line thinner than two pixels need not fill any; its gray is taken for coverage.
    full = float(np.clip(np.median(darkest), 0.3, 1.0)) if thinnest >= 1.5 else 1.0
    width = float(known_width_px or thinnest / full)
    spread = np.sqrt(np.clip(12.0 * float(np.median(variances)) - width * width, 1.0, 9.0))
    return Stroke(max(0.5 * width, 0.1), full, float(spread))


def refine_stroke(guess: Stroke, misfit: Callable[[Stroke], float]) -> tuple[Stroke, float]:
    """Search for the stroke that explains the ink best, one figure after the other.

    Args:
        guess: where to begin.
        misfit: root mean square residual of the ink when it is fitted with a stroke.

    Returns:
        The stroke and its misfit.
    """
    best, least = guess, misfit(guess)
    for name, factors in (
        ("radius_px", (0.8, 0.9, 1.1)),
        ("spread_px", (0.7, 1.4)),
        ("radius_px", (0.95, 1.05)),
        ("spread_px", (0.85, 1.2)),
        ("radius_px", (0.975, 1.025)),
    ):
        center = best
        for factor in factors:
            value = getattr(center, name) * factor
            if name == "spread_px" and value < 1.0:
                if center.spread_px <= 1.0:
                    continue
                value = 1.0
            tried = replace(center, **{name: value})
            found = misfit(tried)
            if found < least:
                best, least = tried, found
    return best, least
