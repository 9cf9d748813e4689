"""Draw what people add to a page: remarks, rings and arrows around a beat, stamps."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.truth.case import PrintedStrip
from ecgengine_kernels.drawing import draw_curve
from ecgengine_plugins.synth.letters import put, word
from ecgengine_plugins.synth.style import Style


def draw_marks(
    layer: NDArray[np.uint8],
    style: Style,
    strips: tuple[PrintedStrip, ...],
    random: np.random.Generator,
) -> None:
    """Draw the style's remarks and stamp into an (H, W) layer of coverage."""
    scale = style.px_per_mm
    for _ in range(style.handwriting):
        match int(random.integers(4)):
            case 0 | 1:
                curve = _scribble(random) + random.uniform((8, 6), np.array(style.paper_mm) * 0.85)
            case 2:
                curve = _ring(random) + _beat(strips, random)
            case _:
                curve = _arrow(random) + _beat(strips, random)
        width_px = float(random.uniform(0.3, 0.7)) * scale
        draw_curve(layer, curve * scale - 0.5, width_px, -np.inf, np.inf)
    if style.stamp:
        _stamp(layer, style, random)


def _beat(strips: tuple[PrintedStrip, ...], random: np.random.Generator) -> NDArray[np.float64]:
    """Choose a place on a trace, on paper."""
    strip = strips[int(random.integers(len(strips)))]
    point = strip.centerline_mm[int(random.integers(len(strip.centerline_mm)))]
    return np.asarray(point, dtype=np.float64)


def _scribble(random: np.random.Generator) -> NDArray[np.float64]:
    """Write something unreadable: loops and arches along a line, the pen lifted between words."""
    height = float(random.uniform(1.2, 2.6))
    words = []
    left = 0.0
    for _ in range(int(random.integers(1, 4))):
        strokes = int(random.integers(6, 22))
        knots = random.normal(0, 0.3, (strokes, 2))
        knots[:, 0] += np.arange(strokes) * 0.62
        knots[:, 1] += np.where(np.arange(strokes) % 2, -1.0, 0.0)
        tall = random.random(strokes) < 0.2
        knots[tall, 1] += np.where(random.random(int(tall.sum())) < 0.7, -1.1, 0.9)
        curve = _smooth(knots) * height + (left, 0.0)
        words += [curve, np.full((1, 2), np.nan)]
        left = float(curve[:, 0].max()) + 0.9 * height
    return _turned(np.concatenate(words), float(random.normal(0, 0.06)))


def _ring(random: np.random.Generator) -> NDArray[np.float64]:
    """Ring something in one sweep that does not quite close."""
    angle = np.linspace(0, 2 * np.pi * float(random.uniform(0.95, 1.15)), 90)
    angle = angle + float(random.uniform(0, 6.28))
    grow = 1 + 0.06 * np.linspace(0, 1, angle.size)
    wide, high = random.uniform((3, 4), (10, 12))
    return np.stack([wide * grow * np.cos(angle), high * grow * np.sin(angle)], axis=1)


def _arrow(random: np.random.Generator) -> NDArray[np.float64]:
    """Point at something from above or below."""
    up = -1.0 if random.random() < 0.7 else 1.0
    length = float(random.uniform(7, 16))
    shaft = np.array([[0.4, up * length], [0.1, up * length * 0.5], [0.0, up * 1.5]])
    head = np.array([[-1.2, up * 3.4], [0.0, up * 1.5], [1.3, up * 3.2]])
    lifted = np.concatenate([_smooth(shaft), np.full((1, 2), np.nan), head])
    return _turned(lifted, float(random.normal(0, 0.3)))


def _smooth(knots: NDArray[np.float64]) -> NDArray[np.float64]:
    """Run a Catmull-Rom curve through (N, 2) knots, twelve points between each two."""
    padded = np.concatenate([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    t = np.linspace(0, 1, 12, endpoint=False)[None, :, None]
    a, b, c, d = (padded[k : len(knots) - 1 + k, None] for k in range(4))
    curve = b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    return np.asarray(curve.reshape(-1, 2))


def _turned(points: NDArray[np.float64], angle: float) -> NDArray[np.float64]:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.asarray(points @ np.array([[cos, sin], [-sin, cos]]))


def _stamp(layer: NDArray[np.uint8], style: Style, random: np.random.Generator) -> None:
    """Stamp a word in a frame, turned and unevenly inked."""
    scale = style.px_per_mm
    letters = word(style.stamp, "sans-bold", float(random.uniform(3.5, 6.0)) * scale)
    pad, line = round(2.0 * scale), max(round(0.5 * scale), 1)
    mask = cv2.copyMakeBorder(letters, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0)
    cv2.rectangle(mask, (line, line), (mask.shape[1] - line, mask.shape[0] - line), 255, line)
    size = int(np.hypot(*mask.shape)) + 2
    turn = cv2.getRotationMatrix2D(
        (mask.shape[1] / 2, mask.shape[0] / 2), float(random.normal(0, 12)), 1.0
    )
    turn[:, 2] += (size - mask.shape[1]) / 2, (size - mask.shape[0]) / 2
    turned = cv2.warpAffine(mask, turn, (size, size), flags=cv2.INTER_LINEAR)
    blotches = cv2.resize(
        random.uniform(0.25, 1.0, (8, 8)).astype(np.float32), (size, size),
        interpolation=cv2.INTER_CUBIC,
    )  # fmt: skip
    inked = np.clip(turned * np.clip(blotches, 0, 1), 0, 255).astype(np.uint8)
    left, top = random.uniform(0.02, 0.75, 2) * (layer.shape[1], layer.shape[0])
    put(layer, inked, float(left), float(top))
