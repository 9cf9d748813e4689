from __future__ import annotations

import numpy as np
import pytest

from ecgengine.truth.case import Case
from ecgengine_plugins.training import pages
from ecgengine_plugins.training.pages import Cut, PageSamples, Samples, training_pages


@pytest.fixture(autouse=True)
def _few_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_PAGES", 100)


def _what(case: Case, random: np.random.Generator) -> Samples:
    return (np.array([case.layout]),)


def test_a_share_of_training_pages_is_arranged_freely_and_the_others_stay() -> None:
    (usual,), (free,), (some,) = (training_pages("synthetic", "", 1, free=x) for x in (0, 1, 0.5))
    assert usual.names() == free.names() == some.names()
    name = next(iter(usual.names()))
    assert usual.load(name).file != free.load(name).file
    assert some.load(name).file in {usual.load(name).file, free.load(name).file}


def test_samples_come_from_free_pages_where_asked() -> None:
    cut = Cut(_what, {})
    found = {
        share: [PageSamples(cut, "synthetic", "", 1, share)[9 * k][0][0] for k in range(6)]
        for share in (0.0, 1.0)
    }
    assert not any("-" in name.replace("-cabrera", "").replace("-chest", "") for name in found[0.0])
    assert any("-" in name.replace("-cabrera", "").replace("-chest", "") for name in found[1.0])
