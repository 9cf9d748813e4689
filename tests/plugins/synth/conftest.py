from __future__ import annotations

import cv2
import numpy as np
import pytest

from ecgengine_plugins.synth.picture import Leaf

PX_PER_MM = 4.0
SHEET_MM = (280, 210)


@pytest.fixture(scope="session")
def dotted():
    """A white leaf with black dots of 3 mm, and where they are in millimeters."""
    image = np.full((SHEET_MM[1] * 4, SHEET_MM[0] * 4, 3), 255, np.uint8)
    y, x = np.mgrid[15 : SHEET_MM[1] - 10 : 15, 15 : SHEET_MM[0] - 10 : 15]
    dots = np.stack([x.ravel(), y.ravel()], axis=1).astype(float)
    for dot in dots:
        # A disc whose center lies on the corner of four pixels.
        at = np.rint((dot * PX_PER_MM - 0.5) * 16).astype(int)
        cv2.circle(image, tuple(int(v) for v in at), 6 * 16, (0, 0, 0), -1, cv2.LINE_AA, 4)
    return Leaf(image, PX_PER_MM), dots


@pytest.fixture(scope="session")
def misses():
    return _misses


def _misses(shot, dots):
    """Find each dot near where the map says; give how far off its center of mass is, in pixels."""
    gray = shot.image.mean(axis=2)
    height, width = gray.shape
    found = []
    for x, y in shot.paper_map.to_page(dots):
        if not (20 < x < width - 20 and 20 < y < height - 20):
            continue
        left, top = round(x) - 14, round(y) - 14
        part = gray[top : top + 29, left : left + 29]
        ink = np.clip(np.percentile(part, 75) * 0.75 - part, 0, None)
        v, u = np.mgrid[:29, :29]
        found.append(
            (left + np.sum(u * ink) / ink.sum() - x, top + np.sum(v * ink) / ink.sum() - y)
        )
    return np.array(found)
