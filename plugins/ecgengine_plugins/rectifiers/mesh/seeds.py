"""Find where a grid shows, its two directions and its period, from spectra of patches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.paper.peaks import maxima, summit
from ecgengine_plugins.rectifiers.mesh import tuning

TURN_BINS = 30


@dataclass(frozen=True, slots=True)
class Patches:
    """Spectra of overlapping patches of a picture.

    Attributes:
        centers: (N, 2) x and y of their centers, pixels.
        prominence: (N, side, side // 2 + 1) float32, how far the log power stands out of its
            surroundings; frequency (column / side, (row - side // 2) / side).
    """

    centers: NDArray[np.float64]
    prominence: NDArray[np.float32]

    @property
    def side(self) -> int:
        """Rows of a spectrum."""
        return int(self.prominence.shape[1])

    def at(
        self, patches: NDArray[np.intp], frequencies: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Prominence (K, P) in K patches at (K, P, 2) frequencies (x, y) within a circle, bins."""
        half = np.where(frequencies[..., :1] < 0, -1.0, 1.0) * frequencies + [0, self.side // 2]
        whole = half.astype(np.intp)
        right, down = (half - whole).transpose(2, 0, 1)
        columns, rows = whole.transpose(2, 0, 1)
        start = (patches[:, None] * self.side + rows) * self.prominence.shape[2] + columns
        flat = self.prominence.ravel()
        above, below = (
            (1 - right) * flat[first] + right * flat[first + 1]
            for first in (start, start + self.prominence.shape[2])
        )
        return np.asarray((1 - down) * above + down * below)


@dataclass(frozen=True, slots=True)
class Seed:
    """A patch in which both families of lines are clear.

    Attributes:
        center: (x, y) pixels.
        frame: (2, 2) rows: one period along the first and along the second direction, pixels.
        score: how clear they are.
    """

    center: NDArray[np.float64]
    frame: NDArray[np.float64]
    score: float


def find_seeds(
    values: NDArray[np.float32], free: NDArray[np.bool_] | None = None
) -> list[list[Seed]]:
    """Find patches of (H, W) gridness that show a square grid, the clearest first.

    There are several hypotheses of the grid's period, each with its own list, the likeliest first.
    Only patches that are mostly `free`, an (H, W) mask, are looked at.
    """
    patches = cut_patches(values, free)
    peaks = find_peaks(patches)
    crosses = cross_peaks(peaks)
    if not crosses.scores.size:
        return []
    rays = find_rays(peaks, crosses, common_turn(crosses))
    scores = comb_scores(patches, rays)
    votes = np.clip(scores, 0.0, None).sum(axis=(0, 1))
    votes = cv2.GaussianBlur(votes[None], (0, 0), 0.06 / FUNDAMENTAL_STEP)[0]
    likely = _likely(votes, patches.side / FUNDAMENTALS, max(values.shape))
    summits = maxima(likely)
    best = summits[np.argsort(-likely[summits])][: tuning.HYPOTHESES].tolist()
    # Lines as near as light ones are may be all that is clear.
    fine = int(np.argmax(np.where(patches.side / FUNDAMENTALS < tuning.FINE_PX, votes, 0.0)))
    best.append(max(0, fine - FIFTH))
    return [_seeds_near(patches, rays, scores, common) for common in best]


def _seeds_near(
    patches: Patches, rays: NDArray[np.float64], scores: NDArray[np.float64], common: int
) -> list[Seed]:
    """The seeds of one hypothesis: the best fundamental of each patch near the common one."""
    steps = (np.arange(len(FUNDAMENTALS)) - common) * FUNDAMENTAL_STEP
    near = scores * np.exp(-0.5 * (steps / tuning.SCALE_SPREAD) ** 2)
    best, height = near.argmax(axis=-1), near.max(axis=-1).min(axis=-1)
    clear = np.flatnonzero(np.isfinite(rays[:, 0]))
    clear = clear[np.argsort(-height[clear], kind="stable")]
    directions = np.stack([np.cos(rays[clear]), np.sin(rays[clear])], axis=-1)
    waves = FUNDAMENTALS[best[clear], None] * directions
    frames = np.linalg.inv(waves / patches.side).transpose(0, 2, 1)
    centers, scores_there = patches.centers[clear], height[clear].tolist()
    return [Seed(*seed) for seed in zip(centers, frames, scores_there, strict=True)]


def _likely(
    votes: NDArray[np.float64], periods_px: NDArray[np.float64], side_px: float
) -> NDArray[np.float64]:
    """How likely each period is that of five millimeters, given votes for all periods.

    Light lines at a fifth of it speak for a period, a page of unusual size against it.
    """
    light = np.concatenate([votes[FIFTH:], np.zeros(FIFTH)])
    side_mm = 5 * side_px / periods_px
    odd = np.log(np.maximum(tuning.SMALLEST_MM / side_mm, side_mm / tuning.LARGEST_MM))
    return (votes + 0.5 * light) * np.exp(-0.5 * (np.maximum(odd, 0.0) / tuning.ODD_SPREAD) ** 2)


def cut_patches(values: NDArray[np.float32], free: NDArray[np.bool_] | None = None) -> Patches:
    """Take the spectra of all patches of (H, W) gridness that are mostly free."""
    side = tuning.PATCH_PX
    height, width = values.shape
    if min(height, width) < side:
        values = np.pad(values, ((0, max(0, side - height)), (0, max(0, side - width))))
        height, width = values.shape
    across = max(1, round((width - side) / tuning.PATCH_STEP_PX) + 1)
    down = max(1, round((height - side) / tuning.PATCH_STEP_PX) + 1)
    window = np.hanning(side).astype(np.float32)
    taper = window[:, None] * window[None, :]
    corners = [
        (left, top)
        for top in np.linspace(0, height - side, down).astype(int)
        for left in np.linspace(0, width - side, across).astype(int)
        if free is None or free[top : top + side, left : left + side].mean() > tuning.FREE_SHARE
    ]
    spectra = np.empty((len(corners), side, side // 2 + 1), np.float32)
    for k, (left, top) in enumerate(corners):
        patch = values[top : top + side, left : left + side] * taper
        waves = cv2.dft(patch, flags=cv2.DFT_COMPLEX_OUTPUT)[:, : side // 2 + 1]
        power = np.fft.fftshift(waves[..., 0] ** 2 + waves[..., 1] ** 2, axes=0)
        level = cv2.log(power + 1e-6 * power.mean() + 1e-3)
        spectra[k] = level - cv2.blur(level, (25, 25), borderType=cv2.BORDER_REFLECT)
    centers = np.array(corners, dtype=np.float64).reshape(-1, 2) + (side - 1) / 2
    return Patches(centers, spectra)


class Peaks(NamedTuple):
    """The P most prominent peaks of N spectra, NaN for none.

    Attributes:
        frequencies: (N, P, 2) x and y, bins.
        prominence: (N, P) how far they stand out.
    """

    frequencies: NDArray[np.float64]
    prominence: NDArray[np.float64]


def find_peaks(patches: Patches) -> Peaks:
    """Find the most prominent peaks of each patch."""
    side, spectra = patches.side, patches.prominence
    high = np.flatnonzero(spectra > tuning.PROMINENT_NATS)
    tops = np.array([cv2.dilate(spectrum, np.ones((5, 5), np.uint8)) for spectrum in spectra])
    high = high[spectra.ravel()[high] == tops.ravel()[high]]
    patch, rows, columns = np.unravel_index(high, spectra.shape)
    keep = (rows > 0) & (rows < side - 1) & (columns < side // 2)
    keep &= np.hypot(columns, rows - side // 2) >= tuning.LEAST_PEAK_BINS
    patch, rows, columns = patch[keep], rows[keep], columns[keep]
    here, above, below = (spectra[patch, rows + step, columns] for step in (0, -1, 1))
    # The spectrum of a real picture goes on point-symmetrically to the left of frequency 0.
    mirrored = np.where(columns > 0, rows, (side - rows) % side)
    left = spectra[patch, mirrored, np.abs(columns - 1)]
    x = columns + summit(left, here, spectra[patch, rows, columns + 1])
    y = rows - side // 2 + summit(above, here, below)
    surest = np.lexsort((-here, patch))
    rank = np.arange(len(patch)) - np.searchsorted(patch, patch)
    few = rank < tuning.PATCH_PEAKS
    kept, place = surest[few], (patch[few], rank[few])
    frequencies = np.full((len(spectra), tuning.PATCH_PEAKS, 2), np.nan)
    prominence = np.full(frequencies.shape[:2], np.nan)
    frequencies[place], prominence[place] = np.stack([x, y], axis=1)[kept], here[kept]
    return Peaks(frequencies, prominence)


@dataclass(frozen=True, slots=True)
class Crosses:
    """Pairs of peaks of one patch that stand for both families of lines, of like period.

    Attributes:
        patches: (K,) the patch of each.
        waves: (K, 2, 2) their frequencies (x, y) in bins; rightward first, then downward.
        scores: (K,) prominence of the weaker peak.
    """

    patches: NDArray[np.intp]
    waves: NDArray[np.float64]
    scores: NDArray[np.float64]

    @property
    def turns(self) -> NDArray[np.float64]:
        """(K,) angle of the first family's direction, radians, -pi/4 to pi/4."""
        return np.asarray(np.arctan2(self.waves[:, 0, 1], self.waves[:, 0, 0]))

    @property
    def sizes(self) -> NDArray[np.float64]:
        """(K,) geometric mean of both frequencies."""
        return np.asarray(np.sqrt(np.linalg.norm(self.waves, axis=2).prod(axis=1)))


def cross_peaks(peaks: Peaks) -> Crosses:
    """List all pairs of peaks of a patch that cross at nearly right angles and are alike."""
    (x, y), height = peaks.frequencies.transpose(2, 0, 1), peaks.prominence
    level = np.abs(x) >= np.abs(y)
    frequencies = peaks.frequencies * np.sign(np.where(level, x, y))[..., None]
    size = np.hypot(x, y)
    apart = np.abs(np.log(size[:, :, None] / size[:, None]))
    # Frequencies of period vectors at right angles are at right angles themselves.
    slant = frequencies @ frequencies.transpose(0, 2, 1) / (size[:, :, None] * size[:, None])
    crossing = level[:, :, None] & ~level[:, None] & (apart <= np.log(tuning.MOST_UNEQUAL))
    crossing &= np.abs(slant) <= np.sin(np.radians(tuning.RIGHT_ANGLE_DEG))
    patch, first, second = np.nonzero(crossing)
    pairs = np.stack([first, second], axis=1)
    # Where crisp lines cross, weaker waves run aslant; clipped lower they would seem alike.
    scores = (
        np.minimum(height[patch[:, None], pairs].min(axis=1), tuning.MOST_PEAK_NATS)
        - tuning.PROMINENT_NATS
    )
    return Crosses(patch, frequencies[patch[:, None], pairs], scores)


def common_turn(crosses: Crosses) -> float:
    """The angle of the first family that most crosses share, radians."""
    place = np.floor((crosses.turns / (np.pi / 2) + 0.5) * TURN_BINS).astype(int) % TURN_BINS
    votes = np.bincount(place, crosses.scores, TURN_BINS)
    around = votes + 0.7 * (np.roll(votes, 1) + np.roll(votes, -1))
    return float(((np.argmax(around) + 0.5) / TURN_BINS - 0.5) * np.pi / 2)


def find_rays(peaks: Peaks, crosses: Crosses, turn: float) -> NDArray[np.float64]:
    """(N, 2) angles of both families in every patch, radians; NaN where none is near `turn`."""
    away = np.abs((crosses.turns - turn + np.pi / 4) % (np.pi / 2) - np.pi / 4)
    scores = crosses.scores * np.sqrt(crosses.sizes)
    near = np.flatnonzero((away < np.radians(tuning.MOST_TURN_DEG)) & (scores > 0))
    # The last one written is the best.
    best = near[np.argsort(scores[near], kind="stable")]
    rays = np.full((len(peaks.prominence), 2), np.nan)
    rays[crosses.patches[best]] = np.arctan2(crosses.waves[best, :, 1], crosses.waves[best, :, 0])
    x, y = peaks.frequencies.transpose(2, 0, 1)[:, :, None]
    height = peaks.prominence[:, None]
    c, s = np.cos(rays)[..., None], np.sin(rays)[..., None]
    along, off = c * x + s * y, c * y - s * x
    on = np.abs(off) < 1.0 + 0.02 * np.abs(along)
    weight = np.where(on, height * np.abs(along), 0.0)
    turned = (weight * np.where(on, off, 0.0) / np.where(on, along, 1.0)).sum(axis=-1)
    return np.asarray(rays + turned / np.where(on.any(axis=-1), weight.sum(axis=-1), 1.0))


RADIUS_STEP = 0.25
FUNDAMENTAL_STEP = 0.005
FUNDAMENTALS = np.exp(np.arange(np.log(2.4), np.log(80.0), FUNDAMENTAL_STEP))
FIFTH = round(float(np.log(5)) / FUNDAMENTAL_STEP)


def comb_scores(patches: Patches, rays: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 2, F) how well combs of each fundamental fit the spectrum along both rays."""
    radii = np.arange(0, patches.side / 2 - 2, RADIUS_STEP)
    courses = np.zeros((len(rays), 2, len(radii)))
    clear = np.flatnonzero(np.isfinite(rays[:, 0]))
    for axis in (0, 1):
        ray = np.stack([np.cos(rays[clear, axis]), np.sin(rays[clear, axis])], axis=-1)
        seen = patches.at(clear, radii[:, None] * ray[:, None])
        courses[clear, axis] = np.clip(seen - 1.0, 0.0, tuning.MOST_TOOTH_NATS)
    courses[..., radii < 1.9] = 0
    # One large product is six times as fast as one for each patch.
    scores = courses.reshape(-1, len(radii)) @ _combs(len(radii))
    return np.asarray(scores.reshape(len(rays), 2, -1))


@lru_cache
def _combs(count: int) -> NDArray[np.float64]:
    """(count, F) combs over radii: teeth at multiples of a fundamental, less what lies between."""
    comb = np.zeros((count, len(FUNDAMENTALS)))
    for column, fundamental in enumerate(FUNDAMENTALS):
        order = np.arange(0.5, (count - 2) * RADIUS_STEP / fundamental, 0.5)
        order = order[: 2 * 24]
        place = order * fundamental / RADIUS_STEP
        sign = np.where(order % 1 == 0, 1.0, -1.0) / max(1, len(order) // 2) ** 0.3
        low = place.astype(int)
        np.add.at(comb[:, column], low, sign * (1 - place + low))
        np.add.at(comb[:, column], low + 1, sign * (place - low))
    return comb
