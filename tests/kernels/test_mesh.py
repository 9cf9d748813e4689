from __future__ import annotations

import numpy as np
import pytest

from ecgengine_kernels.mesh import (
    Found,
    Search,
    fold_window,
    grow_mesh,
    mean_courses,
    measure_nodes,
    smooth_lattice,
)

BINS = 40


def lattice(
    x: np.ndarray, y: np.ndarray, origin: tuple[float, float], frame: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Places of pixels in periods along both directions."""
    s, t = np.linalg.solve(frame.T, np.stack([x.ravel() - origin[0], y.ravel() - origin[1]]))
    return s.reshape(x.shape), t.reshape(x.shape)


def ruled(shape: tuple[int, int], origin: tuple[float, float], frame: np.ndarray) -> np.ndarray:
    """Soft lines on whole periods, in both directions."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(float)
    return sum(
        np.exp(8 * (np.cos(2 * np.pi * place) - 1)) for place in lattice(x, y, origin, frame)
    ).astype(np.float32)


def template() -> np.ndarray:
    course = np.exp(8 * (np.cos(2 * np.pi * np.arange(BINS) / BINS) - 1))
    return np.stack([course - course.mean()] * 2)


UNWARPED = np.zeros((0, 2))
FRAME = np.array([[19.0, 3.0], [-2.5, 20.0]])


def search(most: float, warps: np.ndarray = UNWARPED) -> Search:
    return Search(1.0, 1, most, 4.0, warps, 0.3, 0.8, 2.0)


def measured(
    values: np.ndarray,
    weights: np.ndarray,
    places: np.ndarray,
    how: Search | None = None,
    courses: np.ndarray | None = None,
) -> Found:
    """What is found at the first of some places."""
    templates = template() if courses is None else courses
    return Found(
        *(part[0] for part in measure_nodes(values, weights, places, templates, how or search(0.3)))
    )


def slow_fold(
    values: np.ndarray, weights: np.ndarray, place: np.ndarray, reach: float
) -> np.ndarray:
    y, x = np.mgrid[: values.shape[0], : values.shape[1]].astype(float)
    s, t = lattice(x, y, (place[0], place[1]), place[2:].reshape(2, 2))
    bell = np.where((np.abs(s) < reach) & (np.abs(t) < reach), 1.0, 0.0) * weights
    bell *= (1 - (s / reach) ** 2) ** 2 * (1 - (t / reach) ** 2) ** 2
    profiles = []
    for along in (s, t):
        fine = (np.floor(along * 256) + 0.5) / 256
        bins = (fine * BINS) % BINS
        low = bins.astype(int)
        sums, norms = np.zeros(BINS), np.zeros(BINS)
        for index, share in ((low % BINS, 1 - bins + low), ((low + 1) % BINS, bins - low)):
            np.add.at(sums, index, share * bell * values)
            np.add.at(norms, index, share * bell)
        profiles.append(sums / norms - sums.sum() / norms.sum())
    return np.stack(profiles)


@pytest.mark.parametrize("every", [1, 2])
def test_a_window_is_folded_as_its_definition_says(every: int) -> None:
    random = np.random.default_rng(1)
    values = random.normal(size=(90, 100)).astype(np.float32)
    weights = random.uniform(size=values.shape).astype(np.float32)
    place = np.array([50.3, 44.8, *FRAME.ravel()])
    profiles = np.zeros((2, BINS))
    seen = fold_window(values, weights, place, 1.2, every, profiles)
    looked_at = np.indices(values.shape).sum(axis=0) % every == 0
    slow = slow_fold(values, weights * looked_at, place, 1.2)
    assert np.abs(profiles - slow).max() < 1e-6
    assert seen == pytest.approx(0.5, abs=0.03)


def test_crossings_are_found_where_they_are() -> None:
    values = ruled((120, 130), (61.3, 58.9), FRAME)
    off = np.array([0.11, -0.07])
    start = np.array([61.3, 58.9]) + off @ FRAME
    places = np.array([[*start, *FRAME.ravel()]])
    found = measured(values, np.ones_like(values), places)
    assert np.abs(found.shifts + off).max() < 0.01
    assert found.matches.min() > 0.96
    assert found.seen == pytest.approx(1.0, abs=0.02)


def test_what_has_no_weight_is_not_seen() -> None:
    values = ruled((120, 130), (61.3, 58.9), FRAME)
    weights = np.ones_like(values)
    values[40:46] += 30
    weights[40:46] = 0
    places = np.array([[61.3, 58.9, *FRAME.ravel()]])
    found = measured(values, weights, places)
    assert np.abs(found.shifts).max() < 0.01
    assert found.matches.min() > 0.95


def test_lines_that_lean_are_found_and_how_they_lean() -> None:
    leaning = np.array([FRAME[0], FRAME[1] + 0.3 * FRAME[0]])
    values = ruled((120, 130), (61.3, 58.9), leaning)
    places = np.array([[61.3, 58.9, *FRAME.ravel()]])
    weights = np.ones_like(values)
    blurred = measured(values, weights, places)
    leans = np.array([[-0.3, 0.0], [0.3, 0.0]])
    clear = measured(values, weights, places, search(0.3, leans))
    assert blurred.matches[0] < 0.8
    assert blurred.matches[1] > 0.96
    assert clear.matches.min() > 0.96
    assert clear.leans.tolist() == [0.3, 0.0]
    assert clear.stretches.tolist() == [0.0, 0.0]
    assert np.abs(clear.shifts).max() < 0.01


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("stretch", [-0.2, 0.2])
def test_lines_that_lie_nearer_or_farther_are_found(axis: int, stretch: float) -> None:
    stretched = FRAME.copy()
    stretched[axis] *= 1 + stretch
    # Four lines to a period, one of them heavy.
    values = sum(ruled((120, 130), (61.3, 58.9), stretched / lines) for lines in (1, 4))
    course = np.exp(8 * (np.cos(8 * np.pi * np.arange(BINS) / BINS) - 1))
    fine = np.stack([course - course.mean()] * 2) + template()
    start = np.array([61.3, 58.9]) - 0.05 * FRAME[axis]
    places = np.array([[*start, *FRAME.ravel()]])
    blurred, clear = (
        measured(values, np.ones_like(values), places, search(0.12, warps), fine)
        for warps in (UNWARPED, np.array([[0.0, -0.2], [0.0, 0.2]]))
    )
    assert blurred.matches[axis] < 0.8
    assert clear.matches.min() > 0.85
    assert clear.leans.tolist() == [0.0, 0.0]
    assert clear.stretches.tolist() == np.where(np.arange(2) == axis, stretch, 0.0).tolist()
    assert clear.shifts[axis] == pytest.approx(0.05, abs=0.01)


def test_a_mean_course_starts_where_each_node_lies() -> None:
    values = ruled((200, 220), (61.3, 58.9), FRAME)
    corner = np.array([61.3, 58.9])
    steps = np.array([[1, 1], [2, 1], [1.5, 2], [2, 2.5]])
    places = np.array([[*(corner + step @ FRAME), *FRAME.ravel()] for step in steps])
    starts = (steps % 1 * BINS).astype(int)
    courses = mean_courses(values, np.ones_like(values), places, starts, 0.8, BINS)
    alike = (courses * template()).sum(axis=1) / np.linalg.norm(template(), axis=1)
    assert (alike / np.linalg.norm(courses, axis=1) > 0.95).all()


@pytest.mark.parametrize("parts", [1, 2])
def test_a_mesh_follows_bent_lines_and_keeps_count(parts: int) -> None:
    y, x = np.mgrid[:300, :320].astype(float)
    bend = 6 * np.sin(x / 60) + 5 * np.cos(y / 70)
    s, t = lattice(x + bend, y - bend, (150.0, 150.0), FRAME)
    values = sum(np.exp(8 * (np.cos(2 * np.pi * place) - 1)) for place in (s, t))
    middle = 16 * parts
    nodes, trust = np.zeros((32 * parts, 32 * parts, 6)), np.zeros((32 * parts, 32 * parts))
    row, column = np.unravel_index(np.argmin(s**2 + t**2), s.shape)
    nodes[middle, middle] = [column, row, *FRAME.ravel() / parts]
    trust[middle, middle] = 1e-3
    values = values.astype(np.float32)
    weights, rounds = np.ones_like(values), np.array([0.8, 0.5])
    grow_mesh(values, weights, nodes, trust, template(), search(0.2), rounds, 0.3, 0.3, parts)
    rows, columns = np.nonzero(trust > 0)
    assert len(rows) > 150 * parts**2
    places = nodes[rows, columns, :2].round().astype(int)
    # The first node was given, not measured.
    keep = (rows != middle) | (columns != middle)
    inside = keep & (places >= 0).all(axis=1) & (places < [320, 300]).all(axis=1)
    at = places[inside, 1], places[inside, 0]
    assert np.abs(s[at] - (columns[inside] - middle) / parts).max() < 0.12
    assert np.abs(t[at] - (rows[inside] - middle) / parts).max() < 0.12


def slow_smooth(values: np.ndarray, weights: np.ndarray, bend: float, toward: float) -> np.ndarray:
    rows, columns, kinds = values.shape
    down, across = np.eye(rows), np.eye(columns)
    parts = [
        bend * _square(np.kron(np.diff(down, 2, axis=0), across)),
        bend * _square(np.kron(down, np.diff(across, 2, axis=0))),
        2 * bend * _square(np.kron(np.diff(down, axis=0), np.diff(across, axis=0))),
        np.diag(weights.ravel() + toward),
    ]
    right = (weights[..., None] * values).reshape(-1, kinds)
    return np.linalg.solve(sum(parts), right).reshape(values.shape)


def _square(matrix: np.ndarray) -> np.ndarray:
    return matrix.T @ matrix


def test_a_lattice_is_smoothed_as_its_definition_says() -> None:
    random = np.random.default_rng(3)
    values = random.normal(size=(6, 9, 2))
    weights = random.uniform(size=(6, 9)) * (random.uniform(size=(6, 9)) > 0.4)
    smooth = smooth_lattice(values, weights, 0.3, 1e-6)
    assert np.abs(smooth - slow_smooth(values, weights, 0.3, 1e-6)).max() < 1e-8
