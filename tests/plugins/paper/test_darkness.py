from __future__ import annotations

import numpy as np
import pytest

from ecgengine_plugins.paper.darkness import ink_free, measure_darkness


def page(light: int) -> np.ndarray:
    """Paper with a pale red line every ten pixels and a black stroke."""
    image = np.full((200, 300, 3), light, np.uint8)
    image[::10, :, 1:] = light // 2
    image[:, ::10, 1:] = light // 2
    image[104:107, 50:250] = light // 10
    return image


@pytest.mark.parametrize("light", [250, 120])
def test_darkness_is_a_part_of_the_light_around_and_colored_lines_have_none(light: int) -> None:
    darkness = measure_darkness(page(light))
    assert darkness[105, 100:200].min() > 0.8
    assert np.abs(darkness[20:60:10, 20:280]).max() < 0.01


def test_ink_and_what_is_next_to_it_is_not_free() -> None:
    darkness = measure_darkness(page(250))
    x, y = np.meshgrid(np.arange(0, 300, 10.0), np.arange(0, 200, 10.0))
    free = ink_free(darkness, np.stack([x, y], axis=-1), np.ones(x.shape))
    assert not free[103:108, 60:240].any()
    assert free[:100].all()


def test_where_few_crossings_are_known_everything_is_free() -> None:
    darkness = measure_darkness(page(250))
    nodes = np.zeros((3, 3, 2))
    assert ink_free(darkness, nodes, np.ones((3, 3))).all()
