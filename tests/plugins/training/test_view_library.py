from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from ecgengine.truth.case import Case
from ecgengine_plugins.training import view_library
from ecgengine_plugins.training.options import ClassifierTraining
from ecgengine_plugins.training.view_library import VIEWS_A_PAGE, ViewLibrary

OPTIONS = ClassifierTraining(pages=3, workers=0)


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Cut views that say only which page they are of; list the pages that were made."""
    made: list[str] = []

    def views_of(
        case: Case, random: np.random.Generator, *, count: int
    ) -> tuple[np.ndarray, np.ndarray]:
        made.append(case.name)
        views = random.integers(0, 256, (count, 4, 6, 3), dtype=np.uint8)
        return views, np.full(count, len(made) - 1)

    monkeypatch.setattr(view_library, "views_of", views_of)
    monkeypatch.setattr(view_library, "_CHUNK_PAGES", 2)
    return made


def test_views_are_made_once(tmp_path: Path, cut: list[str]) -> None:
    library = ViewLibrary(tmp_path, OPTIONS)
    # Whole chunks; made-up hearts and (here none) records take turns with the nine sources.
    assert cut == ["00000-render", "00001-color-scan", "00002-bw-scan", "00003-photo"]
    assert library.views.shape == (4 * VIEWS_A_PAGE, 4, 6, 3)
    assert library.sources.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]

    again = ViewLibrary(tmp_path, OPTIONS)
    assert len(cut) == 4
    assert np.array_equal(again.views, library.views)


def test_a_missing_chunk_is_made_again_as_it_was(tmp_path: Path, cut: list[str]) -> None:
    whole = ViewLibrary(tmp_path, OPTIONS)
    (tmp_path / "00000.npz").unlink()
    cut.clear()
    again = ViewLibrary(tmp_path, OPTIONS)
    assert cut == ["00000-render", "00001-color-scan"]
    assert np.array_equal(again.views, whole.views)


def test_every_view_is_drawn_and_equal_generators_draw_the_same(
    tmp_path: Path, cut: list[str]
) -> None:
    library = ViewLibrary(tmp_path, OPTIONS)
    views, sources = library.draw(200, np.random.default_rng(1))
    assert set(sources.tolist()) == {0, 1, 2, 3}
    assert len({view.tobytes() for view in views}) == 4 * VIEWS_A_PAGE
    assert np.array_equal(views, library.draw(200, np.random.default_rng(1))[0])
