from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine_plugins.paper.pulses.without_grid import find_pulses


def page(px_per_mm: float, degrees: float = 0.0) -> NDArray[np.uint8]:
    """A page without grid: three wavy rows, each after a calibration pulse, laid on askew."""
    image = np.full((int(110 * px_per_mm), int(200 * px_per_mm), 3), 255, dtype=np.uint8)
    x_mm = np.arange(20, 190, 0.2)
    for row in range(3):
        zero_mm = 30.0 + 30 * row
        wave = np.column_stack([x_mm, zero_mm - 1.5 * np.sin(x_mm / 3.3)])
        feet = np.array([[8, 0], [10, 0], [10, -10], [15, -10], [15, 0], [17, 0]])
        for points in (wave, np.add(feet, (0, zero_mm))):
            steps = np.round(points * px_per_mm * 16).astype(np.int32).reshape(-1, 1, 2)
            cv2.polylines(image, [steps], False, (0, 0, 0), 3, cv2.LINE_AA, 4)
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -degrees, 1.0)
    askew = cv2.warpAffine(image, turn, (width, height), borderValue=(255, 255, 255))
    return askew.astype(np.uint8)


@pytest.mark.parametrize("px_per_mm", [5.5, 7.874, 11.811])
@pytest.mark.parametrize("degrees", [0.0, -1.0, 1.0])
def test_pulses_are_measured_to_half_a_percent(px_per_mm: float, degrees: float) -> None:
    pulses = find_pulses(page(px_per_mm, degrees))
    assert pulses is not None
    assert pulses.pulses == 3
    assert pulses.px_per_mm == pytest.approx((px_per_mm, px_per_mm), rel=0.005)


def test_faint_pulses_are_found_beside_dark_blots() -> None:
    image = 255 - (255 - page(7.874)) // 2
    cv2.circle(image, (900, 600), 120, (10, 25, 15), -1)
    pulses = find_pulses(image)
    assert pulses is not None
    assert pulses.pulses == 3


def test_letters_are_no_pulses() -> None:
    image = page(7.874)
    image[:, : round(19 * 7.874)] = 255
    for line in range(3):
        place = (160, 60 + 40 * line)
        cv2.putText(image, "n n nnn h TT n", place, cv2.FONT_HERSHEY_SIMPLEX, 1.2, (0, 0, 0), 2)
    assert find_pulses(image) is None
