"""Running the command as a user types it: in this process, or in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from PIL import Image

from ecgengine.cli import main
from ecgengine.truth.sample import make_page

Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run `ecgengine ARGUMENTS` in the test's folder: `run("inspect", "page.png")`.

    It runs in this process, for starting another takes longer than most commands do.
    """
    home = str(tmp_path / "home")

    def command(*arguments: str, stdin: bytes = b"", **env: str) -> Done:
        with pytest.MonkeyPatch.context() as patched:
            patched.chdir(tmp_path)
            # The command sets the last one itself; what is patched is put back.
            always = {"HOME": home, "XDG_CONFIG_HOME": home, "ECGENGINE_DEBUG": ""}
            for name, value in {**always, **env}.items():
                patched.setenv(name, value)
            patched.setattr(sys, "argv", ["ecgengine", *arguments])
            patched.setattr(sys, "stdin", TextIOWrapper(BytesIO(stdin)))
            capfd.readouterr()
            with pytest.raises(SystemExit) as ended:
                main.main()
        return Done(arguments, int(ended.value.code or 0), *capfd.readouterr())

    return command


@pytest.fixture(scope="session")
def start_in() -> Run:
    """Run `ecgengine ARGUMENTS` in a folder, in a process of its own: `start_in(folder, ...)`."""

    def command(folder: Path, *arguments: str, stdin: bytes = b"", **env: str) -> Done:
        home = str(folder / "home")
        done = subprocess.run(
            [sys.executable, "-m", "ecgengine", *arguments],
            input=stdin,
            capture_output=True,
            check=False,
            cwd=folder,
            env={**os.environ, "HOME": home, "XDG_CONFIG_HOME": home, **env},
        )
        return Done(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    return command


@pytest.fixture
def start(start_in: Run, tmp_path: Path) -> Run:
    """Run `ecgengine ARGUMENTS` in the test's folder, in a process of its own."""
    return partial(start_in, tmp_path)


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
