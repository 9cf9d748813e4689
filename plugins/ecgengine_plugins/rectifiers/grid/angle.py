"""Find the angle of a grid from the sharp spectral peaks that all parts of the page share."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.rectifiers.grid import tuning


def tile_spectrum(values: NDArray[np.float32], side: int, most: int) -> NDArray[np.float32]:
    """Mean log power over tiles: what only few tiles hold (text, a beat) counts little.

    Gives (side, side // 2 + 1), frequency (row / side, column / side), rows shifted so that
    frequency zero is row side // 2.
    """
    height, width = values.shape
    across = max(1, round(width / side))
    down = max(1, round(height / side))
    while across * down > most:
        across, down = (across - 1, down) if across >= down else (across, down - 1)
    window = np.hanning(side).astype(np.float32)
    taper = window[:, None] * window[None, :]
    total = np.zeros((side, side // 2 + 1), dtype=np.float32)
    for top in np.linspace(0, height - side, down).astype(int):
        for left in np.linspace(0, width - side, across).astype(int):
            tile = values[top : top + side, left : left + side] * taper
            waves = cv2.dft(tile, flags=cv2.DFT_COMPLEX_OUTPUT)[:, : side // 2 + 1]
            power = np.einsum("ijk,ijk->ij", waves, waves)
            total += cv2.log(power + 1e-6 * power.mean() + 1e-3)
    return np.fft.fftshift(total / (across * down), axes=0)


def find_angle(values: NDArray[np.float32], max_angle_deg: float) -> float:
    """Find by how much the grid is turned, radians; positive turns x toward y.

    Both families of lines must agree, so that a page of text or of beats decides little.
    """
    side = 512
    height, width = values.shape
    if min(height, width) < side:
        side = 256
        pad_y, pad_x = max(0, side - height), max(0, side - width)
        values = np.pad(values, ((0, pad_y), (0, pad_x)))
    spectrum = tile_spectrum(values, side, most=12)
    angles = np.radians(np.arange(-max_angle_deg, max_angle_deg + 1e-9, tuning.ANGLE_STEP_DEG))
    radii = np.arange(4.0, side * 0.47, 0.5)
    families = []
    for family in (0, 1):
        turned = angles[:, None] + family * np.pi / 2
        u, v = radii * np.cos(turned), radii * np.sin(turned)
        flip = np.where(u < 0, -1.0, 1.0)
        polar = cv2.remap(
            spectrum,
            (u * flip).astype(np.float32),
            (v * flip + side // 2).astype(np.float32),
            cv2.INTER_LINEAR,
        )
        polar = polar - np.median(polar, axis=0, keepdims=True)
        polar -= 0.5 * np.median(polar, axis=1, keepdims=True)
        families.append((np.clip(polar - 0.8, 0.0, 3.0) ** 2).sum(axis=1))
    steps = range(-tuning.SHEAR_STEPS, tuning.SHEAR_STEPS + 1)
    sheared = [np.max([np.roll(one, k) for k in steps], axis=0) for one in families]
    best = int(np.argmax(families[0] + families[1] + 0.3 * (sheared[0] + sheared[1])))
    near = slice(max(0, best - tuning.SHEAR_STEPS), best + tuning.SHEAR_STEPS + 1)
    strength = families[0][near] + families[1][near]
    weight = np.clip(strength - 0.5 * strength.max(), 0.0, None)
    return float((weight * angles[near]).sum() / weight.sum()) if weight.sum() > 0 else 0.0
