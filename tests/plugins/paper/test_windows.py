from __future__ import annotations

import numpy as np

from ecgengine_plugins.paper.windows import cut_window


def test_beyond_the_sheet_its_edge_goes_on() -> None:
    image = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    window = cut_window(image, -1, -2, 4, 5)
    np.testing.assert_array_equal(window[0], window[1])
    np.testing.assert_array_equal(window[:, 0], window[:, 2])
    np.testing.assert_array_equal(window[1:3, 2:4], image)
