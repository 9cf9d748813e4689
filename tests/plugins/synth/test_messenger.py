from __future__ import annotations

import numpy as np
import pytest

from ecgengine.geometry.paper_map import PaperMap
from ecgengine_plugins.synth.camera import photograph
from ecgengine_plugins.synth.messenger import send
from ecgengine_plugins.synth.picture import Shot


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_map_of_a_small_picture_is_exact(dotted, misses, seed: int) -> None:
    leaf, dots = dotted
    shot = photograph(leaf, np.random.default_rng(seed), tilt_deg=10.0)
    small = send(shot, np.random.default_rng(seed))
    assert 800 <= max(small.image.shape) <= 1600
    assert 40 <= (small.jpeg_quality or 0) <= 80
    share = np.array(small.image.shape[1::-1]) / shot.image.shape[1::-1]
    at = np.random.default_rng(0).uniform(0, 780, (500, 2))
    same = shot.paper_map.to_paper((at + 0.5) / share - 0.5)
    np.testing.assert_allclose(small.paper_map.to_paper(at), same, atol=0.02)
    off = misses(small, dots)
    assert np.abs(np.median(off, axis=0)).max() < 0.1


def test_small_pictures_keep_their_size() -> None:
    corners_mm = np.array([[[0.0, 0], [40, 0]], [[0, 40], [40, 40]]])
    shot = Shot(np.zeros((300, 400, 3), np.uint8), PaperMap(corners_mm, 400.0))
    small = send(shot, np.random.default_rng(1))
    assert small.image.shape == shot.image.shape
    np.testing.assert_allclose(small.paper_map.nodes_mm, corners_mm, atol=1e-12)
