"""`ecgengine models` as a user types it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., "subprocess.CompletedProcess[str]"]

PLUGIN = """
from pathlib import Path

from ecgengine.plugins.hooks import StagePlugin, hookimpl
from ecgengine.data.model import Model


def give(options):
    path = Path(__file__).with_name("net.onnx")
    return Model("mine", "Does nothing.", path, "00", "MIT", "none", {"steps": 1}, {"dice": 1})


@hookimpl
def ecgengine_models():
    yield StagePlugin(name="mine", factory=give, summary="does nothing")
"""


def test_shipped_models_are_listed_shown_and_whole(run: Run) -> None:
    listed = run("models", "list", "--json")
    assert listed.returncode == 0, listed.stderr
    models = json.loads(listed.stdout)
    assert "rows-v1" in [model["name"] for model in models]
    assert sum(model["bytes"] for model in models) < 60 * 2**20
    shown = run("models", "show", "rows-v1")
    assert "license: MIT" in shown.stdout
    assert "steps" in shown.stdout
    verified = run("models", "verify")
    assert verified.returncode == 0
    assert "rows-v1: whole" in verified.stdout


def test_a_model_that_is_not_what_its_card_says_is_code_10(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(PLUGIN)
    missing = run("models", "verify", "mine", "--plugin", "mine.py")
    assert missing.returncode == 10
    assert "not there" in missing.stderr
    (tmp_path / "net.onnx").write_bytes(b"other weights")
    changed = run("models", "verify", "--plugin", "mine.py")
    assert changed.returncode == 10
    assert "SHA-256" in changed.stderr
    assert "rows-v1: whole" in changed.stdout


def test_an_unknown_model_says_which_there_are(run: Run) -> None:
    done = run("models", "show", "nothing")
    assert done.returncode == 9
    assert "rows-v1" in done.stderr
