from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from ecgengine.running.workers import Finished, work_on

NAMES = [f"page{n}" for n in range(6)]


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    return importlib.import_module("pages_for_workers")


def by_name(finished: list[Finished[str]]) -> dict[str, tuple[str | None, str]]:
    return {f.name: (f.result, f.error) for f in finished}


def test_one_job_works_here_in_order_and_goes_on_after_an_error(pages: ModuleType) -> None:
    finished = list(work_on(NAMES, pages.Shouting, 1))
    assert [f.name for f in finished] == NAMES
    assert by_name(finished)["page2"] == (None, "ValueError: torn")
    assert by_name(finished)["page5"] == ("PAGE5", "")


def test_a_page_that_kills_its_process_is_named_and_the_others_are_finished(
    pages: ModuleType,
) -> None:
    finished = by_name(list(work_on(NAMES, pages.Shouting, 2)))
    assert sorted(finished) == NAMES
    assert finished["page3"][0] is None
    assert "process died" in finished["page3"][1]
    assert [n for n, (result, _) in finished.items() if result != n.upper()] in (
        ["page2", "page3"],
        ["page3", "page2"],
    )


def test_no_page_is_lost_when_a_process_dies_while_a_finished_page_is_written(
    pages: ModuleType,
) -> None:
    finished: list[Finished[str]] = []
    for page in work_on(NAMES, pages.Shouting, 2):
        time.sleep(0.5)
        finished.append(page)
    assert sorted(f.name for f in finished) == NAMES
    assert "process died" in by_name(finished)["page3"][1]


def test_a_factory_that_fails_is_an_error_at_once(pages: ModuleType) -> None:
    with pytest.raises(RuntimeError, match="no dataset"):
        list(work_on(NAMES, pages.broken, 1))


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent as POSIX does")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_its_parent(tmp_path: Path, how: signal.Signals) -> None:
    code = (
        "from pathlib import Path; from functools import partial\n"
        "import pages_for_workers as pages; from ecgengine.running.workers import work_on\n"
        "if __name__ == '__main__':\n"
        f"    make = partial(pages.Slow, Path({str(tmp_path)!r}))\n"
        "    list(work_on([str(n) for n in range(500)], make, 2))\n"
    )
    script = tmp_path / "script.py"
    script.write_text(code)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    parent = subprocess.Popen(
        [sys.executable, str(script)], env=environment, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(lambda: len(list(tmp_path.glob("*-*"))) >= 4)
        parent.send_signal(how)
        parent.wait(20)
    finally:
        parent.kill()
    workers = {int(path.name.rsplit("-", 1)[1]) for path in tmp_path.glob("*-*")}
    wait_for(lambda: not any(alive(pid) for pid in workers))


def wait_for(happened: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rsplit(")", 1)[1].split()[0] != "Z"


def test_more_jobs_than_pages_and_no_pages_at_all(pages: ModuleType, tmp_path: Path) -> None:
    assert [f.result for f in work_on(["a"], partial(pages.Slow, tmp_path), 3)] == ["a"]
    assert list(work_on([], partial(pages.Slow, tmp_path), 1)) == []
