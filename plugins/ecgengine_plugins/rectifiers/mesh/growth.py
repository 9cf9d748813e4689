"""Grow a mesh: crossings of five-millimeter lines, linked outward from the clearest place.

On creased paper lines a millimeter apart are taken for each other, so a crossing is expected where
its nearest neighbors point to, in rounds, best matches first, then once more in half steps with
lines that may lean (docs/experiments/0018).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.mesh import FRAME, Search, fold_window, grow_mesh
from ecgengine_plugins.paper.darkness import ink_free
from ecgengine_plugins.paper.peaks import summit
from ecgengine_plugins.rectifiers.mesh import tuning
from ecgengine_plugins.rectifiers.mesh.counting import LINES, count_lines
from ecgengine_plugins.rectifiers.mesh.seeds import Seed

PERIOD_MM = 5.0
# A course has twelve bins for each of five light lines.
BINS = 60
# Nodes each way of the lattice that a mesh grows in: 0.8 m, whatever the size of the paper.
WIDEST = 160
# A mesh is linked by half of the pixels, those of one color of a chessboard: twice as fast.
LINK_EVERY = 2
UNWARPED = np.zeros((0, 2))
# Numbers of equal lines in a period that are no five; ten are five with their gaps.
OTHER_NUMBERS = (2, 3, 4, 6, 7, 8, 9, 10)


@dataclass(frozen=True, slots=True)
class Mesh:
    """Grid crossings with their numbers.

    Attributes:
        nodes: (R, C, 6) x, y and one period along either direction (ax, ay, bx, by), pixels;
            meaningless where trust is 0.
        trust: (R, C) 0 where no crossing was found, else how well its surroundings fit, to 1.
        templates: (2, BINS) mean course of gridness over a period, the heavy line at 0.
        weights: (H, W) how much pixels counted: 0 on ink, else 1.
    """

    nodes: NDArray[np.float64]
    trust: NDArray[np.float64]
    templates: NDArray[np.float64]
    weights: NDArray[np.float32]

    @property
    def found(self) -> int:
        """Number of crossings."""
        return int((self.trust > 0).sum())

    @property
    def frame(self) -> NDArray[np.float64]:
        """(2, 2) rows: one period along either direction, as usual, pixels."""
        return np.asarray(np.median(self.nodes[self.trust > 0][:, FRAME], axis=0).reshape(2, 2))

    @property
    def area(self) -> float:
        """Square pixels that belong to the crossings."""
        ax, ay, bx, by = self.nodes[self.trust > 0][:, FRAME].T
        return float(np.abs(ax * by - ay * bx).sum())


def link_crossings(
    values: NDArray[np.float32], darkness: NDArray[np.float32], hypotheses: list[list[Seed]]
) -> Mesh | None:
    """Link the crossings of a grid from the best of some seeds; None for few.

    Where a period holds another number of lines, all alike, five of them are tried as a period. The
    first mesh shows how dark the grid is; what is darker is ink, and left out of the second.

    Args:
        values: (H, W) gridness.
        darkness: (H, W) share of the surrounding light that a pixel lacks.
        hypotheses: places to start from, the best first, for each hypothesis of the grid's period.
    """
    best, most = None, 0.0
    everything = np.ones_like(values)
    for seeds in hypotheses:
        for seed in seeds[: tuning.SEEDS_TRIED]:
            mesh = _grow_from(values, everything, darkness, seed)
            lines = 0 if mesh is None else equal_lines(mesh.templates)
            if lines:
                fives = replace(seed, frame=seed.frame * LINES / lines)
                mesh = _grow_from(values, everything, darkness, fives) or mesh
            if mesh is None or not _grid_like(
                mesh.templates, float(np.sqrt(mesh.area / mesh.found))
            ):
                continue
            worth = mesh.area / values.size * float(np.median(mesh.trust[mesh.trust > 0])) ** 2
            if lines:
                worth *= tuning.REPEATED_WORTH
            if worth > most:
                best, most = mesh, worth
            if mesh.found > tuning.ENOUGH_NODES:
                break
        if most > tuning.ENOUGH_WORTH:
            break
    return best


def joined(one: Mesh, other: Mesh, offset: tuple[int, int]) -> Mesh:
    """Make one mesh of two parts of a grid; the first crossing of the other lies `offset` on."""
    starts = np.minimum(offset, 0)
    shape = np.maximum(one.trust.shape, np.add(offset, other.trust.shape)) - starts
    nodes, trust = np.zeros((*shape, 6)), np.zeros(tuple(shape))
    for part, (row, column) in ((other, offset - starts), (one, -starts)):
        rows, columns = np.nonzero(part.trust)
        nodes[rows + row, columns + column] = part.nodes[rows, columns]
        trust[rows + row, columns + column] = part.trust[rows, columns]
    return replace(one, nodes=nodes, trust=trust)


def _grid_like(templates: NDArray[np.float64], period_px: float) -> bool:
    """Tell the course of a grid from that of other things with even lines."""
    return _lined(templates) and not _raster(templates, period_px)


def _lined(templates: NDArray[np.float64]) -> bool:
    """Tell thin lines in both directions from waves, as rows of text or of beats make them."""
    power = np.abs(np.fft.rfft(templates)) ** 2
    return bool(
        (power[:, 3:].sum(axis=1) > tuning.THIN_LINES_POWER * power[:, 1:].sum(axis=1)).all()
    )


def _raster(templates: NDArray[np.float64], period_px: float) -> bool:
    """Tell a screen's pixels, or moire, from a grid: lines a few pixels apart, none heavy."""
    power = (np.abs(np.fft.rfft(templates)) ** 2).sum(axis=0)
    power[0] = 0.0
    heavy = printed_lines(templates).heavy
    nearest = tuning.RASTER_PX * np.arange(len(power)) > period_px

    def all_alike(lines: int) -> bool:
        rest = tuning.HEAVY_REST if heavy and lines == LINES else tuning.RASTER_REST
        return bool(power[lines::lines].sum() > (1 - rest) * power.sum())

    return any(all_alike(int(lines)) for lines in np.flatnonzero(nearest))


