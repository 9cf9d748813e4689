"""Every built-in plugin meets the public conformance checks."""

from __future__ import annotations

import importlib
from importlib import metadata
from typing import Any

import pytest

from ecgengine.hookspecs import StagePlugin
from ecgengine.plugins import KINDS, PluginManager
from ecgengine.testing import check_hooks, check_plugin, faults

NEEDS_TABLE = "renders nothing without the option `table`"
KNOWN_FAILURES = {
    "kaggle": {"no network": NEEDS_TABLE, "sample": NEEDS_TABLE, "repeats": NEEDS_TABLE},
    "wfdb": {"odd name": "WFDB allows only letters, digits and underscores in names"},
}

PLUGINS = [
    pytest.param(kind, plugin, id=f"{kind}-{plugin.name}")
    for kind in KINDS
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


@pytest.mark.parametrize("module", MODULES)
def test_hooks(module: str) -> None:
    results = check_hooks(importlib.import_module(module))
    assert not faults(results), "\n".join(map(str, faults(results)))
