from __future__ import annotations

from dataclasses import replace

import numpy as np

from ecgengine.truth.sample import make_ecg
from ecgengine_plugins.paper.layouts import LAYOUTS
from ecgengine_plugins.synth.drawing import draw_page
from ecgengine_plugins.synth.style import draw_style


def marks(handwriting: int, stamp: str, seed: int = 3) -> np.ndarray:
    random = np.random.default_rng(seed)
    style = draw_style(random, LAYOUTS[0], 72.0)
    style = replace(style, handwriting=handwriting, stamp=stamp)
    return draw_page(style, make_ecg(), random).sheet.marks


def test_handwriting_and_stamps_leave_ink_on_a_layer_of_their_own() -> None:
    assert not marks(0, "").any()
    written, stamped = marks(3, ""), marks(0, "COPY")
    assert 0.0001 < np.mean(written > 128) < 0.05
    assert 0.0001 < np.mean(stamped > 40) < 0.05
    assert not np.array_equal(marks(3, "", seed=4), written)
