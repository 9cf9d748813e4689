"""Run a sheet through a scanner: turned, stretched, slipping, not quite flat."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ecgengine.geometry.lattice import read_lattice
from ecgengine.geometry.paper_map import PaperMap
from ecgengine_plugins.synth.picture import Relief
from ecgengine_plugins.synth.texture import fractal

_STEP_PX = 16
_STEEPEST_DEG = 3.0
_FARTHEST_MM = 0.3
_PRESSED = 0.2
"""What is left of a sheet's deformation in its plane under the lid."""


def feed(
    random: Generator,
    size_px: tuple[int, int],
    px_per_mm: float,
    sheet_mm: tuple[float, float],
    relief: Relief | None,
) -> PaperMap:
    """Lay a sheet into a scanner, about its middle, and give the map from pixels to paper.

    Args:
        random: the only source of randomness.
        size_px: width and height of the scan.
        px_per_mm: the scanner's resolution.
        sheet_mm: width and height of the sheet.
        relief: the sheet's shape before it was pressed flat, or None.
    """
    rows, columns = (-(-side // _STEP_PX) + 1 for side in size_px[::-1])
    y, x = np.mgrid[:rows, :columns] * (_STEP_PX / px_per_mm)
    place = np.stack([x, y], axis=2) - (np.array(size_px) - 1) / (2 * px_per_mm)
    place *= 1 + random.normal(0, 0.0015, 2)

    along = int(random.integers(2))
    count, shape = (columns, (1, -1)) if along == 0 else (rows, (-1, 1))
    slip_mm = _slips(random, count, _STEP_PX / px_per_mm).reshape(shape)
    skew = 0.0004 * _smooth(random, count, 4).reshape(shape)
    place[:, :, along] += slip_mm + skew * place[:, :, 1 - along]

    angle = np.radians(np.clip(random.normal(0, 0.7), -_STEEPEST_DEG, _STEEPEST_DEG))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    place = place @ turn.T + np.array(sheet_mm) / 2 + random.normal(0, 0.5, 2)

    cell = 70 * px_per_mm / _STEP_PX
    warped_mm = min(random.exponential(0.04), 0.15)
    place += warped_mm * np.stack([fractal(random, (rows, columns), cell, 2) for _ in "xy"], axis=2)
    if relief is not None:
        shift = _PRESSED * relief.shift_mm.astype(np.float64)
        moved = read_lattice(shift, relief.step_mm, relief.step_mm, place.reshape(-1, 2))
        place -= moved.reshape(place.shape)
    return PaperMap(place, float(_STEP_PX))


def _slips(random: Generator, count: int, step_mm: float) -> NDArray[np.float64]:
    """Give (count,) millimeters that the feed is ahead: it wobbles, and slips now and then."""
    wobble_mm = min(random.exponential(0.04), 0.15)
    way_mm = np.arange(count) * step_mm
    ahead = wobble_mm * _smooth(random, count, max(round(way_mm[-1] / 15), 4))
    for _ in range(random.poisson(0.7)):
        slip_mm, at_mm = random.normal(0, 0.08), random.uniform(0, way_mm[-1])
        ahead += slip_mm * np.tanh((way_mm - at_mm) / random.uniform(3, 8))
    ahead -= ahead.mean()
    return ahead.clip(-_FARTHEST_MM, _FARTHEST_MM)


def _smooth(random: Generator, count: int, knots: int) -> NDArray[np.float64]:
    """Give (count,) values of a smooth curve through random knots of deviation 1."""
    heights = random.standard_normal((knots, 1))
    curve = cv2.resize(heights, (1, count), interpolation=cv2.INTER_CUBIC)
    return np.asarray(curve[:, 0], np.float64)
