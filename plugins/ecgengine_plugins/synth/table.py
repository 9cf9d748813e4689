"""Tables that sheets lie on, painted from noise: wood, cloth and plain desks."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

_SIDE = 512

_WOODS = (
    # light and dark parts
    ((176, 132, 92), (140, 98, 64)),
    ((196, 158, 116), (168, 126, 86)),
    ((138, 96, 62), (98, 64, 40)),
    ((92, 62, 44), (58, 38, 28)),
    ((58, 58, 62), (34, 34, 38)),
    ((214, 196, 170), (196, 174, 144)),
)
_CLOTHS = ((70, 56, 120), (42, 46, 60), (120, 124, 130), (176, 170, 158), (60, 96, 118))
_DESKS = ((222, 220, 214), (180, 182, 184), (112, 114, 118), (40, 41, 44), (150, 134, 116))


def make_table(random: Generator) -> NDArray[np.uint8]:
    """Paint a piece of some table: (512, 512, 3) uint8 RGB, to be repeated mirrored."""
    kind = random.random()
    if kind < 0.55:
        return _wood(random)
    if kind < 0.7:
        return _cloth(random)
    return _desk(random)


def _wood(random: Generator) -> NDArray[np.uint8]:
    """Paint rings cut along the trunk, fibers and pores, the grain along x."""
    light, dark = (np.array(tone, np.float32) for tone in _WOODS[random.integers(len(_WOODS))])
    y = np.arange(_SIDE, dtype=np.float32)[:, None] / _SIDE
    rings = random.uniform(4, 9) * y + 3.0 * _clouds(random, 3, 2) + 0.5 * _clouds(random, 24, 4)
    ring = (rings - np.floor(rings)) ** 2
    fibers = _clouds(random, 256, 5) + 0.7 * _clouds(random, 512, 16)
    pores = np.maximum(_clouds(random, 512, 24) - 0.8, 0)
    share = np.clip(0.25 + 0.35 * ring + 0.25 * fibers + 0.5 * pores, 0, 1)[:, :, None]
    return _rounded(light + (dark - light) * share)


def _cloth(random: Generator) -> NDArray[np.uint8]:
    """Paint threads over and under each other, and soft folds."""
    color = np.array(_CLOTHS[random.integers(len(_CLOTHS))], np.float32)
    period = random.choice([4, 8])
    turn = np.arange(_SIDE, dtype=np.float32) * np.float32(2 * np.pi / period)
    weave = np.sin(turn)[:, None] * np.sin(turn)[None, :]
    value = 1 + 0.10 * weave + 0.06 * _clouds(random, 512, 512) + 0.04 * _clouds(random, 5, 5)
    return _rounded(color * value[:, :, None])


def _desk(random: Generator) -> NDArray[np.uint8]:
    """Paint an even desk with a faint speckle."""
    color = np.array(_DESKS[random.integers(len(_DESKS))], np.float32)
    value = 1 + 0.02 * _clouds(random, 6, 6) + 0.015 * _clouds(random, 256, 256)
    return _rounded(color * value[:, :, None])


def _clouds(random: Generator, rows: int, columns: int) -> NDArray[np.float32]:
    """Enlarge (rows, columns) of normal noise to the tile."""
    noise = random.standard_normal((rows, columns), dtype=np.float32)
    return np.asarray(
        cv2.resize(noise, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC), dtype=np.float32
    )


def _rounded(image: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(np.clip(np.rint(image), 0, 255), dtype=np.uint8)
