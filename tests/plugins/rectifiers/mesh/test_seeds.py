from __future__ import annotations

import cv2
import numpy as np
import pytest

from ecgengine_plugins.rectifiers.mesh.seeds import (
    common_turn,
    cross_peaks,
    cut_patches,
    find_peaks,
)

FINER = 4


@pytest.mark.parametrize("turn_deg", [5.5, -12.0, 20.0])
@pytest.mark.parametrize("line_px", [6.3, 7.1])
def test_crisp_lines_turn_as_they_do_not_as_the_waves_between_them(
    turn_deg: float, line_px: float
) -> None:
    y, x = np.mgrid[: 600 * FINER, : 900 * FINER] / FINER
    turn, lean = np.radians(turn_deg), 0.03
    across = x * np.cos(turn) + y * np.sin(turn)
    down = -x * np.sin(turn + lean) + y * np.cos(turn + lean)
    on = [np.abs(d / line_px - np.round(d / line_px)) * line_px < 0.5 for d in (across, down)]
    lines = 40.0 * (on[0] | on[1]).astype(np.float32)
    values = cv2.resize(lines, (900, 600), interpolation=cv2.INTER_AREA)
    values += np.random.default_rng(1).normal(0, 6, values.shape).astype(np.float32)
    crosses = cross_peaks(find_peaks(cut_patches(values - values.mean())))
    assert np.degrees(common_turn(crosses)) == pytest.approx(turn_deg, abs=3.0)
