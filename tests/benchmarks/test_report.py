"""The pages of results say what benchmarks measured."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(folder / "benchmarks" / "report.py"), "--check"]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_pages_of_results_match_what_was_measured(root: Path) -> None:
    answer = check(root)
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("changed", ["benchmarks/results/real-pages.json", "docs/results.md"])
def test_another_number_is_noticed(root: Path, tmp_path: Path, changed: str) -> None:
    for folder in ("benchmarks", "docs"):
        shutil.copytree(root / folder, tmp_path / folder, ignore=shutil.ignore_patterns("img"))
    assert check(tmp_path).returncode == 0
    path = tmp_path / changed
    text = path.read_text(encoding="utf-8")
    number = str(json.loads((root / "benchmarks/results/real-pages.json").read_text())["numbers"])
    median = re.search(r"'median_db': (\d+\.\d)", number)
    assert median is not None
    path.write_text(text.replace(median[1], "99.9"), encoding="utf-8")
    assert "results.md" in check(tmp_path).stderr


def test_readme_tells_what_was_measured(root: Path) -> None:
    groups = json.loads((root / "benchmarks/results/real-pages.json").read_text())["numbers"]
    found = re.findall(r"(\d+\.\d) dB\s+on\s+(\d+)", (root / "README.md").read_text())
    told = [(float(db), int(pages)) for db, pages in found]
    for group in ("renders", "flat scans", "phone photos"):
        row = groups["by group"][group]
        assert (round(row["median_db"], 1), row["pages"]) in told, group
