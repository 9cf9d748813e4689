from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine_kernels.ink import straight_bars
from ecgengine_plugins.paper.pulses.from_bars import NARROWEST_MM, find_pulses

SCALE, PEN_PX = 8.0, 3
TOP, LEFT, RIGHT, FOOT = 40, 60, 99, 119


def pulse() -> NDArray[np.bool_]:
    """A pulse of 5 by 10 mm."""
    core = np.zeros((200, 200), np.bool_)
    core[TOP : TOP + PEN_PX, LEFT : RIGHT + 1] = True
    for x in (LEFT, RIGHT - PEN_PX + 1):
        core[TOP : FOOT + 1, x : x + PEN_PX] = True
    return core


def found(core: NDArray[np.bool_]) -> list[tuple[int, int, int, int]]:
    bars = straight_bars(core, round(NARROWEST_MM * SCALE), 1, 100)
    return [tuple(box) for box in find_pulses(bars, core, PEN_PX, SCALE)]


def test_a_pulse_is_found_down_to_its_feet() -> None:
    assert found(pulse()) == [(TOP, FOOT, LEFT, RIGHT)]


@pytest.mark.parametrize("spoil", ["leg", "inside", "above", "wide"])
def test_what_lacks_a_leg_or_is_not_empty_is_none(spoil: str) -> None:
    core = pulse()
    if spoil == "leg":
        core[TOP + PEN_PX + 5 : FOOT, LEFT : LEFT + PEN_PX] = False
    elif spoil == "inside":
        core[TOP:FOOT, LEFT:RIGHT:3] = True
    elif spoil == "above":
        core[TOP - 6 : TOP - 1, LEFT : RIGHT + 1] = True
    else:
        core[TOP : TOP + PEN_PX, LEFT : LEFT + round(13 * SCALE)] = True
    assert (TOP, FOOT, LEFT, RIGHT) not in found(core)
