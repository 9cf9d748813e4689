"""Grid crossings on curved paper: measured in small windows, and linked from neighbor to neighbor.

A window is read in the grid's own directions and folded over one period, so that a few dozen
numbers tell where its lines lie, whatever ink crosses it.
"""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.jit import kernel

# Steps of a period to which the places of pixels are rounded.
FINE = 256
# A node is not sought twice within this distance, periods.
SAME_PLACE = 0.02
# Columns of a node (x, y, ax, ay, bx, by): its place, and one period along either direction.
PLACE, ALONG, DOWN, FRAME = np.s_[:2], np.s_[2:4], np.s_[4:6], np.s_[2:6]


class Search(NamedTuple):
    """How crossings are sought.

    Attributes:
        reach: half width of a window, periods.
        every: 1 to look at all pixels, 2 for one color of a chessboard.
        most: largest shift that is looked for, periods.
        stiffness: how much correlation a shift of one period must be worth.
        warps: (K, 2) by how much of a period in a period lines may lean off the lattice, and by
            how much they may lie farther apart; tried where they match poorly.
        least_warped: no warp is tried where lines match less.
        most_warped: nor where they match better.
        warp_cost: how much correlation a warp of one must be worth.
    """

    reach: float
    every: int
    most: float
    stiffness: float
    warps: NDArray[np.float64]
    least_warped: float
    most_warped: float
    warp_cost: float


class Found(NamedTuple):
    """What was found at K expected crossings, (K, 2) for the lines of either direction.

    Attributes:
        shifts: (K, 2) how far along either direction, periods.
        matches: (K, 2) correlations with the templates.
        leans: (K, 2) how the lines of either correlation lean.
        stretches: (K, 2) how much farther apart they lie.
        seen: (K,) share of the window that was seen.
        contrasts: (K,) contrast of the fainter lines.
    """

    shifts: NDArray[np.float64]
    matches: NDArray[np.float64]
    leans: NDArray[np.float64]
    stretches: NDArray[np.float64]
    seen: NDArray[np.float64]
    contrasts: NDArray[np.float64]


@kernel
def fold_window(
    values: NDArray[np.float32],
    weights: NDArray[np.float32],
    place: NDArray[np.float64],
    reach: float,
    every: int,
    profiles: NDArray[np.float64],
) -> float:
    """Fold a window over one period along both directions of a lattice.

    The window is a product of two bells that reach `reach` periods from its center.

    Args:
        values: (H, W) gridness.
        weights: (H, W) how much a pixel counts, 0 to 1.
        place: (6,) x and y of the window's center, and one period along either direction of the
            lattice (ax, ay, bx, by), pixels.
        reach: half width of the window, periods.
        every: 1 to look at all pixels, 2 for one color of a chessboard.
        profiles: (2, N) filled with the weighted mean of the values over one period, from the
            center on; a pixel's place counts to 1 / 256 of a period, linear between bins.

    Returns:
        The share of the window's weight that lies on the picture and counts, 0 to 1.
    """
    height, width = values.shape
    x, y, ax, ay, bx, by = place[0], place[1], place[2], place[3], place[4], place[5]
    determinant = ax * by - ay * bx
    sx, sy = by / determinant, -bx / determinant
    tx, ty = -ay / determinant, ax / determinant
    extent_x = reach * (abs(ax) + abs(bx))
    extent_y = reach * (abs(ay) + abs(by))
    left, right = max(0, int(np.ceil(x - extent_x))), min(width - 1, int(x + extent_x))
    top, bottom = max(0, int(np.ceil(y - extent_y))), min(height - 1, int(y + extent_y))
    # Adding to fine steps without sharing between them, then to bins, is more than twice as fast.
    sums = np.zeros((2, FINE))
    norms = np.zeros((2, FINE))
    share = 1.0 / reach
    # Whole periods that make every place positive, so that cutting rounds down.
    ahead = np.ceil(reach) + 1.0
    for row in range(top, bottom + 1):
        first_s, first_t = sx * (left - x) + sy * (row - y), tx * (left - x) + ty * (row - y)
        low, high = 0.0, float(right - left)
        for first, step in ((first_s, sx), (first_t, tx)):
            if abs(step) > 1e-12:
                one, other = (-reach - first) / step, (reach - first) / step
                low, high = max(low, min(one, other)), min(high, max(one, other))
            elif abs(first) >= reach:
                high = -1.0
        start = int(np.ceil(low))
        start += (start + left + row) % every
        for column in range(start, int(high) + 1, every):
            s = first_s + sx * column
            t = first_t + tx * column
            u, v = s * share, t * share
            weight = weights[row, left + column] * ((1 - u * u) * (1 - v * v)) ** 2
            value = weight * values[row, left + column]
            i = int((s + ahead) * FINE) % FINE
            j = int((t + ahead) * FINE) % FINE
            sums[0, i] += value
            norms[0, i] += weight
            sums[1, j] += value
            norms[1, j] += weight
    total = _fill_profiles(sums, norms, profiles)
    whole = abs(determinant) * (16.0 / 15.0 * reach) ** 2
    return float(every * total / whole)


