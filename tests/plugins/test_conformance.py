"""Every built-in plugin meets the public conformance checks."""

from __future__ import annotations

import importlib
from importlib import metadata
from typing import Any

import pytest

from ecgengine.plugins.hooks import StagePlugin
from ecgengine.plugins.kinds import KINDS
from ecgengine.plugins.manager import PluginManager
from ecgengine.running.files import write_files
from ecgengine.testing import check_dataset, check_hooks, check_plugin, faults
from ecgengine.testing.material import sample
from ecgengine.truth.case import Case
from ecgengine.truth.case_files import case_files

NEEDS_TABLE = "renders nothing without the option `table`"
KNOWN_FAILURES = {
    "kaggle": {"no network": NEEDS_TABLE, "sample": NEEDS_TABLE, "repeats": NEEDS_TABLE},
    "wfdb": {"odd name": "WFDB allows only letters, digits and underscores in names"},
}

PLUGINS = [
    pytest.param(kind, plugin, id=f"{kind}-{plugin.name}")
    for kind in KINDS
    if kind != "dataset"
    for plugin in PluginManager(only=["ecgengine"]).plugins(kind)
]
MODULES = [
    point.value
    for point in metadata.entry_points(group="ecgengine")
    if point.dist is not None and point.dist.name == "ecgengine"
]


@pytest.mark.parametrize(("kind", "plugin"), PLUGINS)
def test_plugin(kind: str, plugin: StagePlugin[Any]) -> None:
    results = check_plugin(kind, plugin, KNOWN_FAILURES.get(plugin.name))
    assert len(results) >= 5
    assert not faults(results), "\n".join(map(str, faults(results)))


@pytest.fixture(scope="module")
def which(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The sample page as a folder, and as the competition's data lie."""
    folder, competition = (tmp_path_factory.mktemp(name) for name in ("folder", "kaggle"))
    drawn = sample()
    case = Case("sample", drawn.page, drawn.truth)
    files = case_files(case)
    write_files(folder / "sample", files)
    write_files(competition / "train" / "7", {"7-0001.png": files["page.png"]})
    lines = files["leads.csv"].decode().splitlines()
    leads = "\n".join(line.split(",", 1)[1] for line in lines)
    write_files(competition / "train" / "7", {"7.csv": leads.encode()})
    write_files(competition, {"train.csv": b"id,fs,sig_len\n7,500,5000\n"})
    return {"folder": str(folder), "kaggle": str(competition), "synthetic": ""}


@pytest.mark.parametrize("name", [p.name for p in PluginManager(only=["ecgengine"]).datasets()])
def test_dataset(name: str, which: dict[str, str]) -> None:
    plugin = next(p for p in PluginManager(only=["ecgengine"]).datasets() if p.name == name)
    results = check_dataset(plugin, which=which[name])
    assert not faults(results), "\n".join(map(str, faults(results)))


@pytest.mark.parametrize("module", MODULES)
def test_hooks(module: str) -> None:
    results = check_hooks(importlib.import_module(module))
    assert not faults(results), "\n".join(map(str, faults(results)))
