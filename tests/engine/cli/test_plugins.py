"""`ecgengine plugins`: what is installed, what is broken and why, what can be set."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

LOCAL = """
from ecgengine.plugins.hooks import StagePlugin, hookimpl

@hookimpl
def ecgengine_extractors():
    yield StagePlugin(name="mine", factory=print, summary="my own")
    yield StagePlugin(name="viterbi", factory=print, summary="a clash")

@hookimpl
def ecgengine_writers():
    raise RuntimeError("no disk")
"""


@pytest.fixture
def local(tmp_path: Path) -> str:
    file = tmp_path / "mine.py"
    file.write_text(LOCAL)
    return str(file)


def test_list_for_people(run: Run, local: str) -> None:
    done = run("plugins", "list", "--plugin", local)
    assert done.returncode == 0
    rows = [line.split() for line in done.stdout.splitlines()]
    assert rows[0] == ["KIND", "NAME", "PROVIDER", "VERSION", "STATUS", "SUMMARY"]
    assert ["segmenter", "ink", "ecgengine", "0.1.0", "ok"] in [row[:5] for row in rows]
    assert ["extractor", "mine", local, "-", "ok"] in [row[:5] for row in rows]
    assert ["extractor", "viterbi", local, "-", "clash"] in [row[:5] for row in rows]
    assert "listing its writers: RuntimeError: no disk" in done.stdout


def test_list_for_machines(run: Run, local: str) -> None:
    data = json.loads(run("plugins", "list", "--json", "--plugin", local).stdout)
    by_name = {(p["kind"], p["name"], p["provider"]): p for p in data["plugins"]}
    built_in = by_name["writer", "csv", "ecgengine"]
    assert built_in["version"] == "0.1.0"
    assert built_in["status"] == "ok"
    whys = [broken["why"] for broken in data["broken"]]
    assert any("RuntimeError: no disk" in why for why in whys)
    assert data["blocked"] == []


def test_blocked_ones_are_told(run: Run) -> None:
    done = run("plugins", "list", ECGENGINE_PLUGINS="nothing")
    assert done.stdout.splitlines()[1].split()[2:5] == ["ecgengine", "0.1.0", "blocked"]


def test_strict_is_fatal(run: Run, local: str) -> None:
    done = run("plugins", "list", "--strict-plugins", "--plugin", local)
    assert done.returncode == 9
    assert "mine.py failed while" in done.stderr


def test_show_lists_options_with_defaults_limits_and_help(run: Run) -> None:
    done = run("plugins", "show", "pdf")
    assert "reader pdf (ecgengine 0.1.0)" in done.stdout
    assert "-o pdf.dpi=300.0  (number, >= 50, <= 2400)" in done.stdout
    assert "pixels per inch" in done.stdout
    assert "nothing to set" in run("plugins", "show", "csv").stdout


def test_show_for_machines(run: Run) -> None:
    (shown,) = json.loads(run("plugins", "show", "fixed", "--json").stdout)
    (option,) = shown["options"]
    assert option["name"] == "source"
    assert option["type"].startswith("one of render, color-scan")
    assert option["type"].endswith("or nothing")


def test_show_of_an_unknown_name_lists_the_known(run: Run) -> None:
    done = run("plugins", "show", "nothing")
    assert done.returncode == 9
    assert "no plugin is called 'nothing'; there are: 12x1" in done.stderr
