"""The example plugin, installed as a third party would install it, passes its own tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def example(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the example, with itself installed into its folder `site`."""
    copy = tmp_path_factory.mktemp("third-party") / "example"
    shutil.copytree(root / "examples" / "ecgengine-example-plugin", copy)
    offline = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", *offline, "--target", "site", "."],
        cwd=copy,
        check=True,
        capture_output=True,
    )
    return copy


def run(example: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=example,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(example / "site"), *sys.path])},
        check=False,
        capture_output=True,
        text=True,
    )


def test_it_is_listed_like_a_built_in(example: Path) -> None:
    listed = run(example, "ecgengine", "plugins", "list").stdout
    assert "middle" in listed
    assert "ecgengine-example-plugin  1.0.0" in listed
    shown = run(example, "ecgengine", "plugins", "show", "middle").stdout
    assert "-o middle.reach_mm=16.0  (number, > 0, <= 100)" in shown


def test_its_own_tests_pass(example: Path) -> None:
    done = run(example, "pytest", "-q", "-p", "no:cacheprovider", "tests")
    assert done.returncode == 0, done.stdout
