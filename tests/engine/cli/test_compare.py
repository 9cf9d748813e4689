"""`ecgengine compare` as a user types it, interruptions included."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

PLUGIN = """
import os, time
from pathlib import Path

from ecgengine.truth.case import Case
from ecgengine.plugins.hooks import StagePlugin, hookimpl
from ecgengine.plugins.options import DatasetOptions
from ecgengine.data.source import Source
from ecgengine.truth.sample import make_ecg, make_page

HERE = Path(__file__).parent


class Few:
    def __init__(self, options):
        self.count = int(options.which or 3)

    def names(self):
        return [f"page{n}" for n in range(self.count)] + ["lost"] * (self.count == 4)

    def load(self, name):
        with (HERE / "loaded").open("a") as log:
            log.write(name + "\\n")
        if name == "lost":
            raise RuntimeError("the picture is lost")
        time.sleep(float(os.environ.get("SLOW", 0)))
        made = make_page(5.0 + int(name[4:]) / 4, ecg=make_ecg(seed=int(name[4:])))
        return Case(name, made.page, made.truth, Source.RENDER, "3x4+1")


class Broken:
    def __init__(self, options):
        pass

    def extract(self, sheet, trace_map, strips):
        raise ZeroDivisionError("no time")


@hookimpl
def ecgengine_datasets():
    yield StagePlugin(name="few", factory=Few, summary="a few pages", options=DatasetOptions)


@hookimpl
def ecgengine_extractors():
    yield StagePlugin(name="broken", factory=Broken, summary="never works", priority=-9)
"""

ONE = ("compare", "--dataset", "few:1", "--plugin", "few.py", "--rectifier", "grid")
SIX = ("compare", "--dataset", "few:6", *ONE[3:], "--extractor", "column", "--jobs", "2")

MEASURED_EACH_TIME = {"seconds", "peak_mb"}


@pytest.fixture
def plugin(tmp_path: Path) -> str:
    (tmp_path / "few.py").write_text(PLUGIN)
    return "few.py"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        found = list(csv.DictReader(file))
    return [{k: v for k, v in row.items() if k not in MEASURED_EACH_TIME} for row in found]


def test_extractors_are_compared_on_the_same_pages(run: Run, plugin: str, tmp_path: Path) -> None:
    three = [part for name in ("viterbi", "column", "broken") for part in ("--extractor", name)]
    pages = ("--dataset", "few:2", "--plugin", plugin, "--rectifier", "grid")
    done = run("compare", *pages, *three, "-o", "out", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    viterbi, column, broken = summary["tables"]["combination"]
    assert [viterbi["combination"], column["combination"]] == ["viterbi", "column"]
    assert viterbi["median_db"] > column["median_db"] + 5 > 10
    assert (viterbi["pages"], viterbi["failures"], viterbi["layout_right"]) == (2, 0, 2)
    assert (broken["failures"], broken["median_db"]) == (2, 0.0)
    assert viterbi["peak_mb"] > 50
    assert {row["lead"] for row in summary["tables"]["lead"]} >= {"I", "aVR", "V6"}
    report = (tmp_path / "out" / "report.html").read_text()
    assert "no time" in report
    assert 'src="http' not in report
    assert [r["combination"] for r in rows(tmp_path / "out" / "combination.csv")] == [
        "viterbi",
        "column",
        "broken",
    ]


@pytest.fixture(scope="module")
def one(
    start_in: Run, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A comparison of one page: its folder, and what the terminal showed."""
    folder = tmp_path_factory.mktemp("one")
    (folder / "few.py").write_text(PLUGIN)
    return folder / "comparison", start_in(folder, *ONE, "--extractor", "column")


def test_the_terminal_shows_tables_and_where_the_report_lies(
    one: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    _, done = one
    assert done.returncode == 0, done.stderr
    assert "column" in done.stdout
    assert "By lead" in done.stdout
    assert "comparison/report.html" in done.stderr


def test_a_page_that_the_dataset_cannot_give_fails_and_the_rest_goes_on(
    run: Run, plugin: str, tmp_path: Path
) -> None:
    arguments = ("--dataset", "few:4", "--rectifier", "grid", "--plugin", plugin)
    arguments += ("--extractor", "column")
    done = run("compare", *arguments, "-o", "out", "--jobs", "2")
    assert done.returncode == 0, done.stderr
    (row,) = rows(tmp_path / "out" / "combination.csv")
    assert (row["pages"], row["failures"]) == ("5", "1")


@pytest.fixture(scope="module")
def whole(start_in: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A comparison that nobody interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "few.py").write_text(PLUGIN)
    assert start_in(folder, *SIX, "-o", "out").returncode == 0
    return folder / "out"


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent as POSIX does")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.usefixtures("plugin")
def test_an_interrupted_comparison_goes_on_where_it_was(
    how: signal.Signals, run: Run, whole: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "ecgengine", *SIX, "-o", "cut"]
    environment = {**os.environ, "SLOW": "0.3"}
    started = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE)
    pages = tmp_path / "cut" / "pages"
    deadline = time.monotonic() + 300
    while len(list(pages.glob("*.json"))) < 2:
        assert time.monotonic() < deadline
        assert started.poll() is None
        time.sleep(0.02)
    started.send_signal(how)
    _, said = started.communicate(timeout=120)
    if how is signal.SIGINT:
        assert started.returncode == 130
        assert b"interrupted" in said
    finished = {path.stem for path in pages.glob("*.json")}
    assert 2 <= len(finished) < 6

    (tmp_path / "loaded").unlink()
    done = run(*SIX, "-o", "cut")
    assert done.returncode == 0, done.stderr
    loads = Counter((tmp_path / "loaded").read_text().split())
    # The report looks at pages again, but only after all were run.
    first = (tmp_path / "loaded").read_text().split()[: 6 - len(finished)]
    assert not finished & set(first)
    assert set(loads) >= {f"page{n}" for n in range(6)} - finished
    for table in ("combination", "lead", "source", "layout", "pages"):
        assert rows(tmp_path / "cut" / f"{table}.csv") == rows(whole / f"{table}.csv")


@pytest.mark.usefixtures("plugin")
def test_another_comparison_in_the_same_folder_is_refused(
    run: Run, one: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    shutil.copytree(one[0], tmp_path / "comparison")
    other = run(*ONE, "--extractor", "broken")
    assert other.returncode == 7
    assert "--force" in other.stderr
    assert run(*ONE, "--extractor", "broken", "--force").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--dataset", "nothing"), 9, "there are:"),
        (("--dataset", "synthetic:val-v9"), 2, "val-v1"),
        (("--dataset", "folder:nowhere"), 3, "nowhere"),
        (("--dataset", "folder"), 2, "folder:DIR"),
        (("--dataset", "synthetic", "--extractor", "magic"), 9, "magic"),
        (("--dataset", "synthetic", "-o", "synthetic.pages=0"), 2, "pages"),
        (("--dataset", "synthetic", "--source", "tapestry"), 2, "tapestry"),
        ((), 2, "--dataset"),
    ],
)
def test_a_wrong_call_says_what_to_do(
    arguments: tuple[str, ...], code: int, says: str, run: Run, tmp_path: Path
) -> None:
    done = run("compare", *arguments)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert not (tmp_path / "comparison").exists()


def test_what_is_known_of_the_pages_reaches_every_combination(run: Run, tmp_path: Path) -> None:
    done = run(
        *("compare", "--dataset", "synthetic", "-o", "synthetic.pages=1", "-o", "out"),
        *("--layout", "5x5"),
    )
    assert done.returncode == 9
    assert "no layout is called '5x5'" in done.stderr