def equal_lines(templates: NDArray[np.float64]) -> int:
    """Give the number of equal lines in a period that no grid of fives has; 0 for none."""
    power = (np.abs(np.fft.rfft(templates)) ** 2).sum(axis=0)
    power[0] = 0.0
    alike = [k for k in OTHER_NUMBERS if power[k::k].sum() > tuning.EQUAL_LINES_POWER * power.sum()]
    return max(alike, default=0)


def _grow_from(
    values: NDArray[np.float32],
    weights: NDArray[np.float32],
    darkness: NDArray[np.float32],
    seed: Seed,
) -> Mesh | None:
    """The mesh around a seed; None for a small one, and for what is no grid."""
    start = seed.center
    frame, profiles = _sharpest(values, weights, seed)
    for last in (False, True):
        heavy = np.array([heavy_line(profile) for profile in profiles]) / BINS
        start = start + (heavy - np.round(heavy)) @ frame
        templates = np.stack([_turned(p, h) for p, h in zip(profiles, heavy, strict=True)])
        nodes, trust = np.zeros((WIDEST, WIDEST, 6)), np.zeros((WIDEST, WIDEST))
        middle = WIDEST // 2
        nodes[middle, middle] = [*start, *frame.ravel()]
        trust[middle, middle] = 1e-3
        profiles = _grow(values, weights, nodes, trust, templates, 1)
        if np.count_nonzero(trust) < tuning.FEWEST_NODES:
            return None
        period_px = float(np.sqrt(abs(np.linalg.det(frame))))
        if not _grid_like(profiles, period_px):
            return None
        if not last:
            weights = ink_free(darkness, nodes, trust)
    nodes, trust = _in_half_steps(nodes, trust)
    _grow(values, weights, nodes, trust, templates, 2)
    if count_lines(values, weights, nodes, trust, templates, tuning.SURE_TRUST, tuning.HALF_REACH):
        _grow(values, weights, nodes, trust, templates, 2)
    rows, columns = np.nonzero(trust[::2, ::2])
    if len(rows) < tuning.FEWEST_NODES:
        return None
    box = tuple(slice(2 * k.min(), 2 * k.max() + 1, 2) for k in (rows, columns))
    whole = nodes[box].copy()
    whole[..., FRAME] *= 2
    return Mesh(whole, trust[box].copy(), templates, weights)


