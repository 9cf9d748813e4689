from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine_plugins.rectifiers.mesh.raster import raster_waves, without_wave

FRAME = np.array([[36.0, 2.0], [-2.1, 37.0]])
PLACES = np.arange(60) / 60


def grid() -> NDArray[np.float64]:
    """The course of light lines and a heavy one over a period."""
    away = np.abs((PLACES * 5 + 0.5) % 1 - 0.5)
    course = np.exp(-((away / 0.2) ** 2)) + 2 * np.exp(
        -((np.minimum(PLACES, 1 - PLACES) / 0.04) ** 2)
    )
    return np.asarray(course - course.mean())


def stripes(number: int) -> NDArray[np.float64]:
    return np.asarray(3 * np.cos(2 * np.pi * number * PLACES))


def test_a_grid_has_no_raster() -> None:
    assert raster_waves(np.stack([grid(), grid()]), FRAME) == []


def test_stripes_that_rule_a_grid_are_a_raster() -> None:
    (wave,) = raster_waves(np.stack([grid() + stripes(8), grid()]), FRAME)
    # Eight waves to a period, none along the lines.
    assert FRAME @ wave == pytest.approx([8.0, 0.0], abs=1e-9)


def test_five_lines_as_near_as_pixels_are_a_raster_where_the_other_direction_is_no_such() -> None:
    squeezed = np.array([[36.0, 0.0], [0.0, 19.0]])
    (wave,) = raster_waves(np.stack([grid(), stripes(5)]), squeezed)
    assert squeezed @ wave == pytest.approx([0.0, 5.0], abs=1e-9)
    assert raster_waves(np.stack([grid(), stripes(5)]), FRAME) == []


def test_twice_as_many_lines_as_light_ones_are_no_raster() -> None:
    assert raster_waves(np.stack([grid() + stripes(10), grid()]), FRAME) == []


def test_a_raster_without_a_grid_is_left_alone() -> None:
    assert raster_waves(np.stack([stripes(8), stripes(9)]), FRAME) == []


def test_a_wave_is_taken_out_and_lines_stay() -> None:
    y, x = np.mgrid[:200, :300].astype(np.float64)
    lines = np.exp(-((((x + 3) / 37 + 0.5) % 1 - 0.5) ** 2) * 800)
    # Seen from aside, a raster's period and strength change over the picture.
    raster = (1 + x / 300) * np.cos(2 * np.pi * (x * (0.215 + x * 1e-5) + y * 0.01))
    clean = without_wave((lines + raster).astype(np.float32), np.array([0.217, 0.01]))
    away = (clean - lines)[20:-20, 20:-20]
    assert away.std() < 0.12
    assert raster.std() > 1.0
