"""Every built-in plugin meets the public conformance checks, one test a check."""

from __future__ import annotations

import importlib
from importlib import metadata
from typing import Any

import pytest

from ecgengine.plugins.kinds import KINDS
from ecgengine.plugins.manager import PluginManager
from ecgengine.running.files import write_files
from ecgengine.testing import Check, checks, hook_checks
from ecgengine.testing.material import sample
from ecgengine.truth.case import Case
from ecgengine.truth.case_files import case_files

PLUGINS = {
    f"{kind} {plugin.name}": (kind, plugin)
    for kind in KINDS
    for plugin in PluginManager(only=["ecgengine"]).plugins(kind)
}
HOOKS = [
    importlib.import_module(point.value)
    for point in metadata.entry_points(group="ecgengine")
    if point.dist is not None and point.dist.name == "ecgengine"
]
HAVE_NO_DEFAULT = ("dataset folder", "dataset kaggle", "writer kaggle")
CHECKS = [check for kind, plugin in PLUGINS.values() for check in checks(kind, plugin)]
KNOWN_FAILURES = {
    "writer wfdb: odd name": "WFDB allows only letters, digits and underscores in names",
}


def named(check: Check) -> Any:
    """Give a check as a parameter, marked where it is known to fail."""
    known = [reason for name, reason in KNOWN_FAILURES.items() if name == str(check)]
    marks = [pytest.mark.xfail(reason=reason) for reason in known]
    return pytest.param(check, id=str(check), marks=marks)


@pytest.mark.parametrize("check", [named(c) for c in CHECKS if c.subject not in HAVE_NO_DEFAULT])
def test_plugin(check: Check) -> None:
    check.run()


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """The sample page as a folder, and as the competition's data lie."""
    folder, competition = (tmp_path_factory.mktemp(name) for name in ("folder", "kaggle"))
    drawn = sample()
    files = case_files(Case("sample", drawn.page, drawn.truth))
    write_files(folder / "sample", files)
    write_files(competition / "train" / "7", {"7-0001.png": files["page.png"]})
    lines = files["leads.csv"].decode().splitlines()
    leads = "\n".join(line.split(",", 1)[1] for line in lines)
    write_files(competition / "train" / "7", {"7.csv": leads.encode()})
    write_files(competition, {"train.csv": b"id,fs,sig_len\n7,500,5000\n"})
    write_files(competition, {"test.csv": b"id,lead,fs,number_of_rows\n7,II,500,5000\n"})
    return {
        "dataset folder": {"which": str(folder)},
        "dataset kaggle": {"which": str(competition)},
        "writer kaggle": {"table": str(competition / "test.csv")},
    }


@pytest.mark.parametrize("check", [named(c) for c in CHECKS if c.subject in HAVE_NO_DEFAULT])
def test_plugin_that_needs_a_file(check: Check, given: dict[str, dict[str, str]]) -> None:
    kind, plugin = PLUGINS[check.subject]
    options = plugin.options.model_validate(given[check.subject])
    {each.name: each for each in checks(kind, plugin, options)}[check.name].run()


@pytest.mark.parametrize("check", [named(c) for module in HOOKS for c in hook_checks(module)])
def test_hooks(check: Check) -> None:
    check.run()


def test_known_failures_are_of_checks_that_there_are() -> None:
    assert set(KNOWN_FAILURES) <= set(map(str, CHECKS))