def _sharpest(
    values: NDArray[np.float32], weights: NDArray[np.float32], seed: Seed
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The (2, 2) frame near a seed's own in which lines stand out most, and their courses.

    Two periods from the center a period that is off by a twentieth blurs light lines altogether.
    """
    courses, stretches, leans = np.zeros((2, BINS)), np.ones(2), np.zeros(2)
    for stretch, lean in product(tuning.SEED_STRETCHES, tuning.SEED_LEANS):
        tried = stretch * (seed.frame + lean * seed.frame[::-1]) / (1 - lean**2)
        profiles = np.zeros((2, BINS))
        place = np.concatenate([seed.center, tried.ravel()])
        fold_window(values, weights, place, tuning.SEED_REACH, LINK_EVERY, profiles)
        for axis in (0, 1):
            if np.square(profiles[axis]).sum() > np.square(courses[axis]).sum():
                courses[axis], stretches[axis], leans[axis] = profiles[axis], stretch, lean
    # How far lines lie apart is along their own direction, how they lean along the other.
    leaning = seed.frame + leans[::-1, None] * seed.frame[::-1]
    return stretches[:, None] * leaning, courses


def _grow(
    values: NDArray[np.float32],
    weights: NDArray[np.float32],
    nodes: NDArray[np.float64],
    trust: NDArray[np.float64],
    templates: NDArray[np.float64],
    parts: int,
) -> NDArray[np.float64]:
    """Link the nodes of a lattice with so many for each period; gives the mean course."""
    reach, least_matches, warps = (
        (tuning.WHOLE_REACH, tuning.WHOLE_MATCHES, UNWARPED)
        if parts == 1
        else (tuning.HALF_REACH, tuning.HALF_MATCHES, leans_and_stretches())
    )
    return grow_mesh(
        values,
        weights,
        nodes,
        trust,
        templates,
        make_search(reach, LINK_EVERY, tuning.LINK_SHIFT, warps),
        np.array(least_matches),
        tuning.LINK_SEEN,
        tuning.SLOPE_RIDGE,
        parts,
    )


def make_search(reach: float, every: int, most: float, warps: NDArray[np.float64]) -> Search:
    """Say how crossings are sought; see `Search`."""
    least, beyond = tuning.WARPED_MATCHES
    return Search(
        reach, every, most, tuning.SHIFT_STIFFNESS, warps, least, beyond, tuning.WARP_COST
    )


def leans_and_stretches() -> NDArray[np.float64]:
    """(K, 2) how lines may lean off the lattice, and how much farther apart they may lie."""
    steps = sorted((*tuning.WARPS, *(-step for step in tuning.WARPS)))
    return np.array([(step, 0.0) for step in steps] + [(0.0, step) for step in steps])


def _in_half_steps(
    nodes: NDArray[np.float64], trust: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A lattice of half periods: what is sure, and the middles between, to be linked anew.

    In half steps a lattice follows creases that whole ones take the wrong way round: what bends
    within a step moves a crossing by a quarter as much.
    """
    sure = np.where(trust > tuning.SURE_TRUST, trust, 0.0)
    fine = np.zeros((2 * nodes.shape[0], 2 * nodes.shape[1], 6))
    known = np.zeros(fine.shape[:2])
    fine[::2, ::2], known[::2, ::2] = nodes, sure
    fine[::2, ::2, FRAME] /= 2
    for one, middle, other in (
        (np.s_[:-2:2, ::2], np.s_[1:-1:2, ::2], np.s_[2::2, ::2]),
        (np.s_[:, :-2:2], np.s_[:, 1:-1:2], np.s_[:, 2::2]),
    ):
        fine[middle] = (fine[one] + fine[other]) / 2
        known[middle] = np.minimum(known[one], known[other])
    return fine, known


def heavy_line(profile: NDArray[np.float64]) -> float:
    """Place (bins) of the line that stands out of the five in a period; the darkest of few."""
    step = len(profile) // 5
    folded = profile.reshape(5, step).mean(axis=0)
    line = int(np.argmax(profile)) % step
    if folded[line] < 0.5 * folded.max():
        return _highest(profile, int(np.argmax(profile)))
    heights = np.array(
        [
            profile[np.arange(k * step + line - 1, k * step + line + 2) % len(profile)].max()
            for k in range(5)
        ]
    )
    odd = int(np.argmax(np.abs(heights - np.median(heights))))
    return _highest(profile, odd * step + line)


class PrintedLines(NamedTuple):
    """Whether light lines are seen between the heavy ones, and whether heavy ones differ."""

    light: bool
    heavy: bool


def printed_lines(templates: NDArray[np.float64]) -> PrintedLines:
    """Tell which lines the (N, BINS) mean courses of a grid show."""
    step = templates.shape[1] // 5
    light = heavy = False
    for template in templates:
        lines = template[::step]
        gaps = template[step // 2 :: step]
        contrast = float(np.ptp(template))
        others = lines[1:]
        light |= bool(
            (others - np.maximum(gaps[:-1], gaps[1:])).min() > tuning.LINE_CONTRAST * contrast
        )
        heavy |= bool(
            abs(lines[0] - others.mean()) > tuning.LINE_CONTRAST * contrast + np.ptp(others)
        )
    return PrintedLines(light, heavy)


def _highest(profile: NDArray[np.float64], near: int) -> float:
    """The vertex of the parabola through the highest bin around one and its neighbors."""
    count = len(profile)
    top = max(range(near - 2, near + 3), key=lambda k: profile[k % count])
    return top + float(summit(*(profile[(top + k) % count] for k in (-1, 0, 1))))


def _turned(profile: NDArray[np.float64], start: float) -> NDArray[np.float64]:
    """A periodic course, read from a place (periods) on."""
    place = (np.arange(len(profile)) + start * len(profile)) % len(profile)
    around = np.append(profile, profile[0])
    return np.asarray(np.interp(place, np.arange(len(around)), around))
