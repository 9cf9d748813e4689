"""Count lines anew on parts of a mesh that hold together only by doubtful crossings.

Parts joined by a narrow bridge over a crease or a trace, or torn off by a quarter of a line, are
counted from their own heavy lines; where none is heavier the nearest number stays.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.mesh import FRAME, PLACE, mean_courses, smooth_lattice
from ecgengine_plugins.rectifiers.mesh import tuning

LINES = 5
TOWARD = 1e-9


def count_lines(
    values: NDArray[np.float32],
    weights: NDArray[np.float32],
    nodes: NDArray[np.float64],
    trust: NDArray[np.float64],
    templates: NDArray[np.float64],
    sure: float,
    reach: float,
) -> bool:
    """Shift parts of a lattice of half periods that were linked to a wrong line; in place.

    A chain of doubtful crossings, over a crease or along a trace, may lose a line, and everything
    behind it is sure of itself and wrong. Each such part tells by its own heavy lines how many
    light ones it is off, to a whole period; of these, and where none is heavier, the nearest number
    to where the rest of the sheet expects it is taken. What is doubtful around it is forgotten.

    Args:
        values: (H, W) gridness.
        weights: (H, W) how much a pixel counts.
        nodes: (R, C, 6) x, y and half a period along either direction (ax, ay, bx, by), pixels;
            node (0, 0) on a crossing of heavy lines.
        trust: (R, C) 0 for unknown nodes, else how well their lines matched.
        templates: (2, N) mean course of gridness over a period, the heavy line at 0.
        sure: trust from which neighbors hold together.
        reach: half width of a node's window, periods.

    Returns:
        Whether any was shifted.
    """
    shifted = False
    clear = ((trust > sure) & ~_torn(nodes, trust > 0)).astype(np.uint8)
    parts = _parts(clear)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    main = int(sizes.argmax())
    for part in np.flatnonzero(sizes >= tuning.PART_NODES):
        if part == main:
            continue
        own = parts == part
        agreements = _agreements(values, weights, nodes, own, templates, reach)
        away = LINES * _away(nodes, own, (sizes[parts] >= tuning.PART_NODES) & ~own)
        lines = np.array([_likeliest(*told) for told in zip(agreements, away, strict=True)])
        if not lines.any():
            continue
        frames = 2 * nodes[own][:, FRAME].reshape(-1, 2, 2)
        nodes[own, PLACE] += lines / LINES @ frames
        near = (
            cv2.dilate(
                own.astype(np.uint8), np.ones((2 * tuning.FORGOTTEN_NODES + 1,) * 2, np.uint8)
            )
            > 0
        )
        trust[near & ~own & (clear == 0)] = 0.0
        shifted = True
    return shifted


def _likeliest(agreement: NDArray[np.float64], away: float) -> int:
    """By how many lines a part is off, from its heavy lines and from where others expect it."""
    if agreement[0] > agreement[1:].max() + tuning.CORRELATION_SCATTER:
        return 0
    lines = round(away) + np.arange(-LINES, LINES + 1)
    doubts = (1 - agreement[lines % LINES]) / tuning.CORRELATION_SCATTER + (
        (lines - away) / tuning.EXPECTED_SCATTER_LINES
    ) ** 2
    return int(lines[np.argmin(doubts)])


def _torn(nodes: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(R, C) which known nodes lie elsewhere than a neighbor's period and their own say."""
    torn = np.zeros(known.shape, np.bool_)
    for axis, step in ((0, (0.0, 1.0)), (1, (1.0, 0.0))):
        one = np.s_[:-1] if axis == 0 else np.s_[:, :-1]
        other = np.s_[1:] if axis == 0 else np.s_[:, 1:]
        both = known[one] & known[other]
        frames = (0.5 * (nodes[one] + nodes[other])[both][:, FRAME]).reshape(-1, 2, 2)
        away = (nodes[other] - nodes[one])[both][:, None, PLACE] @ np.linalg.inv(frames)
        far = np.zeros(both.shape, np.bool_)
        far[both] = np.abs(away[:, 0] - step).max(axis=1) > tuning.TORN_STEPS
        torn[one] |= far
        torn[other] |= far
    return torn


def _parts(clear: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Number the parts of what is clear, from 1 on; narrow bridges hold nothing together."""
    core = cv2.erode(clear, np.ones((3, 3), np.uint8))
    if not core.any():
        return np.zeros(clear.shape, np.int32)
    _, parts = cv2.distanceTransformWithLabels(
        1 - core, cv2.DIST_L1, 3, labelType=cv2.DIST_LABEL_CCOMP
    )
    return np.asarray(np.where(clear > 0, parts, 0), dtype=np.int32)


def _agreements(
    values: NDArray[np.float32],
    weights: NDArray[np.float32],
    nodes: NDArray[np.float64],
    own: NDArray[np.bool_],
    templates: NDArray[np.float64],
    reach: float,
) -> NDArray[np.float64]:
    """(2, 5) how well a part's courses agree with the grid's, 0 to 4 lines on, to 1 at most."""
    count = templates.shape[1]
    rows, columns = np.nonzero(own)
    places = nodes[own]
    places[:, FRAME] *= 2
    starts = np.stack([columns % 2, rows % 2], axis=1) * count // 2
    courses = mean_courses(values, weights, places, starts, reach, count)
    shifted = np.stack([np.roll(templates, k * count // LINES, axis=1) for k in range(LINES)])
    alike = np.einsum("kan,an->ak", shifted, courses)
    sizes = np.linalg.norm(courses, axis=1) * np.linalg.norm(templates, axis=1)
    return np.asarray(alike / np.maximum(sizes, 1e-9)[:, None])


def _away(
    nodes: NDArray[np.float64], own: NDArray[np.bool_], others: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(2,) how far a part lies from where others near it expect it, periods along the lattice."""
    rows, columns = (np.flatnonzero(own.any(axis=axis)) for axis in (1, 0))
    box = np.s_[
        max(0, rows[0] - tuning.EXPECTING_NODES) : rows[-1] + tuning.EXPECTING_NODES + 1,
        max(0, columns[0] - tuning.EXPECTING_NODES) : columns[-1] + tuning.EXPECTING_NODES + 1,
    ]
    if not others[box].any():
        return np.zeros(2)
    places = np.ascontiguousarray(nodes[box][..., PLACE])
    expected = smooth_lattice(places, others[box].astype(np.float64), tuning.PART_BEND, TOWARD)
    frames = 2 * nodes[own][:, FRAME].reshape(-1, 2, 2)
    missed = (expected - places)[own[box]][:, None, :] @ np.linalg.inv(frames)
    return np.asarray(np.median(missed[:, 0], axis=0))
