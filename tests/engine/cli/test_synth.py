"""`ecgengine synth` as a user types it; its pages are read back and compared."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from ecgengine.truth.case_files import read_case

Run = Callable[..., "subprocess.CompletedProcess[str]"]

SMALL = ("--pages", "2", "--sources", "render,bw-scan", "--layouts", "3x4+1", "--masks", "--seed")


@pytest.fixture(scope="module")
def made(start_in: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pages, made in a process of their own."""
    folder = tmp_path_factory.mktemp("synth")
    done = start_in(folder, "synth", *SMALL, "5", "-o", "made", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"folder": "made", "pages": 2, "failures": {}}
    return folder / "made"


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_pages_are_made_and_read_back(run: Run, made: Path) -> None:
    names = sorted(path.name for path in made.iterdir())
    assert names == ["00000-render", "00001-bw-scan", "dataset.json"]
    case = read_case(made, "00001-bw-scan")
    assert case.truth is not None
    assert set(case.truth.masks) == {"trace", "grid", "text"}

    stages = ("--rectifier", "grid", "--extractor", "column")
    read = run("compare", "--dataset", f"folder:{made}", *stages, "-o", "out", "--json")
    assert read.returncode == 0, read.stderr
    assert json.loads(read.stdout)["tables"]["combination"][0]["pages"] == 2


def test_the_same_seed_gives_the_same_files_in_any_number_of_processes(
    run: Run, made: Path, tmp_path: Path
) -> None:
    assert run("synth", *SMALL, "5", "-o", "two", "--jobs", "2").returncode == 0
    assert hashes(made) == hashes(tmp_path / "two")


def test_what_is_there_is_kept_and_other_settings_are_refused(
    run: Run, made: Path, tmp_path: Path
) -> None:
    shutil.copytree(made, tmp_path / "made")
    page = tmp_path / "made" / "00000-render" / "page.png"
    before = page.stat().st_mtime_ns
    (tmp_path / "made" / "00001-bw-scan" / "truth.json").unlink()
    again = run("synth", *SMALL, "5", "-o", "made")
    assert again.returncode == 0, again.stderr
    assert page.stat().st_mtime_ns == before
    assert (tmp_path / "made" / "00001-bw-scan" / "truth.json").exists()
    other = run("synth", *SMALL, "6", "-o", "made")
    assert other.returncode == 7
    assert "--force" in other.stderr
    assert run("synth", *SMALL, "6", "-o", "made", "--force").returncode == 0
    assert page.stat().st_mtime_ns != before


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--sources", "tapestry"), 2, "tapestry"),
        (("--layouts", "5x5"), 2, "3x4+1"),
        (("--records", "nowhere"), 3, "nowhere"),
        (("--pages", "0"), 2, "pages"),
        (("--dataset", "nothing"), 9, "synthetic"),
    ],
)
def test_a_wrong_call_says_what_to_do(
    arguments: tuple[str, ...], code: int, says: str, run: Run, tmp_path: Path
) -> None:
    done = run("synth", *arguments)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert not (tmp_path / "pages").exists()
