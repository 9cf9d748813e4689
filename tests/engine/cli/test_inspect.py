"""`ecgengine inspect` and `ecgengine score`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., "subprocess.CompletedProcess[str]"]

FLAT = ("--rectifier", "grid")
VITERBI = ("--extractor", "viterbi")


def test_inspect_says_what_is_on_the_page(run: Run, sample: Path) -> None:
    done = run("inspect", sample.name)
    assert done.returncode == 0
    assert "2376 x 1680 px" in done.stdout
    assert "3x4+1: I aVR V1 V4" in done.stdout
    assert "25 mm/s" in done.stdout
    data = json.loads(run("inspect", sample.name, "--json", *FLAT).stdout)
    (page,) = data["pages"]
    assert data["failures"] == []
    assert abs(page["px_per_mm"][0] - 8) < 0.02
    assert page["grid"] == {"minor_mm": 1.0, "major_mm": 5.0}
    assert page["layout"] == "3x4+1"
    assert len(page["leads"]) == 13


def test_what_the_user_says_is_obeyed(run: Run, sample: Path) -> None:
    done = run("inspect", sample.name, "--json", "--px-per-mm", "8.1,7.9", "--gain", "5")
    (page,) = json.loads(done.stdout)["pages"]
    assert page["scale_source"] == "given"
    assert page["px_per_mm"] == [8.1, 7.9]
    assert (page["gain_mm_per_mv"], page["gain_source"]) == (5.0, "given")


def test_score_of_a_reading_against_its_truth(run: Run, root: Path, tmp_path: Path) -> None:
    script = root / "examples" / "sample_page.py"
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True, capture_output=True)
    assert run("digitize", "sample.png", "-f", "csv,wfdb", *FLAT, *VITERBI).returncode == 0
    told = run("score", "sample.csv", "sample_truth.csv")
    assert told.returncode == 0
    assert told.stdout.splitlines()[0].startswith("lead   score dB")
    assert told.stdout.splitlines()[-1].startswith("all")
    for reading in ("sample.csv", "sample.hea"):
        scored = json.loads(run("score", reading, "sample_truth.csv", "--json").stdout)
        assert scored["score_db"] > 20
        assert len(scored["leads"]) == 12
    (tmp_path / "few.toml").write_text('[[layout]]\nname = "few"\nrows = ["I aVR"]\nseconds = 5\n')
    few = ("--layout-file", "few.toml", "--layout", "few", "--json")
    scored = json.loads(run("score", "sample.csv", "sample_truth.csv", *few).stdout)
    assert list(scored["leads"]) == ["I", "aVR"]


def test_score_of_what_is_no_reading(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("time_s,x\n0,1\n")
    for arguments in (["a.csv", "missing.csv"], ["a.csv", "a.csv"]):
        done = run("score", *arguments)
        assert done.returncode in (2, 3)
        assert done.stderr.count("\n") == 1
