"""The paper as a smooth surface through the crossings of its mesh, refined against the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.mesh import measure_nodes, smooth_lattice
from ecgengine_plugins.paper.robust import fit_robustly
from ecgengine_plugins.rectifiers.mesh.growth import LEANS, STRETCHES, Mesh
from ecgengine_plugins.rectifiers.threads import in_threads

MARGIN = 4
BEND = 0.01
LINES_BEND = 0.3
LINE_NODES, FAR_OFF, LEAST_KNOWN = 8.0, 0.03, 0.05
PAPER_BENDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
PRINT_BENDS, LEAST_ROUNDING = PAPER_BENDS[3:], 0.005
FOLDS, FAR_MISS, AS_GOOD = 3, 0.06, 1.02
MOST_ROUNDING = 0.02
TOWARD = 1e-9
ROUNDS = 3
TUKEY = 7.0
LEAST_SPREAD = 0.004
REFINE_REACH = 0.8
WEAK_MATCH, WIDE_REACH, WIDE_COST = 0.65, 1.4, 0.05
REFINE_EVERY = 1
PORTIONS = 16
REFINE_MOST = 0.12
REFINE_STIFFNESS = 4.0
WEAK, STRONG = 0.4, 0.9
# Lines that may be warped are found where creases hide them, and measured best where not.
PASSES = (LEANS + STRETCHES, ())
NEAR_PERIODS, SURE_MATCH, LEAST_SEEN = 0.06, 0.6, 0.2
LEAST_CONTRAST = 0.25


@dataclass(frozen=True, slots=True)
class Surface:
    """Where the five-millimeter crossings of a whole sheet lie on a picture.

    Attributes:
        nodes: (R, C, 2) x and y, pixels.
        matches: (R, C) how well the lines at each agree with the grid's, -1 to 1, in the worse of
            both directions.
        misses: (R, C) how far they were found from the surface, periods.
        seen: (R, C) share of its surroundings that is on the picture and no ink, 0 to 1.
        contrast: (R, C) how much its lines stand out, 1 where they do as usual on the sheet.
    """

    nodes: NDArray[np.float64]
    matches: NDArray[np.float64]
    misses: NDArray[np.float64]
    seen: NDArray[np.float64]
    contrast: NDArray[np.float64]

    @property
    def sure(self) -> NDArray[np.bool_]:
        """(R, C) whether the grid was seen there, and where the surface has it."""
        near = self.misses < NEAR_PERIODS
        clear = (self.matches > SURE_MATCH) & (self.contrast > LEAST_CONTRAST)
        return np.asarray(near & clear & (self.seen > LEAST_SEEN))


def fit_surface(values: NDArray[np.float32], darkest: NDArray[np.float32], mesh: Mesh) -> Surface:
    """Fit a smooth surface through a mesh and let it settle on the lines of (H, W) gridness.

    In the end lines are measured in the darkest color, in which the curve is read as well, for
    lenses shift one color against the other; where they do not show in it, in their own.
    """
    trust = np.pad(mesh.trust, MARGIN)
    nodes = np.pad(mesh.nodes[..., :2], ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)))
    known = trust > 0
    period = float(np.sqrt(mesh.area / mesh.found))
    nodes, _ = _robust(nodes, np.where(known, _belief(trust), 0.0), period)
    matches = misses = seen = contrast = weights = np.zeros(trust.shape)
    crossings = nodes
    for warps in PASSES:
        frames = _frames(nodes)
        found = _measure(values, mesh, frames, warps)
        if warps is PASSES[-1] and darkest is not values:
            _take_clear(found, _measure(darkest, mesh, frames, warps))
        seen = np.clip(found[..., 4], 0.0, 1.0)
        contrast = found[..., 5]
        matches = found[..., 2:4].min(axis=-1)
        shifts, weights = _smooth_shifts(found)
        misses = np.linalg.norm(found[..., :2] - shifts, axis=-1)
        crossings = _moved(frames, found[..., :2])
        nodes = _moved(frames, shifts)
    contrast = contrast / max(1e-9, float(np.median(contrast[known])))
    surface = Surface(nodes, matches, misses, seen, contrast)
    # The paper is laid through what was measured, not through what was smoothed already.
    return replace(surface, nodes=paper_nodes(crossings, weights * surface.sure))


def _moved(frames: NDArray[np.float64], shifts: NDArray[np.float64]) -> NDArray[np.float64]:
    """(R, C, 2) the places of (R, C, 6) crossings after (R, C, 2) shifts, in periods."""
    return frames[..., :2] + shifts[..., :1] * frames[..., 2:4] + shifts[..., 1:] * frames[..., 4:6]


def _measure(
    values: NDArray[np.float32],
    mesh: Mesh,
    frames: NDArray[np.float64],
    warps: Sequence[tuple[float, float]],
) -> NDArray[np.float64]:
    """(R, C, 10) what is found where (R, C, 6) crossings are expected.

    Where little is seen in a small window it is sought in a wide one.
    """
    places = frames.reshape(-1, 6)
    found = _measure_in(values, mesh, places, REFINE_REACH, warps)
    weak = np.flatnonzero(found[:, 2:4].min(axis=1) < WEAK_MATCH)
    wide = _measure_in(values, mesh, places[weak], WIDE_REACH, ())
    for axis in (0, 1):
        better = wide[:, 2 + axis] > found[weak, 2 + axis] + WIDE_COST
        own = _columns(axis)
        found[np.ix_(weak[better], own)] = wide[np.ix_(better, own)]
    return found.reshape(*frames.shape[:2], 10)


def _take_clear(found: NDArray[np.float64], other: NDArray[np.float64]) -> None:
    """Put what another (R, C, 10) measurement saw clearly in the place of the first; in place."""
    for axis in (0, 1):
        clear = other[..., 2 + axis] > SURE_MATCH
        for column in _columns(axis):
            found[clear, column] = other[clear, column]


def _columns(axis: int) -> list[int]:
    """What a measured crossing says of one direction: shift, match, lean, stretch."""
    return [axis, 2 + axis, 6 + axis, 8 + axis]


def _measure_in(
    values: NDArray[np.float32],
    mesh: Mesh,
    places: NDArray[np.float64],
    reach: float,
    warps: Sequence[tuple[float, float]],
) -> NDArray[np.float64]:
    """(K, 10) what is found in windows around (K, 6) crossings."""

    def measure(some: NDArray[np.float64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = measure_nodes(
            values,
            mesh.weights,
            some,
            mesh.templates,
            reach,
            REFINE_EVERY,
            REFINE_MOST,
            REFINE_STIFFNESS,
            np.array(warps, dtype=np.float64).reshape(-1, 2),
        )
        return found

    return np.concatenate(in_threads(measure, np.array_split(places, PORTIONS)))


def _smooth_shifts(
    found: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(R, C, 2) shifts of (R, C, 10) measured crossings as smooth surfaces, and (R, C) weights.

    A crossing weighs as much as the less certain of its lines.
    """
    seen = np.where(found[..., 4] > LEAST_SEEN, np.clip(found[..., 4], 0.0, 1.0), 0.0)

    def smooth(axis: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        belief = _belief(found[..., 2 + axis]) * seen
        return _robust(found[..., axis : axis + 1], belief, 1.0)

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
    smooth = smooth_lattice(nodes, weights, LINES_BEND, TOWARD)
    frames = _frames(smooth)
    steps = frames[..., 2:].reshape(*nodes.shape[:2], 2, 2)
    off = ((nodes - smooth)[..., None, :] @ np.linalg.inv(steps))[..., 0, :]
    drawn = np.stack([_along_lines(off[..., axis], weights, axis) for axis in (0, 1)], axis=-1)
    straight = np.ascontiguousarray(nodes - (drawn[..., None, :] @ steps)[..., 0, :])
    uneven = float(np.sqrt(np.square(drawn[weights > 0]).mean(axis=0)).min())
    bends = PAPER_BENDS if uneven < LEAST_ROUNDING else PRINT_BENDS
    return smooth_lattice(straight, weights, bend_of_paper(straight, weights, bends), TOWARD)


def _along_lines(
    off: NDArray[np.float64], weights: NDArray[np.float64], axis: int
) -> NDArray[np.float64]:
    """The running mean along each line of how far it lies off, 0 where nothing is known."""
    sigma = (1e-3, LINE_NODES) if axis == 0 else (LINE_NODES, 1e-3)
    known, total = (
        cv2.GaussianBlur(part, (0, 0), sigmaX=sigma[0], sigmaY=sigma[1])
        for part in (weights, weights * np.clip(off, -FAR_OFF, FAR_OFF))
    )
    return np.clip(total / np.maximum(known, LEAST_KNOWN), -MOST_ROUNDING, MOST_ROUNDING)


def bend_of_paper(
    nodes: NDArray[np.float64], weights: NDArray[np.float64], bends: Sequence[float]
) -> float:
    """Tell how stiff a sheet is: the stiffest bend by which crossings tell of those left out.

    Crumpled paper wants a soft surface, a level sheet or a screen a stiff one that evens out noise
    (cross-validation, M. Stone, 1974). `bends` are tried from the softest on.
    """
    folds = np.random.default_rng(0).integers(0, FOLDS, weights.shape)
    seen = weights > 0
    period = float(np.linalg.norm(np.gradient(nodes, axis=1)[seen], axis=-1).mean())

    def miss(bend: float) -> float:
        def squares(fold: int) -> float:
            out = folds == fold
            told = smooth_lattice(nodes, np.where(out, 0.0, weights), bend, TOWARD)
            away = np.linalg.norm((nodes - told)[out & seen], axis=-1) / period
            return float(np.square(np.minimum(away, FAR_MISS)).sum())

        return float(np.sqrt(sum(in_threads(squares, range(FOLDS)))))

    chosen, least = bends[0], miss(bends[0])
    for bend in bends[1:]:
        here = miss(bend)
        if here > AS_GOOD * least:
            break
        chosen, least = bend, min(least, here)
    return chosen


def _belief(match: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip((match - WEAK) / (STRONG - WEAK), 0.0, 1.0) ** 2


def _robust(
    values: NDArray[np.float64], belief: NDArray[np.float64], unit: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Smooth values on a lattice; what lies far from its surroundings counts little (Tukey).

    Also gives the (R, C) weights by which values counted in the end.
    """
    tall = values.shape[0] > values.shape[1]

    def fit(weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        if tall:
            turned = smooth_lattice(values.transpose(1, 0, 2), weights.T, BEND, TOWARD)
            surface = turned.transpose(1, 0, 2)
        else:
            surface = smooth_lattice(values, weights, BEND, TOWARD)
        return surface, np.linalg.norm(values - surface, axis=-1) / unit

    judged = (belief > 0.25).astype(np.float64)
    return fit_robustly(fit, belief, ROUNDS, LEAST_SPREAD, tukey=TUKEY, judged=judged)


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
