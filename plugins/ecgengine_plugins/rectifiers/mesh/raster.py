"""Tell the raster of a photographed screen from a grid, and filter it out of the picture.

A period of five millimeters has five lines; six or more equal ones, or nearly nothing but five as
near as pixels, are a raster.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.rectifiers.mesh import tuning
from ecgengine_plugins.rectifiers.mesh.counting import LINES
from ecgengine_plugins.rectifiers.mesh.growth import printed_lines

FINEST = 0.45  # cycles per pixel; what is finer no picture shows


def raster_waves(
    templates: NDArray[np.float64], frame: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """Find waves (x, y), cycles per pixel, that rule one direction of a grid.

    Five lines in a period are a grid's; where most of what is seen is another, higher number, or
    nearly all of it five as near to each other as pixels of a screen, none of them heavier, they
    are the screen's rows or columns. They lie as evenly as the grid on the same screen, and a mesh
    may hold on to them while it loses the lines. No grid is there without broad strokes in either
    direction.

    Args:
        templates: (2, N) mean course over a period along either direction.
        frame: (2, 2) rows: one period along either direction, pixels.
    """
    power = np.abs(np.fft.rfft(templates)) ** 2
    power[:, 0] = 0.0
    total = power.sum(axis=1)
    if not (power[:, : LINES + 1].sum(axis=1) > tuning.BROAD_POWER * total).any():
        return []
    number = np.arange(power.shape[1])
    others = np.where((number > LINES) & (number % LINES > 0), power, 0.0)
    waves = []
    for axis, wave in enumerate(np.linalg.inv(frame).T):
        heavy = printed_lines(templates[axis : axis + 1]).heavy
        near = tuning.RASTER_PX * LINES * np.linalg.norm(wave) > 1 and not heavy
        ruling = wave * others[axis].argmax()
        if (
            others[axis].max() > tuning.RASTER_POWER * total[axis]
            and np.linalg.norm(ruling) < FINEST
        ):
            waves.append(ruling)
        elif near and power[axis, LINES::LINES].sum() > tuning.SCREEN_ROWS_POWER * total[axis]:
            waves.append(wave * LINES)
    return waves


def without_wave(values: NDArray[np.float32], wave: NDArray[np.float64]) -> NDArray[np.float32]:
    """Take a wave out of an (H, W) picture, with what is near it in frequency.

    Its amplitude and phase may change over the picture: they are those of a small surrounding.
    """
    height, width = values.shape
    across, down = (
        np.exp(-2j * np.pi * step * np.arange(size))
        for step, size in zip(wave, (width, height), strict=True)
    )
    carrier = (down[:, None] * across).astype(np.complex64)
    turned = values * carrier
    real, imaginary = (
        cv2.GaussianBlur(np.ascontiguousarray(part), (0, 0), tuning.RASTER_SPREAD_PX)
        for part in (turned.real, turned.imag)
    )
    return np.asarray(values - 2 * (real * carrier.real + imaginary * carrier.imag))
