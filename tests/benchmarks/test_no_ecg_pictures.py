"""Pictures without an ECG come out the same each time, and show what they say."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest


@pytest.fixture
def pictures(root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    return importlib.import_module("no_ecg_pictures")


def test_a_picture_is_the_same_each_time(pictures: ModuleType) -> None:
    for index in (0, 1):
        one, same = (pictures.make_picture(5, index) for _ in range(2))
        assert (one.kind, one.source, one.page.name) == (same.kind, same.source, same.page.name)
        assert one.kind == pictures.KINDS[index]
        assert np.array_equal(one.page.image, same.page.image)
        other = pictures.make_picture(6, index).page.image
        assert not np.array_equal(one.page.image, other)


def test_every_kind_of_print_is_the_same_each_time(pictures: ModuleType) -> None:
    for kind, draw in pictures.PRINTS.items():
        one, same = (draw(np.random.default_rng(3)) for _ in range(2))
        assert one.trace.any() or one.text.any(), kind
        for layer in ("trace", "text", "grid", "marks"):
            assert np.array_equal(getattr(one, layer), getattr(same, layer)), (kind, layer)


def test_empty_paper_has_names_and_no_traces(pictures: ModuleType) -> None:
    sheet = pictures.PRINTS["empty paper"](np.random.default_rng(2))
    assert not sheet.trace.any()
    assert sheet.text.any()


def test_sines_stand_where_leads_would(pictures: ModuleType) -> None:
    sheet = pictures.PRINTS["sines"](np.random.default_rng(2))
    assert np.mean(sheet.trace.max(axis=0) > 0) > 0.7
