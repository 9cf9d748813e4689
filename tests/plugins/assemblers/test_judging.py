from __future__ import annotations

import numpy as np
import pytest

from ecgengine.data.strips import Strip
from ecgengine_plugins.assemblers.judging import beats_due, unread_complexes
from ecgengine_plugins.assemblers.sampling import SampledStrip

FS_HZ = 500.0
STRIP = Strip("V1", 0, False, 0.0, 1000.0, 100.0, 0.0, 200.0, 0.0)


def beating(beats_s: list[float], without: tuple[float, ...] = ()) -> SampledStrip:
    """Ten seconds of complexes; those of `without` were bridged by a straight line."""
    time_s = np.arange(5000) / FS_HZ
    mv, confidence = np.zeros(5000), np.ones(5000)
    for beat in beats_s:
        if beat not in without:
            mv += np.exp(-(((time_s - beat) / 0.015) ** 2))
    for beat in without:
        confidence[np.abs(time_s - beat) < 0.06] = 0.0
    return SampledStrip(STRIP, 0, mv, confidence, np.ones(5000))


BEATS_S = [0.5 + 0.9 * k for k in range(10)]


def test_beats_are_due_where_strips_show_them() -> None:
    due_s = beats_due([beating(BEATS_S), beating(BEATS_S)], FS_HZ, 10.0)
    assert due_s.tolist() == pytest.approx(BEATS_S, abs=0.03)
    assert beats_due([], FS_HZ, 10.0).size == 0


def test_between_even_beats_the_missing_ones_are_due() -> None:
    lost = (BEATS_S[3], BEATS_S[6])
    strip = beating(BEATS_S, without=lost)
    due_s = beats_due([strip], FS_HZ, 10.0)
    assert due_s.tolist() == pytest.approx(BEATS_S, abs=0.03)
    (reason,) = unread_complexes(strip, due_s, FS_HZ)
    assert "3.2, 5.9 s" in reason


def test_complexes_that_were_read_leave_no_doubt() -> None:
    strip = beating(BEATS_S)
    assert unread_complexes(strip, np.array(BEATS_S), FS_HZ) == ()
