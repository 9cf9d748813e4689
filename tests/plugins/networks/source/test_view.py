from __future__ import annotations

import numpy as np
import pytest

from ecgengine_plugins.networks.source.view import HEIGHT_PX, WHOLE_WIDTH_PX, WIDTH_PX, view_of


def striped(height: int, width: int) -> np.ndarray:
    """Pale paper with thin lines and, right in the middle, a black bar of print."""
    image = np.full((height, width, 3), (250, 240, 230), np.uint8)
    image[::9] = (230, 120, 120)
    image[height // 2 - 100 : height // 2 + 100, width // 4 : -width // 4] = 0
    return image


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (3000, 1), (63, 65), (128, 192), (900, 700)])
def test_pages_of_any_size_have_a_view(shape: tuple[int, int]) -> None:
    view = view_of(np.full((*shape, 3), 200, np.uint8))
    assert view.shape == (HEIGHT_PX, WIDTH_PX, 3)
    assert view.dtype == np.uint8
    assert set(np.unique(view)) <= {128, 200}
    assert (view == 200).any()


def test_the_whole_page_stands_at_the_left_with_its_proportions() -> None:
    image = np.full((1500, 2000, 3), 255, np.uint8)
    image[:750, :1000] = (255, 0, 0)
    whole = view_of(image)[:, :WHOLE_WIDTH_PX]
    assert (whole[:, 256:] == 128).all()
    red = (whole[..., 0] > 250) & (whole[..., 1] < 5)
    assert red.sum() == pytest.approx(96 * 128, rel=0.02)
    assert red[:95, :127].all()


def test_a_high_page_is_turned() -> None:
    image = np.full((2000, 1500, 3), 255, np.uint8)
    image[:200] = 0
    whole = view_of(image)[:, :256]
    assert whole[:, :25].max() == 0
    assert whole[:, 27:].min() == 255


def test_patches_are_pixels_of_each_eighth_on_paper() -> None:
    image = striped(1600, 2000)
    image[:, :300] = image[:300] = np.random.default_rng(1).integers(0, 90, 3, dtype=np.uint8)
    patches = view_of(image)[:, WHOLE_WIDTH_PX:]
    for top in range(0, HEIGHT_PX, 48):
        for left in (0, 48):
            patch = patches[top : top + 48, left : left + 48]
            # Lines of one pixel stay such, and the dark table is not looked at.
            rows = patch[:, 0, 1] == 120
            assert 5 <= rows.sum() <= 6
            assert (patch[:, :, 0] >= 200).mean() > 0.9


def test_patches_begin_on_jpeg_blocks() -> None:
    y, x = np.mgrid[:1200, :1600]
    image = np.stack([y % 8, x % 8, (x + y) % 2 * 255], axis=2).astype(np.uint8)
    patches = view_of(image)[:, WHOLE_WIDTH_PX:]
    assert (patches[::48, ::48, :2] == 0).all()


def test_neither_order_of_memory_nor_repetition_matters() -> None:
    image = np.random.default_rng(2).integers(0, 256, (700, 900, 3), dtype=np.uint8)
    expected = view_of(image)
    assert np.array_equal(
        view_of(image[:, :, ::-1])[:, :, ::-1], view_of(image[:, :, ::-1].copy())[:, :, ::-1]
    )
    assert np.array_equal(view_of(np.asfortranarray(image)), expected)
