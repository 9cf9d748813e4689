"""Running the command as a user types it, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from ecgengine.truth.sample import make_page

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `ecgengine ARGUMENTS` in the test's folder: `run("inspect", "page.png")`."""
    home = tmp_path / "home"

    def command(
        *arguments: str, stdin: bytes | None = None, **env: str
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "ecgengine", *arguments],
            input=stdin or b"",
            capture_output=True,
            check=False,
            cwd=tmp_path,
            env={**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home), **env},
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    return command


@pytest.fixture(scope="session")
def sample_png() -> bytes:
    """The sample page as a PNG file."""
    buffer = BytesIO()
    page = make_page().page
    Image.fromarray(page.image).save(buffer, "PNG", dpi=page.dpi)
    return buffer.getvalue()


@pytest.fixture
def sample(tmp_path: Path, sample_png: bytes) -> Path:
    path = tmp_path / "sample.png"
    path.write_bytes(sample_png)
    return path
