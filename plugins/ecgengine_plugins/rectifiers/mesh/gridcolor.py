"""Measure gridness in the color that tells a grid best, learned where the grid is clear.

A blue grid does not differ from a brown stain in blue. The mixture of colors with the strongest
lines is followed only where it tells a fifth more than the darkest color, for lenses and printers
shift colors against each other (docs/experiments/0019).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.mesh import fold_window
from ecgengine_plugins.rectifiers.gridness import HIGHPASS_PX, clipped, most_contrast
from ecgengine_plugins.rectifiers.mesh import tuning
from ecgengine_plugins.rectifiers.mesh.growth import BINS
from ecgengine_plugins.rectifiers.mesh.seeds import Seed

PixelT = TypeVar("PixelT", np.uint8, np.float32)


def in_grid_color(
    image: NDArray[np.uint8], gridness: NDArray[np.float32], seeds: Sequence[Seed]
) -> NDArray[np.float32]:
    """Measure the (H, W) gridness of an (H, W, 3) page in the color that tells its grid best.

    Stains, shades and ink vary in colors of their own. Of all mixtures of red, green and blue, the
    one is taken in which the lines near the clearest seeds are strongest against everything else
    around (linear discriminant: R. A. Fisher, 1936). Where that is hardly better than the
    darkest color, as on a gray grid, or where all around is blank, nothing is changed.
    """
    if not seeds:
        return gridness
    paper = cv2.blur(image, (HIGHPASS_PX, HIGHPASS_PX), borderType=cv2.BORDER_REFLECT)
    contrasts = _Contrasts(image, np.asarray(paper, dtype=np.uint8), gridness)
    best = [
        seed
        for seed in seeds[: tuning.COLOR_SEEDS]
        if seed.score >= tuning.COLOR_SCORE * seeds[0].score
    ]
    lines = np.mean([_strengths(contrasts, seed) for seed in best], axis=0)
    spread = _spread(contrasts, best)
    if not np.trace(spread[:3, :3]) > 0:
        return gridness
    colors = spread[:3, :3] + tuning.COLOR_RIDGE * np.trace(spread[:3, :3]) / 3 * np.eye(3)
    mixture = np.linalg.solve(colors, lines[:3])
    mixture /= np.abs(mixture).sum()
    gain = (mixture @ lines[:3]) / np.sqrt(mixture @ colors @ mixture)
    if not gain > tuning.LEAST_COLOR_GAIN * lines[3] / np.sqrt(spread[3, 3]):
        return gridness
    return clipped(contrasts.mixed(mixture))


@dataclass(frozen=True, slots=True)
class _Contrasts:
    """Fine contrasts of a page: red, green, blue, and the gridness that there is already.

    Attributes:
        image: (H, W, 3) the page.
        paper: (H, W, 3) its surroundings.
        gridness: (H, W).
    """

    image: NDArray[np.uint8]
    paper: NDArray[np.uint8]
    gridness: NDArray[np.float32]

    def layers(self) -> list[NDArray[np.float32]]:
        """Four (H, W) layers."""
        colors = self.paper.astype(np.float32) - self.image
        return [*np.ascontiguousarray(colors.transpose(2, 0, 1)), self.gridness.copy()]

    def part(self, box: tuple[slice, slice]) -> _Contrasts:
        """The contrasts of some rows and columns."""
        return _Contrasts(self.image[box], self.paper[box], self.gridness[box])

    def coarse(self) -> _Contrasts:
        """The contrasts of a smaller picture, averaged over squares of pixels."""
        height, width = (side // tuning.COLOR_COARSE_PX for side in self.gridness.shape)

        def reduced(picture: NDArray[PixelT]) -> NDArray[PixelT]:
            whole = picture[: height * tuning.COLOR_COARSE_PX, : width * tuning.COLOR_COARSE_PX]
            small = cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)
            return np.asarray(small, dtype=picture.dtype)

        return _Contrasts(reduced(self.image), reduced(self.paper), reduced(self.gridness))

    def mixed(self, mixture: NDArray[np.float64]) -> NDArray[np.float32]:
        """A mixture of the three colors, (H, W)."""
        mixed = cv2.transform(self.image.astype(np.float32), mixture[None])
        paper = cv2.blur(mixed, (HIGHPASS_PX, HIGHPASS_PX), borderType=cv2.BORDER_REFLECT)
        return np.asarray(paper - mixed)


def _strengths(contrasts: _Contrasts, seed: Seed) -> NDArray[np.float64]:
    """(4,) how strong the lines that gridness shows near a seed are in each layer."""
    start = np.maximum(
        seed.center - tuning.SEED_REACH * np.abs(seed.frame).sum(axis=0) - 1, 0
    ).astype(int)
    stop = (seed.center + tuning.SEED_REACH * np.abs(seed.frame).sum(axis=0) + 2).astype(int)
    layers = contrasts.part(np.s_[start[1] : stop[1], start[0] : stop[0]]).layers()
    place = np.concatenate([seed.center - start, seed.frame.ravel()])
    courses = np.zeros((len(layers), 2, BINS))
    for layer, course in zip(layers, courses, strict=True):
        fold_window(layer, np.ones_like(layer), place, tuning.SEED_REACH, 1, course)
    flat = courses.reshape(len(layers), -1)
    return np.asarray(flat @ flat[-1] / max(float(np.linalg.norm(flat[-1])), 1e-9))


def _spread(contrasts: _Contrasts, seeds: list[Seed]) -> NDArray[np.float64]:
    """(4, 4) covariance of the layers around the seeds; what is extreme counts less.

    Windows average most of the noise of single pixels, so it counts by a part.
    """
    centers = np.array([seed.center for seed in seeds])
    left, top = np.maximum(centers.min(axis=0) - 2 * HIGHPASS_PX, 0).astype(int)
    right, bottom = (centers.max(axis=0) + 2 * HIGHPASS_PX).astype(int)
    around = contrasts.part(np.s_[top:bottom, left:right])
    few = around.part(np.s_[:: tuning.COLOR_COARSE_PX, :: tuning.COLOR_COARSE_PX])
    return _covariance(around.coarse().layers()) + tuning.COLOR_NOISE_WEIGHT * _covariance(
        few.layers()
    )


def _covariance(layers: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    samples = np.stack([layer.ravel() for layer in layers], axis=-1).astype(np.float64)
    most = most_contrast(samples[:: tuning.COLOR_COARSE_PX], axis=0)
    samples = np.clip(samples, -most, most)
    return np.asarray(samples.T @ samples / len(samples))
