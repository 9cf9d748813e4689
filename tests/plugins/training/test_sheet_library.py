from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from ecgengine.truth.case import Case
from ecgengine_plugins.training import sheet_library
from ecgengine_plugins.training.options import PageTraining
from ecgengine_plugins.training.page_sheets import Line, MarkedSheet, packed
from ecgengine_plugins.training.sheet_library import SheetLibrary, sheets

OPTIONS = PageTraining(pages=6, workers=0)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Keep sheets that say only how many were made before; list the pages that were made."""
    names: list[str] = []
    nowhere = np.full((2, 2), np.nan, np.float32)

    def packed_sheet_of(case: Case, random: np.random.Generator) -> tuple[np.ndarray]:
        names.append(case.name)
        line = Line("pulse", np.full((2, 2), len(names), np.float32), nowhere)
        image, inked = np.zeros((8, 8, 3), np.uint8), np.zeros((4, 4), bool)
        sheet = MarkedSheet(image, inked, (line,), np.zeros((0, 5), np.float32))
        return (np.frombuffer(packed(sheet), np.uint8)[None],)

    monkeypatch.setattr(sheet_library, "packed_sheet_of", packed_sheet_of)
    monkeypatch.setattr(sheet_library, "_FIRST_PAGES", 2)
    monkeypatch.setattr(sheet_library, "_PAGES_A_BATCH", 1.0)
    return names


def drawn(library: SheetLibrary, number: int) -> list[int]:
    """The numbers of fifty sheets drawn for a batch."""
    found = library.draw(number, 50, np.random.default_rng(number))
    return [round(float(sheet.lines[0].points_mm[0, 0])) for sheet in found]


def test_pages_are_made_when_their_batch_comes(tmp_path: Path, made: list[str]) -> None:
    library = SheetLibrary(tmp_path, OPTIONS, 1)
    assert made == []
    assert set(drawn(library, 0)) == {1, 2}
    assert made == ["00000-render", "00001-color-scan"]
    assert set(drawn(library, 2)) == {1, 2, 3, 4}
    assert set(drawn(library, 40)) == {1, 2, 3, 4, 5, 6}
    assert len(made) == 6


def test_what_was_made_stays_and_what_is_drawn_is_the_same(tmp_path: Path, made: list[str]) -> None:
    first = drawn(SheetLibrary(tmp_path, OPTIONS, 1), 1)
    assert len(made) == 3
    assert drawn(SheetLibrary(tmp_path, OPTIONS, 1), 1) == first
    assert len(made) == 3
    # Of a library with a hole only the hole is filled.
    (tmp_path / "00001.npz").unlink()
    drawn(SheetLibrary(tmp_path, OPTIONS, 1), 1)
    assert made[3:] == ["00001-color-scan"]


def test_sheets_for_validation_begin_where_they_are_told(made: list[str]) -> None:
    stream = sheets(5, 2)
    for _ in range(2):
        next(stream)
    assert made == ["00002-bw-scan", "00003-photo"]
