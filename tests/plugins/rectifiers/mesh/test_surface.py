from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine_plugins.rectifiers.mesh import tuning
from ecgengine_plugins.rectifiers.mesh.growth import Mesh
from ecgengine_plugins.rectifiers.mesh.surface import (
    bend_of_paper,
    fit_surface,
    paper_nodes,
)

PERIOD_PX = 40.0
SHAPE = (40, 60)


def lattice() -> NDArray[np.float64]:
    """Crossings of a level sheet, turned a little, pixels."""
    columns, rows = np.meshgrid(np.arange(SHAPE[1]), np.arange(SHAPE[0]))
    turn = np.array([[0.999, 0.04], [-0.04, 0.999]])
    return PERIOD_PX * np.stack([columns, rows], axis=-1) @ turn


def uneven(amount: float, sigma: float) -> NDArray[np.float64]:
    """What crossings lie off, periods rms, alike over some nodes around."""
    noise = np.random.default_rng(7).normal(0, 1, (*SHAPE, 2))
    if sigma:
        noise = cv2.GaussianBlur(noise, (0, 0), sigmaX=sigma)
    return amount * noise / noise.std()


def rounded(lines: int) -> NDArray[np.float64]:
    """How far lines lie off their places that a program draws on whole pixels, 200 an inch."""
    pixels = np.arange(lines) * 5 * 200 / 25.4
    return (np.round(pixels) - pixels) / (5 * 200 / 25.4)


def test_a_level_sheet_is_stiff_and_crumpled_paper_is_soft() -> None:
    seen = np.ones(SHAPE)
    level = lattice() + PERIOD_PX * uneven(0.003, 0.0)
    assert bend_of_paper(level, seen, tuning.PAPER_BENDS) >= 0.5
    crumpled = level + PERIOD_PX * uneven(0.04, 2.0)
    assert bend_of_paper(crumpled, seen, tuning.PAPER_BENDS) == 0.02


def test_what_was_not_seen_tells_nothing_of_the_paper() -> None:
    seen = np.ones(SHAPE)
    seen[10:20, 10:30] = 0
    nodes = lattice() + PERIOD_PX * uneven(0.003, 0.0)
    nodes[10:20, 10:30] += PERIOD_PX * uneven(0.3, 1.5)[10:20, 10:30]
    assert bend_of_paper(nodes, seen, tuning.PAPER_BENDS) >= 0.5


@pytest.mark.parametrize("axis", [0, 1])
def test_lines_off_their_places_are_straightened(axis: int) -> None:
    off = rounded(SHAPE[1 - axis])
    drawn = np.zeros((*SHAPE, 2))
    drawn[..., axis] = off if axis == 0 else off[:, None]
    nodes = lattice() + PERIOD_PX * (drawn + uneven(0.002, 0.0))
    left = (paper_nodes(nodes, np.ones(SHAPE)) - lattice()) / PERIOD_PX
    assert np.std(left[5:-5, 5:-5, axis]) < 0.35 * np.std(off)


def test_the_finest_unevenness_of_an_office_print_is_not_followed() -> None:
    drawn = np.stack(np.meshgrid(*(rounded(side) for side in SHAPE[::-1])), axis=-1)
    ripple = uneven(0.01, 0.7)
    seen = np.ones(SHAPE)

    def left(nodes: NDArray[np.float64]) -> float:
        return float(np.std((paper_nodes(nodes, seen) - lattice())[5:-5, 5:-5]) / PERIOD_PX)

    exact = left(lattice() + PERIOD_PX * ripple)
    printed = left(lattice() + PERIOD_PX * (ripple + drawn))
    assert printed < 0.95 * exact


def test_where_little_is_seen_a_wide_window_sees_enough() -> None:
    lines = [np.cos(2 * np.pi * np.arange(1000) / PERIOD_PX) ** 12 for _ in range(2)]
    values = (lines[0][:, None] + lines[1][None, :]).astype(np.float32)
    noise = np.random.default_rng(3).normal(0, 1, values.shape).astype(np.float32)
    noisy = np.s_[8:16, 8:16]
    dirty = np.s_[320:640, 320:640]
    values[dirty] += 4 * noise[dirty]
    columns, rows = np.meshgrid(np.arange(1, 24), np.arange(1, 24))
    places = PERIOD_PX * np.stack([columns, rows], axis=-1)
    frames = np.broadcast_to([PERIOD_PX, 0, 0, PERIOD_PX], (*places.shape[:2], 4))
    trust = np.full(places.shape[:2], 0.95)
    trust[noisy] = 0.0
    template = np.cos(2 * np.pi * np.arange(60) / 60) ** 12
    templates = np.stack([template - template.mean()] * 2)
    mesh = Mesh(np.concatenate([places, frames], axis=-1), trust, templates, np.ones_like(values))
    surface = fit_surface(values, values, mesh)
    margin = tuning.MARGIN_PERIODS
    inner = np.s_[margin:-margin, margin:-margin]
    # In small windows alone, a quarter is.
    assert surface.sure[inner][noisy].mean() > 0.85
    away = np.linalg.norm(surface.nodes[inner] - places, axis=-1) / PERIOD_PX
    assert away[noisy].max() < 0.02
