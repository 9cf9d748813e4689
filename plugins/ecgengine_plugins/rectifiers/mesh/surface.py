"""Fit the paper as a smooth surface through its crossings, measured again in the picture.

Programs draw grids on whole pixels, up to 0.06 mm off their even places: what the crossings of a
long stretch of a line have in common is the line's and not the paper's. A sheet is as stiff as
tells left-out crossings best, and is laid through the crossings as measured, by Tukey's weights
(docs/experiments/0016 and 0017).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.mesh import ALONG, DOWN, FRAME, PLACE, Found, measure_nodes, smooth_lattice
from ecgengine_plugins.paper.robust import fit_robustly
from ecgengine_plugins.rectifiers.mesh import tuning
from ecgengine_plugins.rectifiers.mesh.growth import (
    UNWARPED,
    Mesh,
    leans_and_stretches,
    make_search,
)
from ecgengine_plugins.rectifiers.mesh.threads import in_threads

# Keeps the equations of a lattice solvable where nothing is known.
TOWARD = 1e-9
# Crossings are measured in so many jobs, whatever the number of cores.
PORTIONS = 16


@dataclass(frozen=True, slots=True)
class Surface:
    """Where the five-millimeter crossings of a whole sheet lie on a picture.

    Attributes:
        nodes: (R, C, 2) x and y, pixels.
        matches: (R, C) how well the lines at each agree with the grid's, -1 to 1, in the worse of
            both directions.
        residuals: (R, C) how far they were found from the surface, periods.
        seen: (R, C) share of its surroundings that is on the picture and no ink, 0 to 1.
        contrast: (R, C) how much its lines stand out, 1 where they do as usual on the sheet.
    """

    nodes: NDArray[np.float64]
    matches: NDArray[np.float64]
    residuals: NDArray[np.float64]
    seen: NDArray[np.float64]
    contrast: NDArray[np.float64]

    @property
    def sure(self) -> NDArray[np.bool_]:
        """(R, C) whether the grid was seen there, and where the surface has it."""
        near = self.residuals < tuning.SURE_PERIODS
        clear = (self.matches > tuning.SURE_MATCH) & (self.contrast > tuning.SURE_CONTRAST)
        return np.asarray(near & clear & (self.seen > tuning.SURE_SEEN))


def fit_surface(values: NDArray[np.float32], darkest: NDArray[np.float32], mesh: Mesh) -> Surface:
    """Fit a smooth surface through a mesh and let it settle on the lines of (H, W) gridness.

    In the end lines are measured in the darkest color, in which the curve is read as well, for
    lenses shift one color against the other; where they do not show in it, in their own.
    """
    margin = (tuning.MARGIN_PERIODS, tuning.MARGIN_PERIODS)
    trust = np.pad(mesh.trust, margin)
    nodes = np.pad(mesh.nodes[..., PLACE], (margin, margin, (0, 0)))
    known = trust > 0
    period = float(np.sqrt(mesh.area / mesh.found))
    nodes, _ = _robust(nodes, np.where(known, _weight(trust), 0.0), period)
    # Lines that may be warped are found where creases hide them, and measured best where not.
    frames = _frames(nodes)
    found = _measure(values, mesh, frames, leans_and_stretches())
    frames = _frames(_moved(frames, _smooth_shifts(found)[0]))
    found = _measure(values, mesh, frames, UNWARPED)
    if darkest is not values:
        dark = _measure(darkest, mesh, frames, UNWARPED)
        clear = dark.matches > tuning.SURE_MATCH
        for mine, other in ((found.shifts, dark.shifts), (found.matches, dark.matches)):
            mine[clear] = other[clear]
    shifts, weights = _smooth_shifts(found)
    surface = Surface(
        _moved(frames, shifts),
        matches=found.matches.min(axis=-1),
        residuals=np.linalg.norm(found.shifts - shifts, axis=-1),
        seen=np.clip(found.seen, 0.0, 1.0),
        contrast=found.contrasts / max(1e-9, float(np.median(found.contrasts[known]))),
    )
    # The paper is laid through what was measured, not through what was smoothed already.
    crossings = _moved(frames, found.shifts)
    return replace(surface, nodes=paper_nodes(crossings, weights * surface.sure))


def _moved(frames: NDArray[np.float64], shifts: NDArray[np.float64]) -> NDArray[np.float64]:
    """(R, C, 2) the places of (R, C, 6) crossings after (R, C, 2) shifts, in periods."""
    return (
        frames[..., PLACE]
        + shifts[..., :1] * frames[..., ALONG]
        + shifts[..., 1:] * frames[..., DOWN]
    )


def _measure(
    values: NDArray[np.float32],
    mesh: Mesh,
    frames: NDArray[np.float64],
    warps: NDArray[np.float64],
) -> Found:
    """Measure where (R, C, 6) crossings are expected; gives (R, C, ...) arrays.

    Where little is seen in a small window it is sought in a wide one.
    """
    places = frames.reshape(-1, 6)
    found = _measure_in(values, mesh, places, tuning.FINE_REACH, warps)
    weak = np.flatnonzero(found.matches.min(axis=1) < tuning.WIDE_MATCH)
    wide = _measure_in(values, mesh, places[weak], tuning.WIDE_REACH, UNWARPED)
    better = wide.matches > found.matches[weak] + tuning.WIDE_COST
    for mine, other in ((found.shifts, wide.shifts), (found.matches, wide.matches)):
        mine[weak] = np.where(better, other, mine[weak])
    return Found(*(part.reshape(*frames.shape[:2], *part.shape[1:]) for part in found))


def _measure_in(
    values: NDArray[np.float32],
    mesh: Mesh,
    places: NDArray[np.float64],
    reach: float,
    warps: NDArray[np.float64],
) -> Found:
    """Measure (K, 6) crossings in windows of one size."""
    search = make_search(reach, 1, tuning.FINE_SHIFT, warps)

    def measure(some: NDArray[np.float64]) -> Found:
        found: Found = measure_nodes(values, mesh.weights, some, mesh.templates, search)
        return found

    parts = in_threads(measure, np.array_split(places, PORTIONS))
    return Found(*(np.concatenate(same) for same in zip(*parts, strict=True)))


def _smooth_shifts(found: Found) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(R, C, 2) shifts of measured crossings as smooth surfaces, and (R, C) weights.

    A crossing weighs as much as the less certain of its lines.
    """
    seen = np.where(found.seen > tuning.SURE_SEEN, np.clip(found.seen, 0.0, 1.0), 0.0)

    def smooth(axis: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        trust = _weight(found.matches[..., axis]) * seen
        return _robust(found.shifts[..., axis : axis + 1], trust, 1.0)

    (along, along_weights), (down, down_weights) = in_threads(smooth, (0, 1))
    return np.concatenate([along, down], axis=-1), np.minimum(along_weights, down_weights)


def paper_nodes(nodes: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Free crossings from what their lines were drawn off their places, and from noise.

    Programs draw grids on whole pixels: at 200 dots per inch each line lies up to 0.06 mm off, the
    same all along it. Paper bends otherwise, so what the crossings of a long stretch of a line
    have in common against a smooth surface is the line's. Where lines lie so, an office printer
    drew them, whose finest unevenness is not the paper's: such a sheet is taken to be stiff.
    """
    if not weights.any():
        return nodes
    smooth = smooth_lattice(nodes, weights, tuning.LINES_BEND, TOWARD)
    frames = _frames(smooth)
    steps = frames[..., FRAME].reshape(*nodes.shape[:2], 2, 2)
    off = ((nodes - smooth)[..., None, :] @ np.linalg.inv(steps))[..., 0, :]
    drawn = np.stack([_along_lines(off[..., axis], weights, axis) for axis in (0, 1)], axis=-1)
    straight = np.ascontiguousarray(nodes - (drawn[..., None, :] @ steps)[..., 0, :])
    uneven = float(np.sqrt(np.square(drawn[weights > 0]).mean(axis=0)).min())
    bends = tuning.PAPER_BENDS if uneven < tuning.LEAST_ROUNDING else tuning.PRINT_BENDS
    return smooth_lattice(straight, weights, bend_of_paper(straight, weights, bends), TOWARD)


def _along_lines(
    off: NDArray[np.float64], weights: NDArray[np.float64], axis: int
) -> NDArray[np.float64]:
    """The running mean along each line of how far it lies off, 0 where nothing is known."""
    sigma = (1e-3, tuning.LINE_NODES) if axis == 0 else (tuning.LINE_NODES, 1e-3)
    known, total = (
        cv2.GaussianBlur(part, (0, 0), sigmaX=sigma[0], sigmaY=sigma[1])
        for part in (weights, weights * np.clip(off, -tuning.FAR_OFF, tuning.FAR_OFF))
    )
    return np.clip(
        total / np.maximum(known, tuning.LEAST_KNOWN), -tuning.MOST_ROUNDING, tuning.MOST_ROUNDING
    )


def bend_of_paper(
    nodes: NDArray[np.float64], weights: NDArray[np.float64], bends: Sequence[float]
) -> float:
    """Tell how stiff a sheet is: the stiffest bend by which crossings tell of those left out.

    Crumpled paper wants a soft surface, a level sheet or a screen a stiff one that evens out noise
    (cross-validation, M. Stone, 1974). `bends` are tried from the softest on.
    """
    folds = np.random.default_rng(0).integers(0, tuning.FOLDS, weights.shape)
    seen = weights > 0

    def miss(bend: float) -> float:
        def squares(fold: int) -> float:
            out = folds == fold
            told = smooth_lattice(nodes, np.where(out, 0.0, weights), bend, TOWARD)
            return float(np.square((nodes - told)[out & seen]).sum())

        return float(np.sqrt(sum(in_threads(squares, range(tuning.FOLDS)))))

    chosen, least = bends[0], miss(bends[0])
    for bend in bends[1:]:
        here = miss(bend)
        if here > tuning.AS_GOOD * least:
            break
        chosen, least = bend, min(least, here)
    return chosen


def _weight(match: NDArray[np.float64]) -> NDArray[np.float64]:
    return (
        np.clip((match - tuning.WEAK_MATCH) / (tuning.STRONG_MATCH - tuning.WEAK_MATCH), 0.0, 1.0)
        ** 2
    )


def _robust(
    values: NDArray[np.float64], trust: NDArray[np.float64], unit: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Smooth values on a lattice; what lies far from its surroundings counts little (Tukey).

    Also gives the (R, C) weights by which values counted in the end.
    """
    tall = values.shape[0] > values.shape[1]

    def fit(weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        if tall:
            turned = smooth_lattice(values.transpose(1, 0, 2), weights.T, tuning.MESH_BEND, TOWARD)
            surface = turned.transpose(1, 0, 2)
        else:
            surface = smooth_lattice(values, weights, tuning.MESH_BEND, TOWARD)
        return surface, np.linalg.norm(values - surface, axis=-1) / unit

    # The spread is that of crossings that are seen well.
    judged = (trust > 0.25).astype(np.float64)
    return fit_robustly(
        fit, trust, tuning.ROBUST_ROUNDS, tuning.LEAST_SPREAD, tukey=tuning.TUKEY, judged=judged
    )


def _frames(nodes: NDArray[np.float64]) -> NDArray[np.float64]:
    along = np.gradient(nodes, axis=1)
    down = np.gradient(nodes, axis=0)
    return np.concatenate([nodes, along, down], axis=-1)


def refine_nodes(nodes: NDArray[np.float64], parts: int) -> NDArray[np.float64]:
    """Interpolate an (R, C, 2) lattice to `parts` nodes for each, by Catmull-Rom splines."""
    for axis in (0, 1):
        moved = np.moveaxis(nodes, axis, 0)
        before, after = 2 * moved[0] - moved[1], 2 * moved[-1] - moved[-2]
        padded = np.concatenate([before[None], moved, after[None]])
        a, b, c, d = (padded[k : len(padded) - 3 + k] for k in range(4))
        pieces = []
        for part in range(parts):
            t = part / parts
            pieces.append(
                b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
            )
        fine = np.stack(pieces, axis=1).reshape(-1, *moved.shape[1:])
        nodes = np.moveaxis(np.concatenate([fine, moved[-1:]]), 0, axis)
    return np.ascontiguousarray(nodes)