@kernel
def _fill_profiles(
    sums: NDArray[np.float64], norms: NDArray[np.float64], profiles: NDArray[np.float64]
) -> float:
    """Share (2, FINE) sums between the bins of both profiles; gives the sum of all weights."""
    total = norms[0].sum()
    count = profiles.shape[1]
    floor = 1e-3 * total / count + 1e-9
    for axis in range(2):
        mean = sums[axis].sum() / max(total, 1e-9)
        course = np.zeros(count + 1)
        norm = np.zeros(count + 1)
        for step in range(FINE):
            bins = (step + 0.5) * count / FINE
            k = int(bins)
            part = bins - k
            course[k] += (1 - part) * sums[axis, step]
            course[k + 1] += part * sums[axis, step]
            norm[k] += (1 - part) * norms[axis, step]
            norm[k + 1] += part * norms[axis, step]
        course[0] += course[count]
        norm[0] += norm[count]
        for k in range(count):
            profiles[axis, k] = course[k] / norm[k] - mean if norm[k] > floor else 0.0
    return float(total)


@kernel
def _shift(
    profile: NDArray[np.float64], template: NDArray[np.float64], most: float, stiffness: float
) -> tuple[float, float]:
    """By how much a profile lies after its template, periods, and their correlation there."""
    count = profile.size
    norm = np.sqrt((profile**2).sum() * (template**2).sum()) + 1e-12
    farthest = min(int(most * count), count // 2 - 1)
    size = 2 * farthest + 3
    course = np.empty(size)
    around = np.concatenate((profile, profile, profile))
    best = 1
    best_score = -np.inf
    for index in range(size):
        lag = index - farthest - 1
        total = 0.0
        for k in range(count):
            total += around[count + lag + k] * template[k]
        course[index] = total / norm
        score = course[index] - stiffness * (lag / count) ** 2
        if 0 < index < size - 1 and score > best_score:
            best, best_score = index, score
    before, here, after = course[best - 1], course[best], course[best + 1]
    bend = before - 2 * here + after
    part = 0.5 * (before - after) / bend if bend < -1e-12 else 0.0
    part = min(max(part, -0.5), 0.5)
    return (best - farthest - 1 + part) / count, here


@kernel
def _nothing_found(count: int) -> Found:
    pairs, single = np.zeros((4, count, 2)), np.zeros((2, count))
    return Found(pairs[0], pairs[1], pairs[2], pairs[3], single[0], single[1])


@kernel
def _measure_node(
    values: NDArray[np.float32],
    weights: NDArray[np.float32],
    place: NDArray[np.float64],
    templates: NDArray[np.float64],
    search: Search,
    profiles: NDArray[np.float64],
    found: Found,
    k: int,
) -> None:
    """Measure a crossing as `measure_nodes` does, into row `k`; `profiles` gets its courses."""
    found.seen[k] = fold_window(values, weights, place, search.reach, search.every, profiles)
    shifts, matches = found.shifts[k], found.matches[k]
    for axis in range(2):
        shifts[axis], matches[axis] = _shift(
            profiles[axis], templates[axis], search.most, search.stiffness
        )
        found.leans[k, axis] = found.stretches[k, axis] = 0.0
    if search.least_warped < matches.min() < search.most_warped:
        # Lines off the lattice are blurred in its window. Both families are tried at once; the
        # period of leaning ones, measured along the other's old direction, stays.
        warped = place.copy()
        tried = np.zeros_like(profiles)
        worth = matches.copy()
        for lean, stretch in search.warps:
            scale = (1 + stretch) / (1 - lean * lean)
            warped[ALONG] = scale * (place[ALONG] + lean * place[DOWN])
            warped[DOWN] = scale * (place[DOWN] + lean * place[ALONG])
            fold_window(values, weights, warped, search.reach, search.every, tried)
            for axis in range(2):
                shift, match = _shift(tried[axis], templates[axis], search.most, search.stiffness)
                value = match - search.warp_cost * (lean * lean + stretch * stretch)
                if value > worth[axis]:
                    worth[axis] = value
                    shifts[axis], matches[axis] = shift * (1 + stretch), match
                    found.leans[k, axis], found.stretches[k, axis] = lean, stretch
                    profiles[axis] = tried[axis]
    found.contrasts[k] = np.sqrt(min((profiles[0] ** 2).mean(), (profiles[1] ** 2).mean()))


@kernel
def _predict(
    nodes: NDArray[np.float64],
    trust: NDArray[np.float64],
    row: int,
    column: int,
    ridge: float,
    place: NDArray[np.float64],
) -> float:
    """Extend the plane through the known nodes around one; gives the weight of what is known.

    The plane's slopes are drawn to those of the known nodes by `ridge`.
    """
    rows, columns = trust.shape
    total = 0.0
    slopes = np.zeros(4)
    gram = np.zeros((3, 3))
    right = np.zeros((3, 2))
    for r in range(max(0, row - 1), min(rows, row + 2)):
        for c in range(max(0, column - 1), min(columns, column + 2)):
            if trust[r, c] <= 0:
                continue
            i, j = float(c - column), float(r - row)
            weight = trust[r, c] / (i * i + j * j + 0.5)
            total += weight
            for k in range(4):
                slopes[k] += weight * nodes[r, c, 2 + k]
            line = (1.0, i, j)
            for p in range(3):
                for q in range(3):
                    gram[p, q] += weight * line[p] * line[q]
                for axis in range(2):
                    right[p, axis] += weight * line[p] * nodes[r, c, axis]
    if total <= 0:
        return 0.0
    slopes /= total
    for p in range(2):
        gram[1 + p, 1 + p] += ridge
        for axis in range(2):
            right[1 + p, axis] += ridge * slopes[2 * p + axis]
    _solve(gram, right)
    for axis in range(2):
        place[axis] = right[0, axis]
        place[2 + axis] = right[1, axis]
        place[4 + axis] = right[2, axis]
    return total


@kernel
def _solve(matrix: NDArray[np.float64], right: NDArray[np.float64]) -> None:
    """Replace (N, M) right sides by the solution for a positive definite (N, N) matrix."""
    size = matrix.shape[0]
    for p in range(size):
        for q in range(p + 1, size):
            factor = matrix[q, p] / matrix[p, p]
            matrix[q] -= factor * matrix[p]
            right[q] -= factor * right[p]
    for p in range(size - 1, -1, -1):
        for q in range(p + 1, size):
            right[p] -= matrix[p, q] * right[q]
        right[p] /= matrix[p, p]


@kernel
def _push_around(
    queue: list[tuple[float, int, int]],
    nodes: NDArray[np.float64],
    trust: NDArray[np.float64],
    row: int,
    column: int,
    ridge: float,
    place: NDArray[np.float64],
) -> None:
    """Queue the unknown neighbors of a known node, first those with most known around them."""
    rows, columns = trust.shape
    for r, c in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
        if 0 <= r < rows and 0 <= c < columns and trust[r, c] <= 0:
            near = _predict(nodes, trust, r, c, ridge, place)
            heapq.heappush(queue, (-trust[row, column] * near, r, c))


@kernel
def grow_mesh(
    values: NDArray[np.float32],
    weights: NDArray[np.float32],
    nodes: NDArray[np.float64],
    trust: NDArray[np.float64],
    templates: NDArray[np.float64],
    search: Search,
    least_matches: NDArray[np.float64],
    least_seen: float,
    ridge: float,
    parts: int,
) -> NDArray[np.float64]:
    """Link grid crossings outward from those known, the surest first.

    A crossing is expected where its known neighbors point to, and taken where both families of
    lines are like their templates within a small shift. One that is not is tried again when what
    is known around it points elsewhere, or in a round that asks for less. Quality-guided
    unwrapping: D. Ghiglia and M. Pritt, "Two-Dimensional Phase Unwrapping", 1998.

    Args:
        values: (H, W) gridness.
        weights: (H, W) how much a pixel counts.
        nodes: (R, C, 6) changed in place: x, y and one step of the lattice along either direction,
            pixels.
        trust: (R, C) changed in place: 0 for unknown nodes, else the lower of both correlations.
        templates: (2, N) mean course of gridness over a period, the crossing at 0.
        search: how crossings are sought.
        least_matches: (L,) lowest correlation of a node that is taken, one round after the other.
        least_seen: smallest share of the window that must be seen.
        ridge: pull of a plane's slopes towards its neighbors' slopes.
        parts: nodes for each period, the node (0, 0) on a crossing.

    Returns:
        (2, N) the mean course over all nodes that were taken.
    """
    height, width = values.shape
    count = templates.shape[1]
    profiles, turned = np.zeros_like(templates), np.zeros_like(templates)
    course = np.zeros_like(templates)
    place = np.zeros(6)
    found = _nothing_found(1)
    # Where each node was last sought in vain, and how well the lines there matched.
    sought, failed = np.full((*trust.shape, 2), np.inf), np.full(trust.shape, np.inf)
    for least in least_matches:
        queue = [(0.0, -1, -1)]
        for row, column in np.argwhere(trust > 0):
            _push_around(queue, nodes, trust, row, column, ridge, place)
        while len(queue) > 0:
            _, row, column = heapq.heappop(queue)
            if row < 0 or trust[row, column] > 0:
                continue
            known = _predict(nodes, trust, row, column, ridge, place)
            if known <= 0 or not (0 <= place[0] < width and 0 <= place[1] < height):
                continue
            moved = np.abs(place[PLACE] - sought[row, column]).sum()
            near = SAME_PLACE * np.abs(place[ALONG]).sum() * parts
            if failed[row, column] < least and moved < near:
                continue
            place[FRAME] *= parts
            starts = column % parts * count // parts, row % parts * count // parts
            for axis in range(2):
                turned[axis] = np.roll(templates[axis], -starts[axis])
            _measure_node(values, weights, place, turned, search, profiles, found, 0)
            match = found.matches.min() if found.seen[0] >= least_seen else -1.0
            if match < least:
                sought[row, column] = place[PLACE]
                failed[row, column] = match
                continue
            _take_node(nodes[row, column], place, found, parts)
            trust[row, column] = match
            for axis in range(2):
                turn = int(np.floor(found.shifts[0, axis] * count + 0.5)) - starts[axis]
                size = np.sqrt((profiles[axis] ** 2).sum()) + 1e-12
                course[axis] += match * np.roll(profiles[axis], -turn) / size
            _push_around(queue, nodes, trust, row, column, ridge, place)
    return course


@kernel
def _take_node(
    node: NDArray[np.float64], place: NDArray[np.float64], found: Found, parts: int
) -> None:
    """Fill in a node that was found near its expected place."""
    shifts, leans, stretches = found.shifts[0], found.leans[0], found.stretches[0]
    along, down = place[ALONG] / parts, place[DOWN] / parts
    node[PLACE] = place[PLACE] + shifts[0] * place[ALONG] + shifts[1] * place[DOWN]
    node[ALONG] = (1 + stretches[0]) * (along + leans[1] * down)
    node[DOWN] = (1 + stretches[1]) * (down + leans[0] * along)


@kernel
def measure_nodes(
    values: NDArray[np.float32],
    weights: NDArray[np.float32],
    places: NDArray[np.float64],
    templates: NDArray[np.float64],
    search: Search,
) -> Found:
    """Measure how far grid crossings lie from where they are expected, and how warped there.

    Args:
        values: (H, W) gridness.
        weights: (H, W) how much a pixel counts.
        places: (K, 6) expected x and y, and one period along either direction (ax, ay, bx, by).
        templates: (2, N) mean course over a period, the crossing at 0.
        search: how they are sought.
    """
    found = _nothing_found(places.shape[0])
    profiles = np.zeros_like(templates)
    for k in range(places.shape[0]):
        _measure_node(values, weights, places[k], templates, search, profiles, found, k)
    return found


@kernel
def mean_courses(
    values: NDArray[np.float32],
    weights: NDArray[np.float32],
    places: NDArray[np.float64],
    starts: NDArray[np.int64],
    reach: float,
    bins: int,
) -> NDArray[np.float64]:
    """The mean course over a period at many nodes of a lattice, each as strong as the others.

    Args:
        values: (H, W) gridness.
        weights: (H, W) how much a pixel counts.
        places: (K, 6) x and y, and one period along either direction (ax, ay, bx, by).
        starts: (K, 2) where in the period each node lies, bins.
        reach: half width of a window, periods.
        bins: parts of a period.

    Returns:
        (2, bins) float64, from the crossing on.
    """
    courses = np.zeros((2, bins))
    profiles = np.zeros((2, bins))
    for node in range(places.shape[0]):
        fold_window(values, weights, places[node], reach, 1, profiles)
        for axis in range(2):
            size = np.sqrt((profiles[axis] ** 2).sum()) + 1e-12
            for k in range(bins):
                courses[axis, (k + starts[node, axis]) % bins] += profiles[axis, k] / size
    return courses


@kernel
def _add_square(
    band: NDArray[np.float64], places: NDArray[np.int64], signs: NDArray[np.float64], weight: float
) -> None:
    """Add weight * (sum of signs * unknowns)**2 to a banded normal matrix."""
    for p in range(places.size):
        for q in range(places.size):
            if places[q] <= places[p]:
                band[places[q], places[p] - places[q]] += weight * signs[p] * signs[q]


@kernel
def _solve_banded(band: NDArray[np.float64], right: NDArray[np.float64]) -> None:
    """Replace (N, K) right sides by the solution for a positive definite banded matrix.

    Element (j + d, j) of the matrix is band[j, d]; it is replaced by its Cholesky factor.
    """
    count, width = band.shape
    for j in range(count):
        # A row stays at hand while those above it, two at a time, are taken from it.
        row = band[j]
        d = min(j, width - 1)
        while d > 1:
            one, other = band[j - d, d:], band[j - d + 1, d - 1 :]
            first, second = one[0], other[0]
            for k in range(one.size):
                row[k] -= first * one[k] + second * other[k]
            row[one.size] -= second * other[one.size]
            d -= 2
        if d == 1:
            one = band[j - 1, 1:]
            for k in range(one.size):
                row[k] -= one[0] * one[k]
        row /= np.sqrt(max(row[0], 1e-30))
    for kind in range(right.shape[1]):
        for j in range(count):
            right[j, kind] /= band[j, 0]
            here = right[j, kind]
            for d in range(1, min(width, count - j)):
                right[j + d, kind] -= band[j, d] * here
        for j in range(count - 1, -1, -1):
            total = right[j, kind]
            for d in range(1, min(width, count - j)):
                total -= band[j, d] * right[j + d, kind]
            right[j, kind] = total / band[j, 0]


@kernel
def smooth_lattice(
    values: NDArray[np.float64], weights: NDArray[np.float64], bend: float, toward: float
) -> NDArray[np.float64]:
    """Fit a smooth surface to values on a lattice: the least bending that explains them.

    Minimizes sum(weights * (surface - values)**2) plus `bend` times the discrete bending energy
    of a thin plate, by a banded Cholesky factorization. Where nothing is known the surface goes
    on as straight as its surroundings.

    Args:
        values: (R, C, K) what is known; any finite value where the weight is 0.
        weights: (R, C) how much each is believed, 0 for unknown.
        bend: weight of the bending energy.
        toward: weight of the pull toward 0 everywhere.

    Returns:
        (R, C, K) float64.
    """
    rows, columns, kinds = values.shape
    count = rows * columns
    width = 2 * rows
    band = np.zeros((count, width + 1))
    right = np.zeros((count, kinds))
    second = np.array([1.0, -2.0, 1.0])
    twist = np.array([1.0, -1.0, -1.0, 1.0])
    for c in range(columns):
        for r in range(rows):
            i = c * rows + r
            band[i, 0] += weights[r, c] + toward
            for k in range(kinds):
                right[i, k] = weights[r, c] * values[r, c, k]
            if 0 < r < rows - 1:
                _add_square(band, np.array([i - 1, i, i + 1]), second, bend)
            if 0 < c < columns - 1:
                _add_square(band, np.array([i - rows, i, i + rows]), second, bend)
            if r < rows - 1 and c < columns - 1:
                _add_square(band, np.array([i, i + 1, i + rows, i + rows + 1]), twist, 2 * bend)
    _solve_banded(band, right)
    surface = np.empty((rows, columns, kinds))
    for c in range(columns):
        for r in range(rows):
            surface[r, c] = right[c * rows + r]
    return surface
