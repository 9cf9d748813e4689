"""What came of pictures without an ECG is summed up by kind."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest

from ecgengine.api import make_pipeline
from ecgengine.truth.sample import make_page


@pytest.fixture
def no_ecg(root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    return importlib.import_module("no_ecg")


def test_noise_is_refused_by_name(no_ecg: ModuleType) -> None:
    facts = no_ecg.look(5)("0")
    assert (facts["kind"], facts["refused"]) == ("noise", "NoEcgFoundError")
    assert "ok" not in facts


def test_an_ecg_would_be_noticed(no_ecg: ModuleType) -> None:
    pipeline = make_pipeline()
    found = pipeline.inspect(next(pipeline.sheets(make_page(px_per_mm=6.0).page)))
    facts = no_ecg.told(found, pipeline.extract(found).recording.leads)
    assert (facts["ok"], facts["named"], facts["layout"]) == (12, 13, "3x4+1")
    assert no_ecg.summed([facts, {"refused": "NoEcgFoundError"}, {"ok": 0}]) == {
        "pictures": 3,
        "refused": 1,
        "without ok": 1,
        "with ok": 1,
        "ok leads": 12,
    }
