"""What came of pictures without an ECG is summed up by kind."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from ecgengine.data.page import Page
from ecgengine.data.recording import Lead, LeadStatus
from ecgengine.data.source import Source
from ecgengine.data.strips import Calibration, Strip, Strips


@pytest.fixture
def no_ecg(root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    return importlib.import_module("no_ecg")


def test_a_refusal_is_kept_with_its_name(
    no_ecg: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    blank = Page(np.full((200, 300, 3), 255, np.uint8), "blank", "blank.png")
    picture = importlib.import_module("no_ecg_pictures").Picture("blank", Source.RENDER, blank)
    monkeypatch.setattr(no_ecg, "make_picture", lambda seed, index: picture)
    facts = no_ecg.look(5)("0")
    assert (facts["kind"], facts["refused"]) == ("blank", "NoEcgFoundError")
    assert "ok" not in facts


def test_leads_that_are_ok_are_counted(no_ecg: ModuleType) -> None:
    nothing = np.zeros(0, np.float32)
    leads = [Lead("I", nothing, 0.0, nothing, status) for status in LeadStatus]
    strips = [
        Strip(lead, 0, False, 0.0, 9.0, 5.0, 0.0, 9.0, 0.0, lead_probability=sure)
        for lead, sure in (("I", 0.9), ("II", 0.7), (None, 0.1))
    ]
    found = SimpleNamespace(
        strips=Strips(tuple(strips), None, Calibration(), 0.8),
        sheet=SimpleNamespace(scale_source="grid"),
    )
    facts = no_ecg.told(found, leads)
    assert (facts["ok"], facts["strips"], facts["named"], facts["least name"]) == (1, 3, 2, 0.7)
    assert no_ecg.summed([facts, {"refused": "NoEcgFoundError"}, {"ok": 0}]) == {
        "pictures": 3,
        "refused": 1,
        "without ok": 1,
        "with ok": 1,
        "ok leads": 1,
    }
