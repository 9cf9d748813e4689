"""Kernels of ink separation against slow, obvious references."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgengine_kernels.ink import (
    LEVEL_ZERO,
    LEVELS_PER_UNIT,
    bridge_rows,
    clear_rows,
    kept_nearby,
    meets_kept,
    project,
    row_medians,
    run_thickness,
    straight_bars,
    tile_quantiles,
    unmix,
    with_fringe,
)

SEEDS = st.integers(0, 2**32 - 1)
SIZES = st.integers(1, 12)
LEVEL = 1 / LEVELS_PER_UNIT


def random(seed):
    return np.random.default_rng(seed)


def blobs(rng, height, width, share=0.4):
    """A label image of a few components, and which are kept; 0 is never kept."""
    labels = np.where(rng.random((height, width)) < share, rng.integers(1, 4, (height, width)), 0)
    kept = np.append(False, rng.random(3) < 0.6)
    return labels.astype(np.int32), kept


@settings(max_examples=30, deadline=None)
@given(SEEDS, SIZES, SIZES)
def test_project_is_an_affine_map(seed, height, width):
    rng = random(seed)
    image = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    weights = rng.normal(0, 0.004, 3).astype(np.float32)
    dark, levels = project(image, weights, 1.0)
    expected = 1.0 - image @ weights.astype(np.float64)
    assert np.allclose(dark, expected, atol=1e-5)
    back = (levels.astype(float) - LEVEL_ZERO) * LEVEL
    inside = (levels > 0) & (levels < 255)
    assert np.all(np.abs(back - expected)[inside] < 0.51 * LEVEL + 1e-5)


@settings(max_examples=40, deadline=None)
@given(SEEDS, SIZES, st.integers(1, 30), st.integers(1, 12))
def test_row_medians_within_a_level(seed, height, width, tile):
    rng = random(seed)
    levels = rng.integers(0, 256, (height, width), dtype=np.uint8)
    wanted = rng.random(height) < 0.7
    found = row_medians(levels, wanted, tile)
    assert np.isnan(found[~wanted]).all()
    dark = (levels - LEVEL_ZERO) * LEVEL
    for column in range(found.shape[1]):
        part = np.sort(dark[:, column * tile : (column + 1) * tile], axis=1)
        count = part.shape[1]
        low = part[:, (count - 1) // 2] - 0.51 * LEVEL
        high = part[:, count // 2] + 0.51 * LEVEL
        value = found[:, column]
        assert np.all(((value >= low) & (value <= high))[wanted])


@settings(max_examples=40, deadline=None)
@given(SEEDS, SIZES, SIZES, st.integers(1, 6), st.floats(0.1, 0.9))
def test_tile_quantiles_bracket_their_share(seed, height, width, tile, quantile):
    rng = random(seed)
    levels = rng.integers(0, 256, (height, width), dtype=np.uint8)
    rows, columns = rng.random(height) < 0.7, rng.random(width) < 0.7
    found = tile_quantiles(levels, rows, columns, tile, quantile)
    dark = (levels - LEVEL_ZERO) * LEVEL
    for j, i in np.ndindex(found.shape):
        down, across = (slice(k * tile, (k + 1) * tile) for k in (j, i))
        part = dark[down, across][np.ix_(rows[down], columns[across])].ravel()
        if part.size == 0:
            assert np.isnan(found[j, i])
            continue
        assert np.mean(part < found[j, i] - 0.51 * LEVEL) <= quantile + 1e-9
        assert np.mean(part <= found[j, i] + 0.51 * LEVEL) >= quantile - 1e-9


@settings(max_examples=30, deadline=None)
@given(SEEDS, SIZES, SIZES, st.floats(0, 1))
def test_unmix_inverts_the_mixture(seed, height, width, opacity):
    rng = random(seed)
    cover = rng.random((height, width))
    paper, line = rng.uniform(-0.1, 0.2), rng.uniform(0, 0.5)
    rows = np.zeros((height, 1), np.float32)
    rows[rng.random(height) < 0.4] = line
    columns = np.zeros((1, width), np.float32)
    columns[:, rng.random(width) < 0.4] = 0.7 * line
    ground = np.maximum(rows, columns).astype(np.float64)
    dark = paper + ground + cover * (1 - paper - opacity * ground)
    tiles = np.full((1, 1), paper, np.float32)
    found, unseen = unmix(dark.astype(np.float32), tiles, rows, columns, 50, 50, opacity, 0.4)
    dim = 1 - paper - opacity * ground < 0.4
    assert np.array_equal(unseen, dim)
    assert np.allclose(found[~dim], cover[~dim], atol=1e-4)
    assert not found[dim].any()


def test_unmix_reads_tiles_between_their_centers():
    paper = np.array([[0.0, 0.4]], np.float32)
    flat = np.zeros((4, 20), np.float32)
    dark = flat + np.interp(np.arange(20), [4.5, 14.5], [0.0, 0.4]).astype(np.float32)
    lines = np.zeros((4, 1), np.float32), np.zeros((1, 20), np.float32)
    found, _ = unmix(dark, paper, *lines, 10, 20, 1.0, 0.1)
    assert np.allclose(found, 0, atol=1e-5)


def strips(values):
    return np.array(values, np.float32)[:, None].copy()


def bridged(column, unseen, pen_px):
    cover = strips(column)
    dim = np.array(unseen, bool)[:, None]
    where = np.flatnonzero(unseen)
    bands = np.array([where[0]]), np.array([where[-1] + 1])
    bridge_rows(cover, dim, *bands, pen_px, 0.35 * pen_px)
    return cover[:, 0]


def test_bridge_between_ink_on_both_sides():
    found = bridged([0, 1, 1, 0, 0, 0.5, 0], [0, 0, 0, 1, 1, 0, 0], 3.0)
    assert np.allclose(found, [0, 1, 1, 5 / 6, 4 / 6, 0.5, 0])


def test_bridge_completes_the_pen_on_one_side():
    found = bridged([0, 0.5, 1, 0, 0, 0, 0], [0, 0, 0, 1, 1, 1, 0], 3.0)
    assert np.allclose(found, [0, 0.5, 1, 1, 0.5, 0, 0])
    assert np.allclose(
        bridged([0, 0, 0, 0, 1, 0.5, 0], [0, 1, 1, 1, 0, 0, 0], 3.0), [0, 0, 0.5, 1, 1, 0.5, 0]
    )


def test_bridge_fades_strokes_that_run_into_the_line_and_leaves_specks():
    long = bridged([1, 1, 1, 1, 1, 1, 0, 0, 0], [0] * 6 + [1, 1, 0], 3.0)
    assert np.allclose(long[6:], [2 / 3, 1 / 3, 0])
    speck = bridged([0, 0, 0.4, 0, 0, 0], [0, 0, 0, 1, 1, 0], 3.0)
    assert np.allclose(speck, [0, 0, 0.4, 0, 0, 0], atol=1e-6)


def cleared(cover, band, least_px, long_px):
    cover = np.array(cover, np.float32)
    marks = np.zeros(cover.shape, bool)
    clear_rows(cover, marks, np.array([band[0]]), np.array([band[1]]), least_px, long_px)
    return cover, marks


def test_clear_takes_line_remains_and_leaves_strokes():
    cover = np.zeros((7, 30), np.float32)
    cover[3, 2:14] = 0.8
    cover[1:6, 20] = 1
    found, marks = cleared(cover, (2, 5), 2.0, 8)
    assert not found[:, :19].any()
    assert np.array_equal(found[:, 20], cover[:, 20])
    assert marks[3, 2:14].all()
    assert marks.sum() == 12


def test_clear_leaves_tips_and_thick_level_traces():
    cover = np.zeros((8, 30), np.float32)
    cover[3:8, 5:7] = 1
    cover[3, 7] = 0.6
    cover[2:5, 12:28] = 1
    found, marks = cleared(cover, (2, 5), 2.0, 8)
    assert np.array_equal(found, cover)
    assert not marks.any()


def reference_thickness(cover, labels, kept, skipped, kinds, limit_px, bins):
    histogram = np.zeros((2, int(limit_px * bins) + 1), np.int64)
    for x in np.flatnonzero(kinds >= 0):
        inked = np.concatenate(([False], cover[:, x] > 0.1, [False]))
        edges = np.flatnonzero(np.diff(inked.astype(int)))
        for start, stop in zip(edges[::2], edges[1::2], strict=True):
            rows = slice(start, stop)
            total = float(cover[rows, x].astype(np.float64).sum())
            if kept[labels[rows, x]].any() and not skipped[rows].any() and total <= limit_px:
                histogram[kinds[x], int(total * bins)] += 1
    return histogram


@settings(max_examples=40, deadline=None)
@given(SEEDS, SIZES, SIZES)
def test_run_thickness(seed, height, width):
    rng = random(seed)
    labels, kept = blobs(rng, height, width)
    cover = (rng.random((height, width)) * (labels > 0)).astype(np.float32)
    skipped = rng.random(height) < 0.1
    kinds = rng.integers(-1, 2, width).astype(np.int8)
    arguments = (cover, labels, kept, skipped, kinds, 4.0, 10)
    assert np.array_equal(run_thickness(*arguments), reference_thickness(*arguments))


def reference_fringe(cover, labels, kept):
    height, width = cover.shape
    core = kept[labels]
    first = np.zeros_like(cover)
    second = np.zeros_like(cover)
    for y, x in np.ndindex(height, width):
        if core[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2].any():
            first[y, x] = cover[y, x]
    for y, x in np.ndindex(height, width):
        for v, u in np.argwhere(core):
            if max(abs(v - y), abs(u - x)) <= 2:
                between = v + np.clip(y - v, -1, 1), u + np.clip(x - u, -1, 1)
                second[y, x] = max(second[y, x], min(cover[y, x], first[between]))
    return np.maximum(first, second)


@settings(max_examples=30, deadline=None)
@given(SEEDS, SIZES, SIZES)
def test_with_fringe(seed, height, width):
    rng = random(seed)
    labels, kept = blobs(rng, height, width, share=0.15)
    cover = rng.random((height, width)).astype(np.float32)
    found = with_fringe(cover, np.flatnonzero(kept[labels]))
    assert np.array_equal(found, reference_fringe(cover, labels, kept))


@settings(max_examples=30, deadline=None)
@given(SEEDS, SIZES, SIZES)
def test_kept_nearby(seed, height, width):
    rng = random(seed)
    labels, kept = blobs(rng, height, width, share=0.1)
    corners = np.sort(rng.integers(-3, 15, (6, 2, 2)), axis=2).reshape(6, 4).astype(np.int32)
    expected = [
        kept[labels[max(a, 0) : max(b, 0), max(c, 0) : max(d, 0)]].any() for a, b, c, d in corners
    ]
    assert np.array_equal(kept_nearby(labels, kept, corners), expected)


def test_meets_kept_walks_over_gaps_and_hidden_stretches():
    labels = np.zeros((3, 20), np.int32)
    labels[1, 0] = 1
    labels[1, 8:10] = 2
    labels[1, 16] = 1
    kept = np.array([False, True, False])
    unseen = np.zeros(labels.shape, bool)
    unseen[1, 3:7] = True
    box = np.array([[1, 2, 8, 10]], np.int32)

    def met(step_x, gap_px, hidden_px):
        return meets_kept(labels, kept, unseen, box, 0, step_x, gap_px, hidden_px)[0]

    assert met(-1, 3, 4)
    assert not met(-1, 2, 4)
    assert not met(-1, 3, 3)
    assert met(1, 6, 0)
    assert not met(1, 5, 0)
    turned = meets_kept(labels.T.copy(), kept, unseen.T.copy(), box[:, [2, 3, 0, 1]], -1, 0, 3, 4)
    assert turned[0]


def test_straight_bars_are_runs_with_like_ends():
    core = np.zeros((12, 40), bool)
    core[2:5, 5:20] = True
    core[3, 20] = True
    core[7, 5:20] = True
    core[8, 9:24] = True
    core[10, 0:4] = True
    bars = straight_bars(core, 10, 1, 100)
    assert bars.tolist() == [[2, 4, 5, 19], [7, 7, 5, 19], [8, 8, 9, 23]]
    assert len(straight_bars(core, 10, 1, 2)) == 2
